// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.state.DeviceResults;
import io.cdnrefresh.state.Regions;
import io.cdnrefresh.state.TaskTable;
import java.util.HashMap;
import java.util.Map;

/**
 * Looks for the oldest refresh that devices of a group have not done, among the tasks of one lane: a bounded part of the
 * table at a time, told when the walk is through. Confined to its lane but for {@link #oldest}.
 */
final class DebtSweep {
    private static final int TASKS = 64;
    /** Tasks and results of devices that one step looks at, about 1 ms. */
    private static final int LOOKS = 50_000;

    private final int lane;
    private final int lanes;
    private final TaskTable<LiveTask> table;
    private int region;
    private int from;
    private int looks;
    private Map<String, Long> found = new HashMap<>();
    private volatile Map<String, Long> oldest = Map.of();

    DebtSweep(int lane, int lanes, TaskTable<LiveTask> table) {
        this.lane = lane;
        this.lanes = lanes;
        this.table = table;
        region = lane;
    }

    /** When the oldest undone refresh of each group was due, in Unix milliseconds; a group that owes nothing is not there. */
    Map<String, Long> oldest() {
        return oldest;
    }

    /** Goes on with the walk. */
    void step(RegistryView registry) {
        looks = 0;
        while (looks < LOOKS) {
            from = table.visit(region, from, TASKS, live -> look(live, registry));
            looks++;
            if (from != 0) {
                continue;
            }
            region += lanes;
            if (region >= Regions.COUNT) {
                region = lane;
                oldest = Map.copyOf(found);
                found = new HashMap<>();
                return;
            }
        }
    }

    private void look(LiveTask live, RegistryView registry) {
        looks++;
        DeviceResults results = live.results;
        boolean isOver = results.finished() == results.size() && live.owed() == 0;
        if (isOver || !live.terms.kind().isRefresh() || live.state == TaskState.CANCELLED) {
            return;
        }
        if (live.state == TaskState.SCHEDULED) {
            return;
        }
        long due = live.startMillis();
        int[] index = {0};
        live.devices().forEach(ordinal -> {
            int place = index[0]++;
            looks++;
            if (!results.isFinished(place) || results.isOwed(place)) {
                Device device = registry.device(ordinal);
                if (device != null) {
                    found.merge(device.group(), due, Math::min);
                }
            }
        });
    }
}
