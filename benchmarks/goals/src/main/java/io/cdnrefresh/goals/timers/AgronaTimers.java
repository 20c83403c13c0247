// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.timers;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.agrona.DeadlineTimerWheel;
import org.agrona.collections.Long2LongHashMap;

/**
 * Agrona's wheel, 2^20 ns x 8192, behind a lock and polled by a thread. Its timers carry nothing: what fires is found in a
 * map, as Aeron's own timer service does it.
 */
final class AgronaTimers implements Timers {
    private static final long TICK = 1 << 20;

    private final long[] handles;
    private final IntConsumer onFire;
    private final ReentrantLock lock = new ReentrantLock();
    private final DeadlineTimerWheel wheel;
    private final Thread poller = new Thread(this::poll, "agrona");
    private final Long2LongHashMap slots = new Long2LongHashMap(-1);
    private volatile boolean isClosed;

    AgronaTimers(int slotCount, IntConsumer onFire) {
        handles = new long[slotCount];
        this.onFire = onFire;
        wheel = new DeadlineTimerWheel(TimeUnit.NANOSECONDS, System.nanoTime(), TICK, 8192);
        poller.setDaemon(true);
        poller.start();
    }

    @Override
    public void arm(int slot, long nowNanos, long deadlineNanos) {
        lock.lock();
        try {
            long id = wheel.scheduleTimer(deadlineNanos);
            slots.put(id, slot);
            handles[slot] = id;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void cancel(int slot) {
        lock.lock();
        try {
            if (wheel.cancelTimer(handles[slot])) {
                slots.remove(handles[slot]);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long pending() {
        lock.lock();
        try {
            return wheel.timerCount();
        } finally {
            lock.unlock();
        }
    }

    private void poll() {
        while (!isClosed) {
            long now = System.nanoTime();
            lock.lock();
            try {
                // one tick a call at most; as many calls as ticks have passed
                while (wheel.currentTickTime() - now <= 0) {
                    int fired = wheel.poll(
                            now,
                            (unit, at, id) -> {
                                onFire.accept((int) slots.remove(id));
                                return true;
                            },
                            256);
                    if (fired == 256) {
                        break;
                    }
                }
            } finally {
                lock.unlock();
            }
            LockSupport.parkNanos(wheel.currentTickTime() - System.nanoTime());
        }
    }

    @Override
    public void close() {
        isClosed = true;
        try {
            poller.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
