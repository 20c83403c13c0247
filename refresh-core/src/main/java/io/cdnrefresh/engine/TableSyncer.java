// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.spi.Alert.Severity;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.state.Regions;
import io.cdnrefresh.state.TaskTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Compares tasks in memory with their rows, some at a time, region by region. A task that nobody has a reason to change
 * should be what the store says; where it is not:
 *
 * <table>
 * <caption>What is found, what is done; each raises an alert</caption>
 * <tr><td>the row is gone</td><td>the task is acknowledged, so it is written again</td></tr>
 * <tr><td>the row is older than what was committed</td><td>the store has lost an update: it is written again</td></tr>
 * <tr><td>another engine or a newer epoch owns the row, or somebody else has written or ended it</td>
 *     <td>the store is right: the task leaves memory</td></tr>
 * <tr><td>the task has no timer</td><td>it gets one</td></tr>
 * </table>
 *
 * <p>{@link #turn} on a query thread or a timer's; the lanes look at their own tasks, query threads read the rows.
 */
final class TableSyncer {
    /** Tasks of one region that are looked at in one turn: as many single reads of the store a second. */
    private static final int PER_TURN = 64;

    private final EngineEpoch epoch;
    private final Lane[] lanes;
    private final TaskTable<LiveTask> table;
    private final TaskQueries tasks;
    private final WorkerPool queries;
    private final AlertReporter alerts;
    private final int[] cursors = new int[Regions.COUNT];
    private int nextRegion;

    TableSyncer(EngineEpoch epoch, Lane[] lanes, TaskTable<LiveTask> table, Rows rows, AlertReporter alerts) {
        this.epoch = epoch;
        this.lanes = lanes;
        this.table = table;
        tasks = rows.tasks;
        queries = rows.queries;
        this.alerts = alerts;
    }

    /** Where rows are read, and by whom. */
    record Rows(TaskQueries tasks, WorkerPool queries) {}

    /** A task that was as its row should be: everything up to this version was committed. */
    private record Sample(long id, long version) {}

    /** Looks at some tasks of the next region. One thread at a time; never waits. */
    void turn() {
        int region = nextRegion;
        nextRegion = region + 1 & Regions.COUNT - 1;
        lanes[Regions.share(region, lanes.length)].queue().offer(lane -> collect(lane, region));
    }

    private void collect(Lane lane, int region) {
        List<Sample> samples = new ArrayList<>();
        List<LiveTask> forgotten = new ArrayList<>();
        cursors[region] = table.visit(region, cursors[region], PER_TURN, live -> {
            if (live.timer == 0) {
                forgotten.add(live);
            } else if (isAtRest(live)) {
                samples.add(new Sample(live.key(), live.version(epoch)));
            }
        });
        for (LiveTask live : forgotten) {
            raise("task-without-timer", live.key(), "it got one");
            lane.stay(live);
        }
        if (!samples.isEmpty()) {
            queries.tryRun(() -> compare(lane, samples));
        }
    }

    private static boolean isAtRest(LiveTask live) {
        return !live.isDirty && !live.isSaving && !live.isLeaving;
    }

    private void compare(Lane lane, List<Sample> samples) {
        for (Sample sample : samples) {
            Optional<TaskRow> row;
            try {
                row = tasks.find(new TaskId(sample.id));
            } catch (StoreException e) {
                return;
            }
            if (row.isEmpty()) {
                lane.queue().offer(own -> missing(own, sample));
            } else if (isSuspect(sample, row.get())) {
                TaskRow found = row.get();
                lane.queue().offer(own -> differs(own, sample, found));
            }
        }
    }

    /** Whether the lane has to look; most rows are as they should be, or newer since the task went on. */
    private boolean isSuspect(Sample sample, TaskRow row) {
        return isOthers(row)
                || row.status().version() != sample.version && !isUntouched(sample, row)
                || row.status().state().isFinal();
    }

    /** The row was read back at the start and nothing about it has changed in this epoch. */
    private boolean isUntouched(Sample sample, TaskRow row) {
        return sample.version < epoch.version(0) && row.status().version() <= sample.version;
    }

    private boolean isOthers(TaskRow row) {
        return row.owner().engine() != epoch.engine() || row.owner().epoch() > epoch.epoch();
    }

    private void missing(Lane lane, Sample sample) {
        LiveTask live = lane.find(sample.id);
        if (live != null && isAtRest(live) && lane.writeAgain(live)) {
            raise("task-not-stored", sample.id, "the store had lost it; it is written again");
        }
    }

    private void differs(Lane lane, Sample sample, TaskRow row) {
        LiveTask live = lane.find(sample.id);
        if (live == null || !isAtRest(live)) {
            return;
        }
        if (isOthers(row)) {
            raise("task-taken", sample.id, "engine " + row.owner() + " owns it; it leaves memory");
            lane.drop(live);
        } else if (row.status().version() > live.version(epoch)
                || row.status().state().isFinal() && !live.state.isFinal()) {
            raise("task-ended", sample.id, "somebody else wrote " + row.status().state() + "; it leaves memory");
            lane.drop(live);
        } else if (row.status().version() < sample.version && !isUntouched(sample, row)) {
            raise("update-not-stored", sample.id, "the store had lost an update; it is written again");
            lane.changed(live);
        }
    }

    private void raise(String name, long id, String detail) {
        alerts.raise(Severity.ERROR, name, new TaskId(id).toString(), detail);
    }
}
