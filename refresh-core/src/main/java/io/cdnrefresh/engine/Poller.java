// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.state.Interner;
import java.util.List;

/** Makes tasks in memory of rows that are committed: their terms, plan and deadline. Confined to its lane. */
final class Poller {
    /** Places for terms and for plans that are shared. */
    private static final int SHARED = 1_024;

    private final LaneParts parts;
    private final Interner<TaskTerms> terms = new Interner<>(SHARED);
    private final Interner<TaskPlan> plans = new Interner<>(SHARED);
    private long registryVersion = -1;
    private TaskTerms lastTerms = new TaskTerms(TaskKind.URL, TaskOptions.DEFAULTS, "");
    private TaskPlan lastPlan = new TaskPlan(DeviceSet.EMPTY, List.of());

    Poller(LaneParts parts) {
        this.parts = parts;
    }

    LiveTask enter(TaskRow row, long nowNanos) {
        TaskTerms shared = terms(row.task());
        long left = LiveTask.deadline(row.acceptedAt(), shared).toEpochMilli()
                - parts.clock().now().toEpochMilli();
        return new LiveTask(row, parts.epoch(), shared, plan(row.devices()), nowNanos + Math.max(0, left) * 1_000_000);
    }

    private TaskTerms terms(RefreshTask task) {
        // most tasks have the very options of the one before
        boolean isSame = task.kind() == lastTerms.kind()
                && task.options().equals(lastTerms.options())
                && task.tenant().equals(lastTerms.tenant());
        if (!isSame) {
            lastTerms = terms.intern(TaskTerms.of(task));
        }
        return lastTerms;
    }

    private TaskPlan plan(DeviceSet devices) {
        RegistryView view = parts.devices().view();
        // most tasks are for the same devices as the one before
        if (view.version != registryVersion || !devices.equals(lastPlan.devices())) {
            registryVersion = view.version;
            lastPlan = plans.intern(new TaskPlan(devices, view.steps(devices)));
        }
        return lastPlan;
    }
}
