// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.timers;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/** The JDK's executor, one thread, removing what is cancelled. */
final class ExecutorTimers implements Timers {
    private final Future<?>[] handles;
    private final Runnable[] tasks;
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);

    ExecutorTimers(int slots, IntConsumer onFire) {
        handles = new Future<?>[slots];
        tasks = new Runnable[slots];
        for (int i = 0; i < slots; i++) {
            int slot = i;
            tasks[i] = () -> onFire.accept(slot);
        }
        timer.setRemoveOnCancelPolicy(true);
    }

    @Override
    public void arm(int slot, long nowNanos, long deadlineNanos) {
        handles[slot] = timer.schedule(tasks[slot], deadlineNanos - nowNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void cancel(int slot) {
        handles[slot].cancel(false);
    }

    @Override
    public long pending() {
        return timer.getQueue().size();
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
