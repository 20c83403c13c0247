// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.EngineClock;

/** Writes what devices say into their tasks. Confined to its lane. */
final class ReportApplier {
    private final EngineClock clock;

    ReportApplier(EngineClock clock) {
        this.clock = clock;
    }

    /** Returns whether the report says anything new. */
    boolean apply(LiveTask live, int device, Report report) {
        int index = live.devices.indexOf(device);
        if (index < 0) {
            return false;
        }
        boolean isNew = live.results.apply(index, report);
        if (report.isFinal()) {
            for (FeedEntry entry : live.entries) {
                if (entry != null) {
                    entry.markReported(device);
                }
            }
        }
        if (live.firstReportAt == null) {
            live.firstReportAt = clock.now();
        }
        return isNew;
    }

    /** The device is gone for good: what it has not done is cancelled. Returns whether anything changed. */
    boolean forget(LiveTask live, int device) {
        int index = live.devices.indexOf(device);
        if (live.results.isFinished(index) && !live.results.isOwed(index)) {
            return false;
        }
        live.results.forgive(index);
        for (FeedEntry entry : live.entries) {
            if (entry != null) {
                entry.markReported(device);
            }
        }
        return true;
    }

    /** Forgets the devices of a task that were removed while it was not in memory. */
    boolean forgetRemoved(LiveTask live, RegistryView registry) {
        boolean[] isChanged = {false};
        live.devices.forEach(ordinal -> {
            Device device = registry.device(ordinal);
            if (device != null && device.state() == DeviceState.REMOVED) {
                isChanged[0] |= forget(live, ordinal);
            }
        });
        return isChanged[0];
    }
}
