// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * One command in the feed. The lane that owns the task writes who has reported; the feed reads it, perhaps a little late:
 * then a device is asked once more than needed, which is harmless.
 */
final class FeedEntry {
    final Command command;
    final DeviceSet devices;
    /** The same task's entry of the step before; the lane's. */
    @Nullable
    FeedEntry earlier;

    private final AtomicLongArray reported;
    private volatile boolean isClosed;
    /** Written once by the feed before the entry is published. */
    private volatile long sequence;

    FeedEntry(Command command, DeviceSet devices) {
        this.command = command;
        this.devices = devices;
        reported = new AtomicLongArray(devices.size() + 63 >> 6);
    }

    long sequence() {
        return sequence;
    }

    void setSequence(long value) {
        sequence = value;
    }

    /** The device needs the command no more. */
    void markReported(int device) {
        int index = devices.indexOf(device);
        if (index >= 0) {
            // one writer, the lane: no compare-and-set needed
            reported.setRelease(index >> 6, reported.getPlain(index >> 6) | 1L << index);
        }
    }

    /** Nobody needs the command any more. */
    void close() {
        isClosed = true;
    }

    boolean isClosed() {
        return isClosed;
    }

    /** Whether the device still has to be sent this command. */
    boolean isWantedBy(int device) {
        if (isClosed) {
            return false;
        }
        int index = devices.indexOf(device);
        return index >= 0 && (reported.getAcquire(index >> 6) & 1L << index) == 0;
    }
}
