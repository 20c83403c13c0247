// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package example;

import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.AuditFilter;
import io.cdnrefresh.spi.AuditRecord;
import io.cdnrefresh.spi.EngineClaim;
import io.cdnrefresh.spi.FencedException;
import io.cdnrefresh.spi.IdempotencyKey;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.RegistrySnapshot;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.spi.TaskUpdate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The service's own store: one notebook under one lock. It shows every rule of a {@link TaskStore}; a real one does the
 * same in transactions of its database. The registry of devices is left to ours, only the engines' epochs are noted.
 */
public final class NotebookStore implements TaskStore, RegistryStore {
    private static final Duration KEY_LIFE = Duration.ofHours(24);

    /** A row, and the claim epoch in which it was given out last; 0 = it waits for its first. */
    private record Entry(TaskRow row, long givenInEpoch) {}

    private record KeyName(String tenant, String key) {}

    private record KeyUse(long bodyHash, TaskRow row) {}

    private final RegistryStore registry = new MemoryStore();
    private final Map<Integer, Long> epochs = new HashMap<>();
    private final TreeMap<Long, Entry> rows = new TreeMap<>();
    private final Map<KeyName, KeyUse> keys = new HashMap<>();
    private boolean isClosed;

    @Override
    public int maxWriters() {
        return 1;
    }

    @Override
    public synchronized List<InsertOutcome> insert(EngineEpoch caller, List<TaskRow> newRows) {
        requireCurrent(caller);
        for (TaskRow row : newRows) {
            Entry present = rows.get(row.id().value());
            if (present != null && !isRepeat(present.row, row)) {
                throw new StoreException(Category.PERMANENT, "task " + row.id() + " is already there", null);
            }
        }
        List<InsertOutcome> outcomes = new ArrayList<>();
        for (TaskRow row : newRows) {
            outcomes.add(insertOne(caller, row));
        }
        return outcomes;
    }

    private InsertOutcome insertOne(EngineEpoch caller, TaskRow row) {
        if (rows.containsKey(row.id().value())) {
            return InsertOutcome.Inserted.ONE;
        }
        IdempotencyKey key = row.idempotency();
        if (key != null) {
            KeyName name = new KeyName(key.tenant(), key.key());
            KeyUse use = keys.get(name);
            if (use != null && !use.row.acceptedAt().isBefore(row.acceptedAt().minus(KEY_LIFE))) {
                return use.bodyHash == key.bodyHash()
                        ? new InsertOutcome.Replayed(
                                use.row.id(),
                                use.row.acceptedAt(),
                                use.row.task().targets().size())
                        : new InsertOutcome.KeyReused(use.row.id());
            }
            keys.put(name, new KeyUse(key.bodyHash(), row));
        }
        put(row, row.status().state() == TaskState.SCHEDULED ? 0 : caller.epoch());
        return InsertOutcome.Inserted.ONE;
    }

    private static boolean isRepeat(TaskRow present, TaskRow row) {
        return present.owner().equals(row.owner())
                && present.status().version() == row.status().version();
    }

    @Override
    public synchronized void update(EngineEpoch caller, List<TaskUpdate> updates) {
        requireCurrent(caller);
        for (TaskUpdate update : updates) {
            Entry present = rows.get(update.id().value());
            if (present != null
                    && present.row.owner().engine() == caller.engine()
                    && present.row.status().version() < update.status().version()) {
                put(owned(present.row.withStatus(update.status()), caller), caller.epoch());
            }
        }
    }

    @Override
    public synchronized List<TaskRow> claimDue(EngineEpoch caller, Instant now, int limit) {
        requireCurrent(caller);
        List<TaskRow> due = new ArrayList<>();
        for (Entry entry : rows.values()) {
            TaskRow row = entry.row;
            if (row.owner().engine() == caller.engine()
                    && row.status().state() == TaskState.SCHEDULED
                    && !row.dueAt().isAfter(now)
                    && entry.givenInEpoch < caller.epoch()
                    && due.size() < limit) {
                due.add(owned(row, caller));
            }
        }
        due.forEach(row -> put(row, caller.epoch()));
        return due;
    }

    @Override
    public synchronized List<TaskRow> recover(EngineEpoch caller, long after, int limit) {
        requireCurrent(caller);
        return rows.tailMap(after, false).values().stream()
                .map(Entry::row)
                .filter(row -> row.owner().engine() == caller.engine())
                .filter(row -> !row.status().isSettled() && row.status().state() != TaskState.SCHEDULED)
                .limit(limit)
                .map(row -> owned(row, caller))
                .toList();
    }

    @Override
    public synchronized int retire(EngineEpoch caller, Instant finalBefore, int limit) {
        requireCurrent(caller);
        Instant oldest = Instant.now().minus(KEY_LIFE);
        keys.values().removeIf(use -> use.row.acceptedAt().isBefore(oldest));
        List<Long> old = rows.values().stream()
                .map(Entry::row)
                .filter(row -> row.status().isSettled())
                .filter(row -> Optional.ofNullable(row.status().finalAt())
                        .filter(at -> at.isBefore(finalBefore))
                        .isPresent())
                .limit(limit)
                .map(row -> row.id().value())
                .toList();
        old.forEach(rows::remove);
        return old.size();
    }

    /** One task, for the service's own pages. */
    public synchronized Optional<TaskRow> row(TaskId id) {
        return Optional.ofNullable(rows.get(id.value())).map(Entry::row);
    }

    @Override
    public synchronized EngineClaim claimEngine(OptionalInt wanted, String owner, Duration lease) {
        EngineClaim claim = registry.claimEngine(wanted, owner, lease);
        epochs.put(claim.epoch().engine(), claim.epoch().epoch());
        return claim;
    }

    @Override
    public boolean renewEngine(EngineClaim claim, String owner, Duration lease) {
        return registry.renewEngine(claim, owner, lease);
    }

    @Override
    public RegistrySnapshot apply(List<RegistryChange> changes) {
        return registry.apply(changes);
    }

    @Override
    public RegistrySnapshot load() {
        return registry.load();
    }

    @Override
    public void audit(List<AuditRecord> records) {
        registry.audit(records);
    }

    @Override
    public List<AuditFilter.Entry> auditLog(AuditFilter filter, long before, int limit) {
        return registry.auditLog(filter, before, limit);
    }

    @Override
    public synchronized void close() {
        isClosed = true;
    }

    private void put(TaskRow row, long givenInEpoch) {
        rows.put(row.id().value(), new Entry(row, givenInEpoch));
    }

    private void requireCurrent(EngineEpoch caller) {
        if (isClosed) {
            throw new StoreException(Category.FATAL, "the notebook is closed", null);
        }
        long current = epochs.getOrDefault(caller.engine(), 0L);
        if (current != caller.epoch()) {
            throw new FencedException(caller, current);
        }
    }

    private static TaskRow owned(TaskRow row, EngineEpoch owner) {
        return new TaskRow(
                row.id(),
                owner,
                row.task(),
                row.devices(),
                row.acceptedAt(),
                row.dueAt(),
                row.idempotency(),
                row.status());
    }
}
