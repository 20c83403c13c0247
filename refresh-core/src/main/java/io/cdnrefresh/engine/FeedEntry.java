// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceSet;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A place in the feed: one command for some devices, on behalf of one push or of several equal ones. It waits first, and
 * belongs to the feed's thread; from the moment that it has a sequence, command, devices and pushes stay as they are.
 */
final class FeedEntry {
    private static final VarHandle UNDER_WAY;

    static {
        try {
            UNDER_WAY = MethodHandles.lookup().findVarHandle(FeedEntry.class, "underWay", DeviceBits.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** Not before this time; 0 = at once. */
    final long dueNanos;
    /** What it costs its tenant's share and the devices' limits: the number of targets. */
    final int cost;

    private Command command;
    private DeviceSet devices;
    private volatile Push[] pushes;
    boolean isWaiting;
    /** While it waits: what an equal push has in common with it; null = none is merged into it. */
    WaitingRefreshes.@Nullable Content content;

    long arrival;
    /** Preloads that wait for this refresh to go. */
    @Nullable
    List<FeedEntry> dependents;

    private volatile long sequence;
    private volatile long sentNanos;
    /** Null while it waits. */
    private volatile @Nullable FlowControl flow;
    /** Which devices have it under way; null until one has. Most of what devices that are away have missed never needs it. */
    private volatile @Nullable DeviceBits underWay;

    FeedEntry(Push push, DeviceSet devices, long dueNanos) {
        this.devices = devices;
        this.dueNanos = dueNanos;
        command = push.command;
        pushes = new Push[] {push};
        cost = Math.max(1, command.task().targets().size());
    }

    FeedEntry(Push push) {
        this(push, push.devices, 0);
    }

    Command command() {
        return command;
    }

    DeviceSet devices() {
        return devices;
    }

    Push[] pushes() {
        return pushes;
    }

    long sequence() {
        return sequence;
    }

    /** The end of its waiting. */
    void sequenced(long value, FlowControl flow) {
        this.flow = flow;
        sequence = value;
    }

    /** Splits off a place for some of the devices that may go now; the others wait on here. */
    FeedEntry part(DeviceSet some) {
        FeedEntry part = new FeedEntry(pushes[0], some, dueNanos);
        part.command = command;
        part.pushes = pushes;
        for (Push push : pushes) {
            push.addPlace(part);
        }
        devices = devices.filter(device -> !some.contains(device));
        return part;
    }

    /** An equal push takes part while nobody was sent the first. */
    void merge(Push other, Command merged) {
        Push[] more = Arrays.copyOf(pushes, pushes.length + 1);
        more[pushes.length] = other;
        command = merged;
        pushes = more;
        other.addPlace(this);
    }

    /** Nobody wants it any more. */
    boolean isClosed() {
        for (Push push : pushes) {
            if (!push.isClosed()) {
                return false;
            }
        }
        return true;
    }

    /** Whether every submitter has taken it back. */
    boolean isWithdrawn() {
        for (Push push : pushes) {
            if (!push.isWithdrawn()) {
                return false;
            }
        }
        return true;
    }

    /** It can never be sent. */
    void giveUp() {
        for (Push push : pushes) {
            push.close();
        }
    }

    /** Whether every submitter who still wants it is paused for the device. */
    boolean isHeld(PauseRules rules, Device device) {
        for (Push push : pushes) {
            if (!push.isClosed() && !rules.holds(push.command, device)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the device still has to be sent this command. */
    boolean isWantedBy(int device) {
        if (!devices.contains(device)) {
            return false;
        }
        for (Push push : pushes) {
            if (push.isWantedBy(device)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the device was sent this and has not answered. */
    boolean isUnderWay(int device) {
        DeviceBits sent = underWay;
        return sent != null && devices.contains(device) && sent.isSet(device);
    }

    /** Devices of the entry are about to be sent this. */
    void sending(DeviceSet to, long nowNanos) {
        if (!to.isEmpty()) {
            to.forEach(device -> sending(device, nowNanos));
        }
    }

    /** The device of the entry is about to be sent this. */
    void sending(int device, long nowNanos) {
        FlowControl known = flow;
        if (known == null) {
            return;
        }
        sentNanos = nowNanos;
        if (underWay().set(device)) {
            known.sent(device, command, cost);
            if (!isWantedBy(device)) {
                // it was reported or closed meanwhile, perhaps before the bit was seen
                release(device);
            }
        }
    }

    /** The feed and threads of the transport may come at once. */
    private DeviceBits underWay() {
        DeviceBits known = underWay;
        if (known != null) {
            return known;
        }
        DeviceBits fresh = new DeviceBits(devices);
        DeviceBits other = (DeviceBits) UNDER_WAY.compareAndExchange(this, (DeviceBits) null, fresh);
        return other == null ? fresh : other;
    }

    /** The device has answered. Any thread. */
    void heard(int device, long nowNanos) {
        if (devices.contains(device)) {
            release(device, Math.max(1, nowNanos - sentNanos), nowNanos);
        }
    }

    private void release(int device) {
        release(device, 0, 0);
    }

    /** @param latencyNanos 0 = it has not answered */
    private void release(int device, long latencyNanos, long nowNanos) {
        DeviceBits sent = underWay;
        FlowControl known = flow;
        if (sent != null && known != null && sent.clear(device)) {
            known.heard(device, command, cost, latencyNanos, nowNanos);
        }
    }

    /** The device's link has ended: what was on it may not have arrived. */
    void lost(int device) {
        if (devices.contains(device)) {
            release(device);
        }
    }

    /** A push was closed; when nobody wants the entry any more, no device has it under way. Any thread. */
    void releaseIfClosed() {
        DeviceBits sent = underWay;
        if (sent != null && isClosed() && sent.isAnySet()) {
            devices.forEach(device -> release(device));
        }
    }
}
