// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskHead;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.state.Regions;
import io.cdnrefresh.state.TaskTable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings tasks from the store into the lanes: unfinished ones after a restart, in pages, while new ones are accepted; those
 * whose time has come; those whose insert was doubtful. Runs on query threads; a task that is in memory stays as it is.
 */
final class Recovery {
    private static final Logger logger = LoggerFactory.getLogger(Recovery.class);
    private static final int PAGE = 1_000;
    /** Of what was unfinished: a query costs about as much as a hundred of its rows. */
    private static final int RECOVERY_PAGE = 4_096;

    private static final int LEAST_PAGE = 256;
    /** Rows that a lane takes at once; what comes meanwhile waits a fraction of a millisecond. */
    private static final int PORTION = 64;

    private static final long FULL_PAUSE_NANOS = 10_000_000;

    private final TaskStore store;
    private final TaskQueries queries;
    private final EngineEpoch epoch;
    private final EngineClock clock;
    private final Lane[] lanes;
    private final TaskTable<LiveTask> table;
    private final int maxTasks;
    private final IdGenerator ids;
    private final AtomicInteger entering = new AtomicInteger();
    private final AtomicBoolean isRecovering = new AtomicBoolean();
    private final AtomicBoolean isClaiming = new AtomicBoolean();
    private volatile boolean isClaimDoubtful;
    private volatile boolean isAdopting;
    private volatile boolean isStopped;
    private volatile boolean isThrough;

    Recovery(
            Saver.Storage storage,
            TaskQueries queries,
            Lane[] lanes,
            TaskTable<LiveTask> table,
            int maxTasks,
            IdGenerator ids) {
        this.queries = queries;
        store = storage.store();
        epoch = storage.epoch();
        clock = storage.clock();
        this.lanes = lanes;
        this.table = table;
        // the rest is for new ones
        this.maxTasks = Math.max(1, maxTasks - maxTasks / 4);
        this.ids = ids;
    }

    /** Whether everything that was unfinished at the start has been handed to its lane. */
    boolean isThrough() {
        return isThrough;
    }

    /** Whether tasks are on their way to their lanes, some of which may be earlier than those that are there. */
    boolean isAdopting() {
        return isAdopting;
    }

    boolean isRecovering() {
        return isRecovering.get();
    }

    /** Reads all unfinished and owed tasks of this engine; true if it came through to the end. */
    boolean recover() {
        if (!isRecovering.compareAndSet(false, true)) {
            return false;
        }
        long started = clock.nanos();
        long count = 0;
        try {
            long after = 0;
            List<TaskRow> page;
            do {
                page = store.recover(epoch, after, awaitRoom());
                for (TaskRow row : page) {
                    after = row.id().value();
                    ids.sawId(after);
                }
                adopt(page);
                count += page.size();
            } while (!page.isEmpty() && !isStopped);
            if (count > 0) {
                logger.info("recovered tasks={} millis={}", count, (clock.nanos() - started) / 1_000_000);
            }
            isThrough = true;
            return true;
        } catch (StoreException | IllegalArgumentException e) {
            logger.warn("recovery stopped tasks={} cause={}", count, e.getMessage());
            return false;
        } finally {
            isRecovering.set(false);
        }
    }

    /** Waits until memory has room; how many rows to read now, so that they enter as they are read. */
    private int awaitRoom() {
        // not row by row
        long least = Math.max(1, Math.min(LEAST_PAGE, maxTasks / 16));
        long room = maxTasks - inMemory();
        while (room < least && !isStopped) {
            LockSupport.parkNanos(FULL_PAUSE_NANOS);
            room = maxTasks - inMemory();
        }
        return (int) Math.max(1, Math.min(RECOVERY_PAGE, room));
    }

    /** Takes the tasks whose time has come; false if the store did not answer. */
    boolean claimDue() {
        if (!isClaiming.compareAndSet(false, true)) {
            return true;
        }
        try {
            List<TaskRow> due;
            int room;
            do {
                // never waits for room: the thread is needed to let devices join, which makes room
                room = (int) Math.min(PAGE, maxTasks - inMemory());
                if (room < 1) {
                    return true;
                }
                due = store.claimDue(epoch, clock.now().plus(TaskIntake.IN_MEMORY), room);
                isAdopting = !due.isEmpty();
                adopt(due);
                isAdopting = false;
            } while (!due.isEmpty() && !isStopped);
            if (isClaimDoubtful) {
                findClaimed();
                isClaimDoubtful = false;
            }
            return true;
        } catch (StoreException e) {
            isClaimDoubtful = true;
            logger.debug("claim of due tasks failed cause={}", e.getMessage());
            return false;
        } finally {
            isAdopting = false;
            isClaiming.set(false);
        }
    }

    /** Hands rows to their lanes, many with one event. */
    private void adopt(List<TaskRow> rows) {
        List<List<TaskRow>> portions = new ArrayList<>();
        for (int lane = 0; lane < lanes.length; lane++) {
            portions.add(new ArrayList<>());
        }
        for (TaskRow row : rows) {
            int lane = Regions.share(Regions.of(row.id().value()), lanes.length);
            List<TaskRow> portion = portions.get(lane);
            portion.add(row);
            if (portion.size() == PORTION) {
                hand(lanes[lane], portion);
                portions.set(lane, new ArrayList<>(PORTION));
            }
        }
        for (int lane = 0; lane < lanes.length; lane++) {
            if (!portions.get(lane).isEmpty()) {
                hand(lanes[lane], portions.get(lane));
            }
        }
    }

    private void hand(Lane to, List<TaskRow> portion) {
        entering.addAndGet(portion.size());
        to.queue().put(lane -> {
            try {
                portion.forEach(row -> adopt(lane, row));
            } finally {
                entering.addAndGet(-portion.size());
            }
        });
    }

    /** One that cannot enter harms nobody behind it. */
    private static void adopt(Lane lane, TaskRow row) {
        try {
            lane.adopt(row);
        } catch (RuntimeException e) {
            logger.error("task cannot be taken up again task={}", row.id(), e);
        }
    }

    /** Tasks in memory, and those on the way to it. */
    private long inMemory() {
        return table.size() + entering.get();
    }

    /**
     * A claim may have been committed although its answer was lost, and a task is given to a claim only once: looks for
     * tasks that are ours and due, and still wait.
     */
    private void findClaimed() {
        TaskFilter waiting = new TaskFilter(null, TaskState.SCHEDULED, null, null, null, null, null);
        Instant due = clock.now().plus(TaskIntake.IN_MEMORY);
        long before = Long.MAX_VALUE;
        List<TaskHead> page;
        do {
            page = queries.list(waiting, before, PAGE);
            for (TaskHead head : page) {
                TaskRow row = head.row();
                before = row.id().value();
                if (row.owner().equals(epoch) && !row.dueAt().isAfter(due)) {
                    queries.find(row.id()).ifPresent(found -> adopt(List.of(found)));
                }
            }
        } while (page.size() == PAGE && !isStopped);
    }

    void stop() {
        isStopped = true;
    }
}
