// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cdnrefresh.local.MemoryRows.Entry;
import io.cdnrefresh.local.MemoryRows.Moment;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.AuditFilter;
import io.cdnrefresh.spi.AuditRecord;
import io.cdnrefresh.spi.CallbackStore;
import io.cdnrefresh.spi.DeposedException;
import io.cdnrefresh.spi.EngineClaim;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.FencedException;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.Leadership;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.RegistrySnapshot;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.SharedStore;
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
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A store in memory, for tests and for embedders who accept the loss: it lives as long as the object. Thread-safe; a call waits for
 * others for as long as those copy references, never while rows are searched through.
 *
 * <p>Memory: a task takes about 1 kB beside its targets and results, a settled one about 200 bytes. There are at most {@code maxTasks}; when a
 * new one does not fit, those that were settled first go, and when none is settled an insert fails with
 * RETRYABLE. There are at most {@code maxTasks} idempotency keys, too: the oldest go. Of the audit log the newest 10,000
 * records are kept.
 */
public final class MemoryStore implements TaskStore, TaskQueries, RegistryStore, SharedStore, CallbackStore.Owner {
    private static final int DEFAULT_MAX_TASKS = 250_000;
    /** Rows that a search fetches under the lock at a time. */
    private static final int PORTION = 256;

    private final int maxTasks;
    private final EngineClock clock;
    private final MemoryRegistry registry;
    private final MemoryCallbacks callbacks;
    private final Object lock = new Object();

    @GuardedBy("lock")
    private final MemoryRows rows = new MemoryRows();

    @GuardedBy("lock")
    private final MemoryKeys keys = new MemoryKeys();

    @GuardedBy("lock")
    private long token;

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
        callbacks = new MemoryCallbacks(clock);
    }

    @Override
    public int maxWriters() {
        return 64;
    }

    @Override
    public boolean isImmediate() {
        return true;
    }

    @Override
    public List<InsertOutcome> insert(EngineEpoch caller, List<TaskRow> given) {
        synchronized (lock) {
            requireCurrent(caller);
            MemoryKeys.Batch newKeys = keys.batch();
            List<TaskRow> newRows = new ArrayList<>(given.size());
            List<InsertOutcome> outcomes = new ArrayList<>(given.size());
            for (TaskRow row : given) {
                outcomes.add(examine(row, newKeys, newRows));
            }
            makeRoom(newRows.size());
            for (TaskRow row : newRows) {
                rows.put(row, row.status().state() == TaskState.SCHEDULED ? 0 : caller.epoch());
            }
            keys.add(newKeys, maxTasks);
            return outcomes;
        }
    }

    @GuardedBy("lock")
    private InsertOutcome examine(TaskRow row, MemoryKeys.Batch newKeys, List<TaskRow> newRows) {
        Supplier<TaskRow> present = rows.find(row.id().value());
        if (present != null) {
            TaskRow there = present.get();
            boolean isReplay = there.owner().equals(row.owner())
                    && there.status().version() == row.status().version();
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
    private void makeRoom(int wanted) {
        if (rows.openCount() + wanted > maxTasks) {
            throw new StoreException(Category.RETRYABLE, "full: " + maxTasks + " tasks that are not settled", null);
        }
        boolean isRemoved = true;
        while (isRemoved && rows.count() + wanted > maxTasks) {
            isRemoved = rows.removeOldest();
        }
    }

    @Override
    public void update(EngineEpoch caller, List<TaskUpdate> updates) {
        synchronized (lock) {
            requireCurrent(caller);
            for (TaskUpdate update : updates) {
                Supplier<TaskRow> present = rows.find(update.id().value());
                if (present == null) {
                    continue;
                }
                TaskRow row = present.get();
                if (row.owner().engine() == caller.engine()
                        && row.status().version() < update.status().version()) {
                    rows.put(row.withStatus(update.status()).withOwner(caller), caller.epoch());
                }
            }
        }
    }

    @Override
    public List<TaskRow> claimDue(EngineEpoch caller, Instant now, int limit) {
        synchronized (lock) {
            requireCurrent(caller);
            List<TaskRow> due = new ArrayList<>();
            for (Moment moment : rows.due(now)) {
                Entry entry = requireNonNull(rows.open(moment.id()), "waiting row");
                if (entry.row().owner().engine() == caller.engine() && entry.claimEpoch() < caller.epoch()) {
                    due.add(entry.row().withOwner(caller));
                    if (due.size() == limit) {
                        break;
                    }
                }
            }
            due.forEach(row -> rows.put(row, caller.epoch()));
            due.sort(Comparator.comparing(TaskRow::id));
            return due;
        }
    }

    @Override
    public List<TaskRow> recover(EngineEpoch caller, long after, int limit) {
        synchronized (lock) {
            requireCurrent(caller);
            return rows.openAfter(after).stream()
                    .filter(entry -> !entry.isScheduled() && entry.row().owner().engine() == caller.engine())
                    .map(entry -> entry.row().withOwner(caller))
                    .limit(limit)
                    .toList();
        }
    }

    @Override
    public int retire(EngineEpoch caller, Instant finalBefore, int limit) {
        synchronized (lock) {
            requireCurrent(caller);
            keys.retire(clock.now());
            return rows.removeFinalBefore(finalBefore, limit);
        }
    }

    @Override
    public long nextToken(EngineEpoch caller) {
        synchronized (lock) {
            requireCurrent(caller);
            return ++token;
        }
    }

    @Override
    public TakeOver takeOver(Leadership leader) {
        synchronized (lock) {
            requireLeader(leader);
            List<EngineEpoch> living = registry.living();
            List<EngineEpoch> fenced = registry.endOver();
            Set<Integer> alive = living.stream().map(EngineEpoch::engine).collect(Collectors.toSet());
            return new TakeOver(fenced, move(living, engine -> !alive.contains(engine)));
        }
    }

    @Override
    public int handOver(EngineEpoch leaving) {
        synchronized (lock) {
            requireCurrent(leaving);
            List<EngineEpoch> others = registry.living().stream()
                    .filter(engine -> engine.engine() != leaving.engine())
                    .toList();
            if (others.isEmpty()) {
                return -1;
            }
            registry.end(leaving.engine());
            return move(others, engine -> engine == leaving.engine());
        }
    }

    /** Gives the unsettled tasks of engines to heirs; those of one engine to one heir. */
    @GuardedBy("lock")
    private int move(List<EngineEpoch> heirs, IntPredicate from) {
        List<TaskRow> left = heirs.isEmpty()
                ? List.of()
                : rows.openAfter(0).stream()
                        .map(Entry::row)
                        .filter(row -> from.test(row.owner().engine()))
                        .toList();
        for (TaskRow row : left) {
            EngineEpoch heir = heirs.get(row.owner().engine() % heirs.size());
            rows.put(
                    row.withStatus(row.status().withVersion(heir.version(0) - 1))
                            .withOwner(heir),
                    0);
        }
        return left.size();
    }

    @Override
    public int retire(Leadership leader, Instant finalBefore, int limit) {
        synchronized (lock) {
            requireLeader(leader);
            return retire(leader.engine(), finalBefore, limit);
        }
    }

    @GuardedBy("lock")
    private void requireLeader(Leadership leader) {
        if (leader.token() != token) {
            throw new DeposedException(leader, token);
        }
        requireCurrent(leader.engine());
    }

    @Override
    public Optional<TaskRow> find(TaskId id) {
        requireOpen();
        Supplier<TaskRow> found;
        synchronized (lock) {
            found = rows.find(id.value());
        }
        return Optional.ofNullable(found).map(Supplier::get);
    }

    @Override
    public List<TaskHead> list(TaskFilter filter, long before, int limit) {
        requireOpen();
        return newest(filter::matches, before, limit);
    }

    @Override
    public List<TaskHead> explain(Target url, TaskFilter filter, int limit) {
        requireOpen();
        Set<String> tenants = registry.load().hosts().stream()
                .filter(rule -> rule.matches(url.host()))
                .map(HostRule::tenant)
                .collect(Collectors.toSet());
        return newest(
                row -> filter.matches(row) && TaskCoverage.covers(row.task(), url, tenants), Long.MAX_VALUE, limit);
    }

    /** What is looked for, newest first: the lock is held only to fetch what is looked at next. */
    private List<TaskHead> newest(Predicate<TaskRow> wanted, long before, int limit) {
        List<TaskHead> heads = new ArrayList<>();
        long cursor = before;
        while (heads.size() < limit) {
            List<Supplier<TaskRow>> next;
            synchronized (lock) {
                next = rows.newest(cursor, PORTION);
            }
            if (next.isEmpty()) {
                break;
            }
            for (Supplier<TaskRow> found : next) {
                TaskRow row = found.get();
                cursor = row.id().value();
                if (heads.size() < limit && wanted.test(row)) {
                    heads.add(TaskHead.of(row));
                }
            }
        }
        return heads;
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
    public List<AuditFilter.Entry> auditLog(AuditFilter filter, long before, int limit) {
        requireOpen();
        return registry.auditLog(filter, before, limit);
    }

    @Override
    public CallbackStore callbacks() {
        return callbacks;
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
}
