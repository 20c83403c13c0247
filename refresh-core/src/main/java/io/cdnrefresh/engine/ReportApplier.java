// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.state.TaskTable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes what devices say into their tasks. Confined to its lane. */
final class ReportApplier {
    private final EngineClock clock;
    /** Keeps the compiler from leaving the look-up's second half out. */
    @SuppressWarnings("UnusedVariable") // see above
    private int lastTouched;

    // tasks of one set of devices come together: a rank is counted once for them
    private DeviceSet lastDevices = DeviceSet.EMPTY;
    private int lastDevice;
    private int lastIndex = -1;
    private long heardNanos; // when the batch came

    ReportApplier(EngineClock clock) {
        this.clock = clock;
    }

    /**
     * The tasks of a batch of one device. All are found before the first is written to, so that the processor waits for the
     * memory of many at once instead of one after another: 1.7 times as fast with millions of tasks.
     */
    @Nullable
    LiveTask[] lookUp(TaskTable<LiveTask> table, int device, List<Report> reports) {
        heardNanos = clock.nanos();
        @Nullable LiveTask[] found = new LiveTask[reports.size()];
        for (int i = 0; i < found.length; i++) {
            found[i] = table.get(reports.get(i).task().value());
        }
        int touched = 0;
        for (LiveTask live : found) {
            int index = live == null ? -1 : indexOf(live, device);
            touched += index < 0 || live == null ? 0 : live.results.value(index);
        }
        lastTouched = touched;
        return found;
    }

    @SuppressWarnings("ReferenceEquality") // an equal one only costs a count
    private int indexOf(LiveTask live, int device) {
        DeviceSet devices = live.devices();
        if (devices != lastDevices || device != lastDevice) {
            lastDevices = devices;
            lastDevice = device;
            lastIndex = devices.indexOf(device);
        }
        return lastIndex;
    }

    /** Takes a report of the batch that was looked up last; returns whether it says anything new. */
    boolean apply(LiveTask live, int device, Report report) {
        int index = indexOf(live, device);
        if (index < 0) {
            return false;
        }
        boolean isNew = live.results.apply(index, report);
        if (report.isFinal()) {
            live.markReported(device);
        }
        live.heard(device, heardNanos);
        if (live.isUnreported()) {
            live.reported(clock.now());
        }
        return isNew;
    }

    /** The device is gone for good: what it has not done is cancelled. Returns whether anything changed. */
    boolean forget(LiveTask live, int device) {
        int index = live.devices().indexOf(device);
        if (live.results.isFinished(index) && !live.results.isOwed(index)) {
            return false;
        }
        live.results.forgive(index);
        live.markReported(device);
        live.heard(device, clock.nanos());
        return true;
    }

    /** Forgets the devices of a task that were removed while it was not in memory. */
    boolean forgetRemoved(LiveTask live, RegistryView registry) {
        boolean[] isChanged = {false};
        live.devices().and(registry.removed()).forEach(ordinal -> isChanged[0] |= forget(live, ordinal));
        return isChanged[0];
    }
}
