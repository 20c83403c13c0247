// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.timers;

import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.timer.TimingWheel;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/** Ours. */
final class WheelTimers implements Timers {
    private static final int SENTINEL = 1;

    private final long[] handles;
    private final ShiftedClock clock = new ShiftedClock();
    private final TimingWheel wheel;
    private final long originNanos = System.nanoTime();
    private volatile long sentinels;

    WheelTimers(int slots, IntConsumer onFire) {
        handles = new long[slots];
        wheel = TimingWheel.builder().clock(clock).build();
        wheel.start((kind, payload, handle) -> {
            if (kind == SENTINEL) {
                sentinels = payload;
            } else {
                onFire.accept((int) payload);
            }
        });
    }

    @Override
    public void arm(int slot, long nowNanos, long deadlineNanos) {
        handles[slot] = wheel.arm(deadlineNanos, 0, slot);
    }

    @Override
    public void cancel(int slot) {
        wheel.cancel(handles[slot]);
    }

    @Override
    public long pending() {
        return wheel.size();
    }

    /** Cancelled timers leave a word in their bucket: lets the time pass that makes the wheel look at all of them. */
    @Override
    public void settle(long pending, long withinNanos) {
        clock.shiftNanos = clock.shiftNanos + withinNanos + 100_000_000L;
        for (long pass = sentinels + 1, last = pass + 1; pass <= last; pass++) { // a pass fires one at most
            wheel.arm(originNanos, SENTINEL, pass); // overdue: wakes the ticker, which sleeps by the old time
            while (sentinels != pass) {
                LockSupport.parkNanos(SETTLE_PAUSE_NANOS);
            }
        }
        while (wheel.stats().lagNanos() > 10_000_000L) {
            LockSupport.parkNanos(SETTLE_PAUSE_NANOS);
        }
        Timers.super.settle(pending, withinNanos);
    }

    @Override
    public void close() {
        wheel.stop();
    }

    private static final class ShiftedClock implements EngineClock {
        volatile long shiftNanos;

        @Override
        public long nanos() {
            return System.nanoTime() + shiftNanos;
        }

        @Override
        public Instant now() {
            return Instant.now();
        }
    }
}
