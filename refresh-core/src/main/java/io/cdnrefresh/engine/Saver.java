// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.ring.StageHandler;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.FencedException;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.spi.TaskUpdate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes tasks in order, one multi-row statement for all that waits. A task always has the same saver, and its update is
 * offered only after its insert was committed, so an update never overtakes an insert.
 *
 * <p>When the store is away: an insert is refused at once (its caller is told to come back), an update is kept and
 * repeated in order until it is in. A row that can never be stored is found by halving and refused alone. Nothing is
 * skipped and nothing is acknowledged that was not committed.
 */
final class Saver implements StageHandler<Saver.Event> {
    private static final Logger logger = LoggerFactory.getLogger(Saver.class);
    private static final int INSERT_ATTEMPTS = 3;
    private static final long FIRST_PAUSE_NANOS = 50_000_000;
    private static final long LONGEST_PAUSE_NANOS = 1_000_000_000;

    private final TaskStore store;
    private final EngineEpoch epoch;
    private final EngineClock clock;
    private final StoreHealth health;
    private final int maxBatch;
    private final StageQueue<Event> queue;

    // confined to the saver's thread
    private final List<Insert> inserts = new ArrayList<>();
    private final List<Save> saves = new ArrayList<>();
    private boolean isWaiting;
    private long retryNanos;
    private long pauseNanos = FIRST_PAUSE_NANOS;

    Saver(String name, int capacity, int maxBatch, Storage storage, StoreHealth health) {
        store = storage.store;
        epoch = storage.epoch;
        clock = storage.clock;
        this.health = health;
        this.maxBatch = maxBatch;
        queue = new StageQueue<>(name, capacity, this);
    }

    /** Where and as whom a saver writes. */
    record Storage(TaskStore store, EngineEpoch epoch, EngineClock clock) {}

    /** What a saver is asked to do. */
    sealed interface Event {}

    /** A new task. */
    record Insert(TaskRow row, InsertListener listener) implements Event {}

    /** A newer status of a task that is in the store. */
    record Save(TaskUpdate update, SaveListener listener) implements Event {}

    /** Learns what became of an insert, on the saver's thread. */
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

    @Override
    public void onEvent(Event event, boolean isEndOfBatch) {
        if (event instanceof Insert insert) {
            inserts.add(insert);
        } else if (event instanceof Save save) {
            saves.add(save);
        }
        if (isEndOfBatch || inserts.size() >= maxBatch || saves.size() >= maxBatch) {
            flush();
        }
    }

    @Override
    public void onIdle() {
        flush();
    }

    private void flush() {
        if (isWaiting && clock.nanos() - retryNanos < 0) {
            refuse(inserts, "the store is away");
            return;
        }
        if (!inserts.isEmpty()) {
            insert(inserts);
            inserts.clear();
        }
        while (!saves.isEmpty()) {
            int count = Math.min(saves.size(), maxBatch);
            if (!save(saves.subList(0, count))) {
                return;
            }
            saves.subList(0, count).clear();
        }
    }

    private void insert(List<Insert> batch) {
        List<TaskRow> rows = batch.stream().map(Insert::row).toList();
        for (int attempt = 1; ; attempt++) {
            try {
                List<InsertOutcome> outcomes = insertRows(rows);
                storeIsUp();
                for (int i = 0; i < outcomes.size(); i++) {
                    batch.get(i).listener.onStored(outcomes.get(i));
                }
                return;
            } catch (FencedException e) {
                health.fenced(e);
                refuse(new ArrayList<>(batch), "this engine was replaced");
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
                    refuse(new ArrayList<>(batch), "the store is away");
                    return;
                }
            }
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
            batch.get(0).listener.onRefused(false, "the store can not keep this task");
            return;
        }
        int middle = batch.size() / 2;
        insert(new ArrayList<>(batch.subList(0, middle)));
        insert(new ArrayList<>(batch.subList(middle, batch.size())));
    }

    private static void refuse(List<Insert> batch, String reason) {
        for (Insert insert : batch) {
            insert.listener.onRefused(true, reason);
        }
        batch.clear();
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
        for (Save save : batch) {
            save.listener.onSaved(true);
        }
        return true;
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
        while (!saves.isEmpty() && clock.nanos() - end < 0) {
            java.util.concurrent.locks.LockSupport.parkNanos(FIRST_PAUSE_NANOS);
            flush();
        }
        return left + saves.size();
    }
}
