// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.AuditRecord;
import io.cdnrefresh.spi.EngineClaim;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.FencedException;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.RegistrySnapshot;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskHead;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.spi.TaskUpdate;
import io.cdnrefresh.state.TaskCoverage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory, for tests and for embedders who accept the loss: it lives as long as the object. Thread-safe; reads
 * never wait for writes.
 *
 * <p>Memory: a task takes about 1 kB beside its targets and results. There are at most {@code maxTasks}; when a new one
 * does not fit, those that were final first go, if they are settled, and when there are none an insert fails with
 * RETRYABLE. There are at most {@code maxTasks} idempotency keys, too: the oldest go. Of the audit log the newest 10,000
 * records are kept.
 */
public final class MemoryStore implements TaskStore, TaskQueries, RegistryStore {
    private static final int DEFAULT_MAX_TASKS = 250_000;

    /** A row and the epoch in which it was last given away; 0 = it waits for its first claim. */
    private record Entry(TaskRow row, long claimEpoch) {
        boolean isWaiting() {
            return row.status().state() == TaskState.SCHEDULED;
        }
    }

    /** A place in one of the time-ordered sets. */
    private record Moment(Instant at, long id) implements Comparable<Moment> {
        private static final Comparator<Moment> ORDER =
                Comparator.comparing(Moment::at).thenComparingLong(Moment::id);

        @Override
        public int compareTo(Moment other) {
            return ORDER.compare(this, other);
        }
    }

    private final int maxTasks;
    private final EngineClock clock;
    private final MemoryRegistry registry;
    private final Object lock = new Object();

    /** By id. Written under the lock, read without. */
    private final ConcurrentNavigableMap<Long, Entry> tasks = new ConcurrentSkipListMap<>();

    /** What {@code tasks} holds: its own size() walks through it. */
    @GuardedBy("lock")
    private int taskCount;

    @GuardedBy("lock")
    private final TreeSet<Moment> waiting = new TreeSet<>();

    @GuardedBy("lock")
    private final TreeSet<Moment> settled = new TreeSet<>();

    @GuardedBy("lock")
    private final MemoryKeys keys = new MemoryKeys();

    private volatile boolean isClosed;

    /** A store of at most 250,000 tasks with the system's clock. */
    public MemoryStore() {
        this(DEFAULT_MAX_TASKS, EngineClock.system());
    }

    /**
     * A store with its own bound and clock.
     *
     * @param maxTasks the most tasks, 1 to 100,000,000
     * @param clock for leases and the age of idempotency keys
     */
    public MemoryStore(int maxTasks, EngineClock clock) {
        if (maxTasks < 1 || maxTasks > 100_000_000) {
            throw new IllegalArgumentException("maxTasks: " + maxTasks + " (expected: 1..100000000)");
        }
        this.maxTasks = maxTasks;
        this.clock = requireNonNull(clock, "clock");
        registry = new MemoryRegistry(clock);
    }

    @Override
    public int maxWriters() {
        return 64;
    }

    @Override
    public List<InsertOutcome> insert(EngineEpoch caller, List<TaskRow> rows) {
        synchronized (lock) {
            requireCurrent(caller);
            MemoryKeys.Batch newKeys = keys.batch();
            List<TaskRow> newRows = new ArrayList<>(rows.size());
            List<InsertOutcome> outcomes = new ArrayList<>(rows.size());
            for (TaskRow row : rows) {
                outcomes.add(examine(row, newKeys, newRows));
            }
            makeRoom(newRows.size());
            for (TaskRow row : newRows) {
                put(new Entry(row, row.status().state() == TaskState.SCHEDULED ? 0 : caller.epoch()));
            }
            keys.add(newKeys, maxTasks);
            return outcomes;
        }
    }

    @GuardedBy("lock")
    private InsertOutcome examine(TaskRow row, MemoryKeys.Batch newKeys, List<TaskRow> newRows) {
        Entry present = tasks.get(row.id().value());
        if (present != null) {
            boolean isReplay = present.row.owner().equals(row.owner())
                    && present.row.status().version() == row.status().version();
            if (!isReplay) {
                throw new StoreException(Category.PERMANENT, "task " + row.id() + " is already there", null);
            }
            return InsertOutcome.Inserted.ONE;
        }
        InsertOutcome earlier = newKeys.use(row);
        if (earlier != null) {
            return earlier;
        }
        newRows.add(row);
        return InsertOutcome.Inserted.ONE;
    }

    @GuardedBy("lock")
    private void makeRoom(int rows) {
        if (taskCount - settled.size() + rows > maxTasks) {
            throw new StoreException(Category.RETRYABLE, "full: " + maxTasks + " tasks that are not settled", null);
        }
        while (taskCount + rows > maxTasks) {
            remove(settled.first().id());
        }
    }

    @Override
    public void update(EngineEpoch caller, List<TaskUpdate> updates) {
        synchronized (lock) {
            requireCurrent(caller);
            for (TaskUpdate update : updates) {
                Entry present = tasks.get(update.id().value());
                if (present == null
                        || present.row.owner().engine() != caller.engine()
                        || present.row.status().version() >= update.status().version()) {
                    continue;
                }
                put(new Entry(owned(present.row.withStatus(update.status()), caller), caller.epoch()));
            }
        }
    }

    @Override
    public List<TaskRow> claimDue(EngineEpoch caller, Instant now, int limit) {
        synchronized (lock) {
            requireCurrent(caller);
            List<TaskRow> due = new ArrayList<>();
            for (Moment moment : waiting.headSet(new Moment(now, Long.MAX_VALUE), true)) {
                Entry entry = requireNonNull(tasks.get(moment.id), "waiting row");
                if (entry.row.owner().engine() == caller.engine() && entry.claimEpoch < caller.epoch()) {
                    due.add(owned(entry.row, caller));
                    if (due.size() == limit) {
                        break;
                    }
                }
            }
            due.forEach(row -> put(new Entry(row, caller.epoch())));
            due.sort(Comparator.comparing(TaskRow::id));
            return due;
        }
    }

    @Override
    public List<TaskRow> recover(EngineEpoch caller, long after, int limit) {
        synchronized (lock) {
            requireCurrent(caller);
            List<TaskRow> rows = new ArrayList<>();
            for (Entry entry : tasks.tailMap(after, false).values()) {
                if (entry.row.owner().engine() == caller.engine()
                        && !entry.row.status().isSettled()
                        && !entry.isWaiting()) {
                    rows.add(owned(entry.row, caller));
                    if (rows.size() == limit) {
                        break;
                    }
                }
            }
            return rows;
        }
    }

    @Override
    public int retire(EngineEpoch caller, Instant finalBefore, int limit) {
        synchronized (lock) {
            requireCurrent(caller);
            keys.retire(clock.now());
            int count = 0;
            while (count < limit && !settled.isEmpty() && settled.first().at().isBefore(finalBefore)) {
                remove(settled.first().id());
                count++;
            }
            return count;
        }
    }

    @Override
    public Optional<TaskRow> find(TaskId id) {
        requireOpen();
        return Optional.ofNullable(tasks.get(id.value())).map(Entry::row);
    }

    @Override
    public List<TaskHead> list(TaskFilter filter, long before, int limit) {
        requireOpen();
        return tasks.headMap(before, false).descendingMap().values().stream()
                .map(Entry::row)
                .filter(filter::matches)
                .limit(limit)
                .map(TaskHead::of)
                .toList();
    }

    @Override
    public List<TaskHead> explain(Target url, TaskFilter filter, int limit) {
        requireOpen();
        Set<String> tenants = registry.load().hosts().stream()
                .filter(rule -> rule.matches(url.host()))
                .map(HostRule::tenant)
                .collect(Collectors.toSet());
        return tasks.descendingMap().values().stream()
                .map(Entry::row)
                .filter(filter::matches)
                .filter(row -> TaskCoverage.covers(row.task(), url, tenants))
                .limit(limit)
                .map(TaskHead::of)
                .toList();
    }

    @Override
    public EngineClaim claimEngine(OptionalInt wanted, String owner, Duration lease) {
        requireOpen();
        return registry.claimEngine(wanted, owner, lease);
    }

    @Override
    public boolean renewEngine(EngineClaim claim, String owner, Duration lease) {
        requireOpen();
        return registry.renewEngine(claim, owner, lease);
    }

    @Override
    public RegistrySnapshot apply(List<RegistryChange> changes) {
        requireOpen();
        return registry.apply(changes);
    }

    @Override
    public RegistrySnapshot load() {
        requireOpen();
        return registry.load();
    }

    @Override
    public void audit(List<AuditRecord> records) {
        requireOpen();
        registry.audit(records);
    }

    @Override
    public List<AuditRecord> auditLog(int limit) {
        requireOpen();
        return registry.auditLog(limit);
    }

    /** Refuses every later call; what was stored is gone with the object. */
    @Override
    public void close() {
        isClosed = true;
    }

    private void requireOpen() {
        if (isClosed) {
            throw new StoreException(Category.FATAL, "the store is closed", null);
        }
    }

    private void requireCurrent(EngineEpoch caller) {
        requireOpen();
        long current = registry.epoch(caller.engine());
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

    @GuardedBy("lock")
    private void put(Entry entry) {
        long id = entry.row.id().value();
        Entry old = tasks.put(id, entry);
        if (old == null) {
            taskCount++;
        } else {
            forgetMoments(old);
        }
        if (entry.isWaiting()) {
            waiting.add(new Moment(entry.row.dueAt(), id));
        }
        if (entry.row.status().isSettled()) {
            settled.add(settledMoment(entry.row));
        }
    }

    @GuardedBy("lock")
    private void remove(long id) {
        Entry old = tasks.remove(id);
        if (old != null) {
            taskCount--;
            forgetMoments(old);
        }
    }

    @GuardedBy("lock")
    private void forgetMoments(Entry old) {
        if (old.isWaiting()) {
            waiting.remove(new Moment(old.row.dueAt(), old.row.id().value()));
        }
        if (old.row.status().isSettled()) {
            settled.remove(settledMoment(old.row));
        }
    }

    private static Moment settledMoment(TaskRow row) {
        @Nullable Instant finalAt = row.status().finalAt();
        return new Moment(finalAt == null ? row.acceptedAt() : finalAt, row.id().value());
    }
}
