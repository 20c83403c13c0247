// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.TaskUpdate;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to a store that never waits where the work comes up, without the hand-over to a {@link Saver}: for a store in memory that
 * hand-over is most of what a write costs. Whatever goes wrong here is left to the saver, which knows what to do, and so is
 * every write while something waits there. Any thread.
 */
final class WriteThrough {
    private static final Logger logger = LoggerFactory.getLogger(WriteThrough.class);

    private final Saver.Storage storage;
    private final StoreHealth health;
    private final StageQueue<Saver.Event> waiting;
    private final boolean isImmediate;

    WriteThrough(Saver.Storage storage, StoreHealth health, StageQueue<Saver.Event> waiting) {
        this.storage = storage;
        this.health = health;
        this.waiting = waiting;
        isImmediate = storage.store().isImmediate();
    }

    /** Stores a task and tells its listener; false: not done, and nothing is told. */
    boolean insert(Saver.Insert insert) {
        if (!isOpen()) {
            return false;
        }
        List<InsertOutcome> outcomes;
        try {
            outcomes = storage.store().insert(storage.epoch(), List.of(insert.row()));
        } catch (RuntimeException e) {
            logger.debug(
                    "insert is left to the saver task={} cause={}", insert.row().id(), e.getMessage());
            return false;
        }
        insert.stored(outcomes.get(0));
        return true;
    }

    /** Stores a newer status; false: not done. */
    boolean save(TaskUpdate update) {
        if (!isOpen()) {
            return false;
        }
        try {
            storage.store().update(storage.epoch(), List.of(update));
            return true;
        } catch (RuntimeException e) {
            logger.debug("update is left to the saver task={} cause={}", update.id(), e.getMessage());
            return false;
        }
    }

    private boolean isOpen() {
        return isImmediate && waiting.depth() == 0 && !health.isDown() && !health.isFenced();
    }
}
