// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.DeviceRow;
import io.cdnrefresh.engine.EngineOperations.Page;
import io.cdnrefresh.engine.EngineOperations.PageRequest;
import io.cdnrefresh.engine.EngineOperations.TargetRow;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.state.DeviceResults;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Per-device and per-target results as rows for people. */
final class ResultRows {
    private final DeviceSet devices;
    private final DeviceResults results;
    private final RegistryView registry;

    ResultRows(DeviceSet devices, DeviceResults results, RegistryView registry) {
        this.devices = devices;
        this.results = results.snapshot();
        this.registry = registry;
    }

    /** Devices with exceptions first, then the others, each by ordinal; {@code from} counts in that order. */
    Page<DeviceRow> page(@Nullable Outcome only, PageRequest page) {
        int[] ordinals = devices.toArray();
        List<DeviceRow> rows = new ArrayList<>();
        long position = 0;
        for (boolean wantsExceptions : new boolean[] {true, false}) {
            for (int i = 0; i < ordinals.length; i++) {
                if (results.exceptions(i).isEmpty() == wantsExceptions || !has(i, only)) {
                    continue;
                }
                if (position++ < page.from()) {
                    continue;
                }
                if (rows.size() == page.limit()) {
                    return new Page<>(rows, position - 1);
                }
                Device device = registry.device(ordinals[i]);
                if (device != null) {
                    rows.add(new DeviceRow(device, results.outcome(i), results.exceptions(i), results.isOwed(i)));
                }
            }
        }
        return new Page<>(rows, -1);
    }

    private boolean has(int index, @Nullable Outcome only) {
        return only == null
                || results.outcome(index) == only
                || results.exceptions(index).stream().anyMatch(e -> e.outcome() == only);
    }

    /** Each target on one device; unknown when the task is not for it. */
    Answer<List<TargetRow>> targets(List<Target> targets, Device device, @Nullable Outcome only) {
        int index = devices.indexOf(device.ordinal());
        if (index < 0) {
            return new Answer.Unknown<>();
        }
        TargetResult[] byTarget = new TargetResult[targets.size()];
        for (TargetResult exception : results.exceptions(index)) {
            byTarget[exception.target()] = exception;
        }
        List<TargetRow> rows = new ArrayList<>();
        for (int i = 0; i < byTarget.length; i++) {
            TargetResult result = byTarget[i] == null ? new TargetResult(i, results.outcome(index), "") : byTarget[i];
            if (only == null || result.outcome() == only) {
                rows.add(new TargetRow(targets.get(i), result));
            }
        }
        return new Answer.Value<>(rows);
    }

    /** Ids of the devices that have applied every target. */
    List<String> appliedOn() {
        List<String> ids = new ArrayList<>();
        int[] index = {0};
        devices.forEach(ordinal -> {
            Device device = registry.device(ordinal);
            if (results.isApplied(index[0]++) && device != null) {
                ids.add(device.id());
            }
        });
        return ids;
    }
}
