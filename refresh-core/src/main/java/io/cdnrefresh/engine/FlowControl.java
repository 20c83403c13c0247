// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.FlowLimits;
import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.spi.EngineClock;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * How much each device has under way, and how quickly it answers: what the feed goes by. A command is under way from its
 * sending to the first report, interim ones included; its weight is its number of targets. Thread-safe.
 *
 * <p>A device is <b>full</b> in a queue from its limit on until half of that is answered. It is <b>slow</b> when it is full
 * and has not answered anything for some time, when its answers take several times as long as those of most devices, or
 * when its link fails again and again; and fast again when it has been none of that for a while. A slow device has smaller
 * limits, and nobody waits for it. It is <b>brimful</b> from an eighth above its limit on until it is at its limit again:
 * then even what may go past full devices waits.
 */
final class FlowControl {
    private static final QueueKind[] KINDS = QueueKind.values();
    private static final int MANY_TIMES = 4;
    private static final int MANY_FAILURES = 3;
    private static final int LEAST_SAMPLES = 8;
    /** A preload takes as long as its object: so many times as silent is slow. */
    private static final int PRELOAD_PATIENCE = 6;

    private final EngineClock clock;
    private volatile FlowLimits limits;
    private volatile long slowNanos;
    private volatile long calmNanos;
    private final Object change = new Object();
    private volatile @Nullable Device[] devices = new Device[16];
    private final DeviceSet[] full = new DeviceSet[KINDS.length];
    private final DeviceSet[] brimful = new DeviceSet[KINDS.length];
    private volatile Runnable onRoom = () -> {};

    FlowControl(EngineClock clock, FlowLimits limits) {
        this.clock = clock;
        this.limits = limits;
        slowNanos = limits.slowAfter().toNanos();
        calmNanos = limits.calm().toNanos();
        Arrays.fill(full, DeviceSet.EMPTY);
        Arrays.fill(brimful, DeviceSet.EMPTY);
    }

    /** Uses other limits from now on. */
    void update(FlowLimits now) {
        limits = now;
        slowNanos = now.slowAfter().toNanos();
        calmNanos = now.calm().toNanos();
    }

    private static final class Device {
        final AtomicIntegerArray underWay = new AtomicIntegerArray(KINDS.length);
        /** When the link failed the last times, oldest first. */
        private final long[] failures = new long[MANY_FAILURES];

        private int failed;
        /** By kind: when it answered, or was given the first after a rest. */
        final AtomicLongArray heardNanos = new AtomicLongArray(KINDS.length);

        /** Moving average; a lost update of two lanes at once does no harm. */
        final AtomicLong latencyNanos = new AtomicLong();

        final AtomicInteger samples = new AtomicInteger();
        volatile boolean isSlow;
        volatile long unwellNanos;

        synchronized void failed(long nowNanos) {
            System.arraycopy(failures, 1, failures, 0, MANY_FAILURES - 1);
            failures[MANY_FAILURES - 1] = nowNanos;
            failed++;
        }

        synchronized boolean isFailing(long nowNanos, long withinNanos) {
            return failed >= MANY_FAILURES && nowNanos - failures[0] < withinNanos;
        }
    }

    /** Called when a device that was full is so no more. Any thread. */
    void onRoom(Runnable listener) {
        onRoom = listener;
    }

    private static int index(QueueKind kind) {
        return switch (kind) {
            case URL -> 0;
            case BROAD -> 1;
            case PRELOAD -> 2;
        };
    }

    private Device device(int ordinal) {
        @Nullable Device[] known = devices;
        Device device = ordinal < known.length ? known[ordinal] : null;
        return device == null ? create(ordinal) : device;
    }

    private Device create(int ordinal) {
        synchronized (change) {
            @Nullable Device[] known = devices;
            @Nullable
            Device[] more = Arrays.copyOf(known, Math.max(known.length, Integer.highestOneBit(ordinal) * 2 + 1));
            Device device = more[ordinal];
            if (device == null) {
                device = new Device();
                for (QueueKind kind : KINDS) {
                    device.heardNanos.set(index(kind), clock.nanos());
                }
                more[ordinal] = device;
                devices = more;
            }
            return device;
        }
    }

    private int limit(Device device, QueueKind kind) {
        int whole = limits.of(kind);
        return device.isSlow ? Math.max(1, whole / limits.slowShare()) : whole;
    }

    void sent(int ordinal, Command command, int cost) {
        QueueKind kind = command.task().kind().queue();
        Device device = device(ordinal);
        int now = device.underWay.addAndGet(index(kind), cost);
        int limit = limit(device, kind);
        if (now == cost) {
            device.heardNanos.set(index(kind), clock.nanos());
        }
        int brim = brim(limit);
        if (now >= limit && now - cost < limit || now >= brim && now - cost < brim) {
            update(ordinal, device, kind);
        }
    }

    /** @param latencyNanos 0 = it has not answered, but is not waited for any more */
    void heard(int ordinal, Command command, int cost, long latencyNanos, long nowNanos) {
        QueueKind kind = command.task().kind().queue();
        Device device = device(ordinal);
        if (latencyNanos > 0) {
            device.heardNanos.lazySet(index(kind), nowNanos);
        }
        int now = device.underWay.addAndGet(index(kind), -cost);
        if (latencyNanos > 0 && kind != QueueKind.PRELOAD) {
            int samples = device.samples.getPlain();
            device.samples.lazySet(Math.min(samples + 1, 1_000_000));
            long average = device.latencyNanos.getPlain();
            device.latencyNanos.lazySet(average + (latencyNanos - average) / (samples < 8 ? samples + 1 : 8));
        }
        int limit = limit(device, kind);
        int half = limit / 2;
        if (now <= half && now + cost > half || now <= limit && now + cost > limit) {
            update(ordinal, device, kind);
        }
    }

    private static int brim(int limit) {
        return limit + Math.max(1, limit / 8);
    }

    /** Decides again whether the device is full: from its limit on, until half of it; and whether it is brimful. */
    private void update(int ordinal, Device device, QueueKind kind) {
        boolean isRoom;
        synchronized (full) {
            boolean wasFull = full[index(kind)].contains(ordinal);
            int now = device.underWay.get(index(kind));
            int limit = limit(device, kind);
            boolean isFull = now >= limit || wasFull && now > limit / 2;
            boolean wasBrimful = brimful[index(kind)].contains(ordinal);
            boolean isBrimful = now >= brim(limit) || wasBrimful && now > limit;
            isRoom = wasFull && !isFull || wasBrimful && !isBrimful;
            set(full, kind, ordinal, isFull);
            set(brimful, kind, ordinal, isBrimful);
        }
        if (isRoom) {
            onRoom.run();
        }
    }

    private static void set(DeviceSet[] sets, QueueKind kind, int ordinal, boolean isIn) {
        DeviceSet set = sets[index(kind)];
        if (isIn != set.contains(ordinal)) {
            sets[index(kind)] = isIn ? set.or(DeviceSet.of(ordinal)) : set.filter(other -> other != ordinal);
        }
    }

    /** What a device that is well may have under way of a kind. */
    int limit(QueueKind kind) {
        return limits.of(kind);
    }

    /** The devices that can take no more of a kind now, not even of a tenant that has little. */
    DeviceSet brimful(QueueKind kind) {
        synchronized (full) {
            return brimful[index(kind)];
        }
    }

    /** The devices that can take no more of a kind now. */
    DeviceSet full(QueueKind kind) {
        synchronized (full) {
            return full[index(kind)];
        }
    }

    boolean isFull(int ordinal, QueueKind kind) {
        return full(kind).contains(ordinal);
    }

    boolean isSlow(int ordinal) {
        return device(ordinal).isSlow;
    }

    /** Targets that the device has been sent and has not answered. */
    long underWay(int ordinal) {
        Device device = device(ordinal);
        long sum = 0;
        for (QueueKind kind : KINDS) {
            sum += device.underWay.get(index(kind));
        }
        return sum;
    }

    /** The device's link has ended, or could not take what was sent. */
    void failed(int ordinal) {
        device(ordinal).failed(clock.nanos());
    }

    /**
     * Decides which of the connected devices are slow. Once a second.
     *
     * @return those that have become slow or fast
     */
    DeviceSet tick(DeviceSet connected) {
        long now = clock.nanos();
        long usual = usualLatency(connected);
        DeviceSet.Builder changed = new DeviceSet.Builder();
        connected.forEach(ordinal -> {
            Device device = device(ordinal);
            if (isUnwell(ordinal, device, usual, now)) {
                device.unwellNanos = now;
                if (!device.isSlow) {
                    device.isSlow = true;
                    changed.add(ordinal);
                }
            } else if (device.isSlow && now - device.unwellNanos >= calmNanos) {
                device.isSlow = false;
                changed.add(ordinal);
            }
        });
        DeviceSet result = changed.build();
        result.forEach(ordinal -> {
            for (QueueKind kind : KINDS) {
                update(ordinal, device(ordinal), kind);
            }
        });
        return result;
    }

    private boolean isUnwell(int ordinal, Device device, long usual, long now) {
        boolean isSilent = isSilent(ordinal, device, QueueKind.URL, now - slowNanos)
                || isSilent(ordinal, device, QueueKind.BROAD, now - slowNanos)
                || isSilent(ordinal, device, QueueKind.PRELOAD, now - PRELOAD_PATIENCE * slowNanos);
        // what makes a device slow is more than what keeps it so
        long bound = Math.max(slowNanos, usual * MANY_TIMES) / (device.isSlow ? 2 : 1);
        boolean isLate = device.samples.get() >= LEAST_SAMPLES && device.latencyNanos.get() > bound;
        return isSilent || isLate || device.isFailing(now, calmNanos);
    }

    private boolean isSilent(int ordinal, Device device, QueueKind kind, long sinceNanos) {
        return isFull(ordinal, kind) && device.heardNanos.get(index(kind)) - sinceNanos <= 0;
    }

    /** The latency in the middle of all devices that answer; with one device there is nothing to compare it with. */
    private long usualLatency(DeviceSet connected) {
        long[] latencies = new long[connected.size()];
        int[] count = {0};
        connected.forEach(ordinal -> {
            Device device = device(ordinal);
            if (device.samples.get() >= LEAST_SAMPLES) {
                latencies[count[0]++] = device.latencyNanos.get();
            }
        });
        if (count[0] == 0) {
            return 0;
        }
        Arrays.sort(latencies, 0, count[0]);
        return latencies[count[0] / 2];
    }
}
