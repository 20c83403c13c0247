// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Priority;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.ring.StageHandler;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.FencedException;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.StoreFullException;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.spi.TaskUpdate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes tasks, one multi-row statement and one commit for all that waits. What does not fit into one statement is taken fairly by
 * tenant, so that a flood of one costs another's task a commit or two. A task always has the same saver, and its update
 * is offered only after its insert was committed, so an update never overtakes an insert.
 *
 * <p>When the store is away: an insert is refused at once (its caller is told to come back), an update is kept and
 * repeated in order until it is in. A row that can never be stored is found by halving and refused alone. Nothing is
 * skipped and nothing is acknowledged that was not committed.
 */
final class Saver implements StageHandler<Saver.Event> {
    private static final Logger logger = LoggerFactory.getLogger(Saver.class);
    private static final int INSERT_ATTEMPTS = 3;
    /** No task is added to an insert that has so many: some 10 ms of a store on a disk. */
    private static final int MOST_TARGETS = 4_096;

    private static final long FIRST_PAUSE_NANOS = 50_000_000;
    private static final long LONGEST_PAUSE_NANOS = 1_000_000_000;

    private final TaskStore store;
    private final EngineEpoch epoch;
    private final EngineClock clock;
    private final StoreHealth health;
    private final int maxBatch;
    private final StageQueue<Event> queue;
    private final WriteThrough through;

    /** Inserts between their offer and their answer. */
    private final TenantShares waiting;

    // confined to the saver's thread
    private final TenantQueue<Insert> inserts = new TenantQueue<>();
    private final TenantQueue<Save> saves = new TenantQueue<>();
    /** The updates that the store did not take: repeated before all others. */
    private List<Save> unsaved = List.of();

    private boolean isWaiting;
    private long retryNanos;
    private long pauseNanos = FIRST_PAUSE_NANOS;

    Saver(String name, int capacity, int maxBatch, Storage storage, StoreHealth health) {
        store = storage.store;
        epoch = storage.epoch;
        clock = storage.clock;
        this.health = health;
        this.maxBatch = maxBatch;
        waiting = new TenantShares(capacity);
        queue = new StageQueue<>(name, capacity, this);
        through = new WriteThrough(storage, health, queue);
    }

    /** Where and as whom a saver writes. */
    record Storage(TaskStore store, EngineEpoch epoch, EngineClock clock) {}

    /** What a saver is asked to do. */
    sealed interface Event {}

    /** A new task. */
    record Insert(TaskRow row, InsertListener listener) implements Event {
        /** A listener that fails harms nobody behind it. */
        void stored(InsertOutcome outcome) {
            try {
                listener.onStored(outcome);
            } catch (RuntimeException e) {
                logger.error("listener failed task={}", row.id(), e);
            }
        }
    }

    /** A newer status of a task that is in the store. */
    record Save(String tenant, TaskUpdate update, SaveListener listener) implements Event {}

    /** More waits than one statement takes. */
    private record GoOn() implements Event {
        static final GoOn ONE = new GoOn();
    }

    /** Learns what became of an insert, on the thread that wrote it. */
    interface InsertListener {
        /** The transaction is committed. */
        void onStored(InsertOutcome outcome);

        /** The row is not acknowledged; {@code isRetryable}: the same may work later. */
        void onRefused(boolean isRetryable, String reason);
    }

    /** Learns what became of an update, on the saver's thread. */
    @FunctionalInterface
    interface SaveListener {
        /** {@code isStored} false: the row can never be stored. */
        void onSaved(boolean isStored);
    }

    StageQueue<Event> queue() {
        return queue;
    }

    /** Takes a new task; false when there is no room, or too little for one tenant's next. Any thread, never waits. */
    boolean offer(Insert insert, int reserve) {
        String tenant = insert.row.task().tenant();
        if (!waiting.tryTake(tenant)) {
            return false;
        }
        if (!queue.offer(insert, reserve)) {
            waiting.release(tenant);
            return false;
        }
        return true;
    }

    /** The way around this stage, for a store that needs none. */
    WriteThrough through() {
        return through;
    }

    /** Tasks that are not durable yet, and changes that are not. */
    int depth() {
        return Math.max(queue.depth(), waiting.taken());
    }

    @Override
    public void onEvent(Event event, boolean isEndOfBatch) {
        if (event instanceof Insert insert) {
            RefreshTask task = insert.row.task();
            inserts.add(
                    task.tenant(),
                    task.options().priority(),
                    Math.max(1, task.targets().size()),
                    insert);
        } else if (event instanceof Save save) {
            saves.add(save.tenant, Priority.NORMAL, 1, save);
        }
        if (isEndOfBatch) {
            flush();
        }
    }

    @Override
    public void onIdle() {
        flush();
    }

    private void flush() {
        if (health.isFenced()) {
            dropAll();
            return;
        }
        if (isWaiting && clock.nanos() - retryNanos < 0) {
            refuse(take(inserts, Integer.MAX_VALUE), "the store is away");
            return;
        }
        List<Insert> rows = nextInserts();
        if (!rows.isEmpty() && !writeTogether(rows)) {
            insert(rows);
        }
        if (!saveUnsaved()) {
            return;
        }
        unsaved = take(saves, maxBatch);
        saveUnsaved();
        if (!isWaiting && inserts.size() + saves.size() > 0) {
            // what has come meanwhile has its turn first; a full queue brings the next call by itself
            queue.offer(GoOn.ONE);
        }
    }

    /** Others have these tasks now; nothing is told, so whoever waits for a commit waits in vain and asks again. */
    private void dropAll() {
        refuse(take(inserts, Integer.MAX_VALUE), "this engine was replaced");
        take(saves, Integer.MAX_VALUE);
        unsaved = List.of();
    }

    private boolean saveUnsaved() {
        boolean isSaved = unsaved.isEmpty() || save(unsaved);
        if (isSaved) {
            unsaved = List.of();
        }
        return isSaved;
    }

    /** With the updates that wait, by one commit; false: nothing is told yet, and each part goes its own way. */
    private boolean writeTogether(List<Insert> rows) {
        if (!unsaved.isEmpty() || saves.size() == 0) {
            return false;
        }
        unsaved = take(saves, maxBatch);
        List<InsertOutcome> outcomes;
        try {
            outcomes = store.write(
                    epoch,
                    rows.stream().map(Insert::row).toList(),
                    unsaved.stream().map(Save::update).toList());
        } catch (RuntimeException e) {
            logger.debug("batch is written in two parts cause={}", e.getMessage());
            return false;
        }
        storeIsUp();
        tellInserted(rows, outcomes);
        tellSaved(unsaved);
        unsaved = List.of();
        return true;
    }

    /** What goes into one transaction: so little that another tenant's next task does not wait for long. */
    private List<Insert> nextInserts() {
        List<Insert> taken = new ArrayList<>(Math.min(maxBatch, inserts.size()));
        for (int targets = 0; taken.size() < maxBatch && targets < MOST_TARGETS; ) {
            Insert next = inserts.poll();
            if (next == null) {
                break;
            }
            taken.add(next);
            targets += next.row.task().targets().size();
        }
        return taken;
    }

    private static <E> List<E> take(TenantQueue<E> from, int most) {
        List<E> taken = new ArrayList<>(Math.min(most, from.size()));
        while (taken.size() < most) {
            E next = from.poll();
            if (next == null) {
                break;
            }
            taken.add(next);
        }
        return taken;
    }

    private void insert(List<Insert> batch) {
        List<TaskRow> rows = batch.stream().map(Insert::row).toList();
        for (int attempt = 1; ; attempt++) {
            try {
                List<InsertOutcome> outcomes = insertRows(rows);
                storeIsUp();
                tellInserted(batch, outcomes);
                return;
            } catch (FencedException e) {
                health.fenced(e);
                refuse(batch, "this engine was replaced");
                return;
            } catch (StoreFullException e) {
                health.full(e, clock.nanos());
                refuse(batch, "the store is full");
                return;
            } catch (StoreException e) {
                if (e.category() == Category.PERMANENT) {
                    halve(batch, e);
                    return;
                }
                if (attempt == INSERT_ATTEMPTS || isWaiting) {
                    // The commit may have happened although its answer was lost: the rows are looked for later.
                    health.doubtful();
                    storeIsDown(e);
                    refuse(batch, "the store is away");
                    return;
                }
            }
        }
    }

    private void tellInserted(List<Insert> batch, List<InsertOutcome> outcomes) {
        for (int i = 0; i < outcomes.size(); i++) {
            waiting.release(batch.get(i).row.task().tenant());
            batch.get(i).stored(outcomes.get(i));
        }
    }

    /** A store of somebody else's may throw anything; that is its word that these rows never go in. */
    private List<InsertOutcome> insertRows(List<TaskRow> rows) {
        try {
            return store.insert(epoch, rows);
        } catch (StoreException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new StoreException(Category.PERMANENT, "the store failed: " + e, e);
        }
    }

    private void halve(List<Insert> batch, StoreException cause) {
        if (batch.size() == 1) {
            logger.error("row refused task={}", batch.get(0).row.id(), cause);
            health.poisoned("task " + batch.get(0).row.id(), cause);
            waiting.release(batch.get(0).row.task().tenant());
            batch.get(0).listener.onRefused(false, "the store can not keep this task");
            return;
        }
        int middle = batch.size() / 2;
        insert(batch.subList(0, middle));
        insert(batch.subList(middle, batch.size()));
    }

    private void refuse(List<Insert> batch, String reason) {
        for (Insert insert : batch) {
            waiting.release(insert.row.task().tenant());
            insert.listener.onRefused(true, reason);
        }
    }

    /** False: try the same updates again later. */
    private boolean save(List<Save> batch) {
        try {
            store.update(epoch, batch.stream().map(Save::update).toList());
        } catch (FencedException e) {
            health.fenced(e);
            storeIsDown(e);
            return false;
        } catch (StoreException e) {
            if (e.category() != Category.PERMANENT) {
                storeIsDown(e);
                return false;
            }
            if (batch.size() > 1) {
                // Repeating an update is harmless, so both halves simply run on their own.
                int middle = batch.size() / 2;
                return save(batch.subList(0, middle)) && save(batch.subList(middle, batch.size()));
            }
            logger.error("update refused task={}", batch.get(0).update.id(), e);
            health.poisoned("task " + batch.get(0).update.id(), e);
            batch.get(0).listener.onSaved(false);
            return true;
        }
        storeIsUp();
        tellSaved(batch);
        return true;
    }

    private static void tellSaved(List<Save> batch) {
        for (Save save : batch) {
            save.listener.onSaved(true);
        }
    }

    private void storeIsUp() {
        isWaiting = false;
        pauseNanos = FIRST_PAUSE_NANOS;
        health.up();
    }

    private void storeIsDown(StoreException e) {
        isWaiting = true;
        retryNanos = clock.nanos() + pauseNanos;
        pauseNanos = Math.min(pauseNanos * 2, LONGEST_PAUSE_NANOS);
        health.down(e);
    }

    int stop(Duration deadline) {
        long end = clock.nanos() + deadline.toNanos();
        int left = queue.stop(deadline);
        if (!queue.isTerminated()) {
            return left;
        }
        // The thread has ended: the caller may finish its work.
        flush();
        while (unfinished() > 0 && clock.nanos() - end < 0) {
            if (isWaiting) {
                java.util.concurrent.locks.LockSupport.parkNanos(FIRST_PAUSE_NANOS);
            }
            flush();
        }
        return left + unfinished();
    }

    private int unfinished() {
        return inserts.size() + saves.size() + unsaved.size();
    }
}
