// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.timers;

import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.apache.kafka.server.util.timer.SystemTimer;
import org.apache.kafka.server.util.timer.SystemTimerReaper;
import org.apache.kafka.server.util.timer.TimerTask;

/** Kafka's hierarchical wheel with its reaper, 1 ms x 20 as Kafka has it. */
final class KafkaTimers implements Timers {
    private final Task[] handles;
    private final IntConsumer onFire;
    private final SystemTimer timer = new SystemTimer("bench");
    private final SystemTimerReaper reaper = new SystemTimerReaper("reaper", timer);

    KafkaTimers(int slots, IntConsumer onFire) {
        handles = new Task[slots];
        this.onFire = onFire;
    }

    @Override
    public void arm(int slot, long nowNanos, long deadlineNanos) {
        // it adds the milliseconds to a clock that was cut off: one more, or it fires early
        Task task = new Task(TimeUnit.NANOSECONDS.toMillis(deadlineNanos - nowNanos) + 2, slot, onFire);
        handles[slot] = task;
        timer.add(task);
    }

    @Override
    public void cancel(int slot) {
        handles[slot].cancel();
    }

    @Override
    public long pending() {
        return timer.size();
    }

    @Override
    public void close() {
        try {
            reaper.close(); // and the timer
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class Task extends TimerTask {
        private final int slot;
        private final IntConsumer onFire;

        Task(long delayMillis, int slot, IntConsumer onFire) {
            super(delayMillis);
            this.slot = slot;
            this.onFire = onFire;
        }

        @Override
        public void run() {
            onFire.accept(slot);
        }
    }
}
