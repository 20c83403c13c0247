// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One step of one task on its way to its devices: who has reported. The lane that owns the task writes that; the feed reads
 * it, perhaps a little late: then a device is asked once more than needed, which is harmless.
 *
 * <p>A push stands at one place in the feed, or at several when parts of its devices are asked at different times. Equal
 * pushes may share a place.
 */
final class Push {
    private static final FeedEntry[] NOWHERE = {};

    final Command command;
    final DeviceSet devices;
    /** The same task's push of the step before; the lane's. */
    @Nullable
    Push earlier;

    /** Null until a device has reported: most pushes of devices that are away never need it. Written by the lane. */
    private volatile @Nullable DeviceBits reported;

    private volatile boolean isClosed;
    private volatile boolean isWithdrawn;
    /** Written by the feed only. */
    private volatile FeedEntry[] places = NOWHERE;

    Push(Command command, DeviceSet devices) {
        this.command = command;
        this.devices = devices;
    }

    /** Where the push stands. */
    FeedEntry[] places() {
        return places;
    }

    /** Feed only. */
    void addPlace(FeedEntry place) {
        FeedEntry[] more = Arrays.copyOf(places, places.length + 1);
        more[places.length] = place;
        places = more;
    }

    /** The device has said something: it is at work, or done. */
    void heard(int device, long nowNanos) {
        for (FeedEntry place : places) {
            place.heard(device, nowNanos);
        }
    }

    /** The device needs the command no more. */
    void markReported(int device) {
        if (devices.contains(device)) {
            DeviceBits bits = reported;
            if (bits == null) {
                bits = new DeviceBits(devices);
                reported = bits;
            }
            bits.set(device);
        }
    }

    /** Nobody needs the command any more. */
    void close() {
        isClosed = true;
        for (FeedEntry place : places) {
            place.releaseIfClosed();
        }
    }

    /** The submitter takes it back: devices that were sent it are told. Before it is closed. */
    void withdraw() {
        isWithdrawn = true;
    }

    boolean isWithdrawn() {
        return isWithdrawn;
    }

    /** Whether the device was asked and has not answered for good, closed or not. */
    boolean isUnreportedBy(int device) {
        DeviceBits bits = reported;
        return devices.contains(device) && (bits == null || !bits.isSet(device));
    }

    boolean isClosed() {
        return isClosed;
    }

    /** Whether the device still has to be sent this command. */
    boolean isWantedBy(int device) {
        DeviceBits bits = reported;
        return !isClosed && devices.contains(device) && (bits == null || !bits.isSet(device));
    }
}
