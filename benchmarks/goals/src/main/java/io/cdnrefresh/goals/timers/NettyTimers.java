// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.timers;

import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import io.netty.util.TimerTask;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/** Netty's hashed wheel. Callbacks run on its worker. */
final class NettyTimers implements Timers {
    private final Timeout[] handles;
    private final TimerTask[] tasks;
    private final HashedWheelTimer timer;

    /**
     * @param tickMillis between ticks
     * @param ticks of a turn
     */
    NettyTimers(int slots, IntConsumer onFire, long tickMillis, int ticks) {
        handles = new Timeout[slots];
        tasks = new TimerTask[slots];
        for (int i = 0; i < slots; i++) {
            int slot = i;
            tasks[i] = timeout -> onFire.accept(slot);
        }
        timer = new HashedWheelTimer(Thread::new, tickMillis, TimeUnit.MILLISECONDS, ticks);
        timer.start();
    }

    @Override
    public void arm(int slot, long nowNanos, long deadlineNanos) {
        handles[slot] = timer.newTimeout(tasks[slot], deadlineNanos - nowNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void cancel(int slot) {
        handles[slot].cancel();
    }

    @Override
    public long pending() {
        return timer.pendingTimeouts();
    }

    @Override
    public void close() {
        timer.stop();
    }
}
