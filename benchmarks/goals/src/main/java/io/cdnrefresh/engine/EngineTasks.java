// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.goals.tasks.Tasks;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import io.cdnrefresh.state.Regions;
import io.cdnrefresh.state.TaskTable;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * The engine's own table with the engine's own tasks: in this package since those are nobody else's business. The targets are
 * with the feed: all tasks share one push.
 */
@NullMarked
public final class EngineTasks implements Tasks {
    private static final EngineEpoch OWNER = new EngineEpoch(1, 1);
    private static final RefreshTask TASK = RefreshTask.purge("http://www.example.com/1");

    private final TaskTable<LiveTask> table = new TaskTable<>();
    private final Instant now = Instant.ofEpochMilli(1_700_000_000_000L);
    private final DeviceSet devices;
    private final TaskTerms terms = TaskTerms.of(TASK);
    private final TaskPlan plan;
    private final TaskStatus status;
    private final Push push;
    private final ReportApplier[] appliers = {
        new ReportApplier(EngineClock.system()), new ReportApplier(EngineClock.system())
    };

    /** For so many devices. */
    public EngineTasks(int deviceCount) {
        DeviceSet.Builder all = new DeviceSet.Builder();
        for (int i = 0; i < deviceCount; i++) {
            all.add(i);
        }
        devices = all.build();
        plan = new TaskPlan(devices, List.of(devices));
        status = new TaskStatus(
                OWNER.version(0), TaskState.RUNNING, 0, OutcomeCounts.pending(deviceCount), 0, new byte[0], null, null);
        push = new Push(new Command(new TaskId(1), 0, TASK, now, List.of()), devices);
    }

    @Override
    public int lane(long id) {
        return Regions.share(Regions.of(id), 2);
    }

    @Override
    public void enter(long id) {
        TaskRow row = new TaskRow(new TaskId(id), OWNER, TASK, devices, now, now, null, status);
        LiveTask live = new LiveTask(row, OWNER, terms, plan, 1L << 40);
        live.setRunningAt(now);
        live.pushed(push);
        live.timer = id;
        table.put(live);
    }

    @Override
    public int report(int device, List<Report> reports) {
        int changed = 0;
        @Nullable LiveTask[] found = appliers[lane(reports.get(0).task().value())].lookUp(table, device, reports);
        for (int i = 0; i < found.length; i++) {
            LiveTask live = found[i];
            if (live == null) {
                throw new IllegalStateException("task " + reports.get(i).task());
            }
            live.reported(now);
            changed += live.results.apply(live.devices().indexOf(device), reports.get(i)) ? 1 : 0;
        }
        return changed;
    }
}
