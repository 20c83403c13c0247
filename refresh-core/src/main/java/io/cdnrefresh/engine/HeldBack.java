// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.TargetList;
import java.util.HashSet;
import java.util.Set;

/**
 * What is in the log and was not sent to some devices since it is paused. A preload does not pass a refresh that was held
 * back: it is held back itself. Guarded by the feed's lock.
 */
final class HeldBack {
    private DeviceSet devices = DeviceSet.EMPTY;
    private final Set<String> hosts = new HashSet<>();
    private boolean isWide;
    /** Devices that lack something below what they say they know. */
    private DeviceSet gaps = DeviceSet.EMPTY;

    boolean isEmpty() {
        return devices.isEmpty();
    }

    /** The device is not sent this for now. */
    void skip(Command command, int device) {
        devices = devices.or(DeviceSet.of(device));
        gap(device);
        if (command.task().kind().isRefresh()) {
            isWide |= WaitingRefreshes.isWide(command.task());
            for (String host : TargetList.hosts(command.task().targets())) {
                hosts.add(WaitingRefreshes.withoutPort(host));
            }
        }
    }

    /** The device was passed over; when it is asked again it has to look at all of the log. */
    void gap(int device) {
        gaps = gaps.or(DeviceSet.of(device));
    }

    /** Whether a command that is not paused has to wait behind one that is. */
    boolean mustWait(Command command, int device) {
        if (command.task().kind().isRefresh() || !devices.contains(device)) {
            return false;
        }
        for (String host : TargetList.hosts(command.task().targets())) {
            if (hosts.contains(WaitingRefreshes.withoutPort(host))) {
                return true;
            }
        }
        return isWide;
    }

    /** Other rules hold; returns who has to look at the log again. */
    DeviceSet release() {
        DeviceSet released = devices;
        devices = DeviceSet.EMPTY;
        hosts.clear();
        isWide = false;
        return released;
    }

    /** Whether the device has to look at all of the log, whatever it says it knows. Asked once: it does so now. */
    boolean takeGaps(int device) {
        boolean has = gaps.contains(device);
        gaps = has ? gaps.filter(other -> other != device) : gaps;
        return has;
    }
}
