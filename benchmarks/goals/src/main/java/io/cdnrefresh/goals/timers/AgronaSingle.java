// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.timers;

import java.util.concurrent.TimeUnit;
import org.agrona.DeadlineTimerWheel;

/** Agrona's wheel as it is meant: one thread, no lock. It knows no payload; nothing fires here. */
final class AgronaSingle implements Timers {
    private final long[] handles;
    private final DeadlineTimerWheel wheel =
            new DeadlineTimerWheel(TimeUnit.NANOSECONDS, System.nanoTime(), 1 << 20, 8192);

    AgronaSingle(int slots) {
        handles = new long[slots];
    }

    @Override
    public void arm(int slot, long nowNanos, long deadlineNanos) {
        handles[slot] = wheel.scheduleTimer(deadlineNanos);
    }

    @Override
    public void cancel(int slot) {
        wheel.cancelTimer(handles[slot]);
    }

    @Override
    public long pending() {
        return wheel.timerCount();
    }

    @Override
    public void close() {}
}
