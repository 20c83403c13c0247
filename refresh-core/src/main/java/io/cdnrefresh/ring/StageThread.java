// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One thread that runs one stage, or several in turn. Sleeps while nothing waits; a producer that puts something in wakes
 * it. Ends when all its queues have ended.
 */
public final class StageThread {
    private static final long IDLE_NANOS = 100_000_000;
    private static final int TURNS_PER_CLOCK = 64;
    private static final VarHandle ASLEEP;

    static {
        try {
            ASLEEP = MethodHandles.lookup().findVarHandle(StageThread.class, "isAsleep", boolean.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** An array: going through a list would allocate in every turn. */
    private final StageQueue<?>[] queues;

    private final Thread thread;
    private volatile boolean isAsleep;

    private StageThread(String name, List<StageQueue<?>> queues) {
        this.queues = queues.toArray(new StageQueue<?>[0]);
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    /**
     * Starts one thread for all of the queues. Only for stages that never wait for anybody: one that does makes the others
     * on its thread wait with it.
     *
     * @param name at most 15 characters
     */
    public static void start(String name, List<StageQueue<?>> queues) {
        StageThread started = new StageThread(name, queues);
        for (StageQueue<?> queue : queues) {
            queue.runOn(started);
        }
        started.thread.start();
    }

    /**
     * Wakes the thread if it sleeps. The sleeper says that it sleeps, then looks for work; a producer publishes its work,
     * then looks whether the thread sleeps. A full fence between the halves of each makes one of them see the other.
     */
    void wake() {
        VarHandle.fullFence();
        if (isAsleep && ASLEEP.compareAndSet(this, true, false)) {
            LockSupport.unpark(thread);
        }
    }

    private void sleep(long nanos) {
        isAsleep = true;
        VarHandle.fullFence();
        if (!hasWork()) {
            LockSupport.parkNanos(this, nanos);
        }
        isAsleep = false;
    }

    private void run() {
        long idleAt = System.nanoTime() + IDLE_NANOS;
        int turns = 0;
        while (true) {
            boolean isBusy = false;
            boolean isOver = true;
            for (StageQueue<?> queue : queues) {
                isBusy |= queue.poll();
                isOver &= queue.hasEnded();
            }
            if (isOver) {
                return;
            }
            if (isBusy && ++turns < TURNS_PER_CLOCK) {
                continue;
            }
            turns = 0;
            long left = idleAt - System.nanoTime();
            if (left <= 0) {
                for (StageQueue<?> queue : queues) {
                    queue.idle();
                }
                idleAt = System.nanoTime() + IDLE_NANOS;
            } else if (!isBusy) {
                sleep(left);
            }
        }
    }

    private boolean hasWork() {
        for (StageQueue<?> queue : queues) {
            if (queue.hasWork()) {
                return true;
            }
        }
        return false;
    }

    /** Waits for the end of the thread if all its queues have ended; interrupts it if it does not come. */
    void joinIfOver(long millis) {
        for (StageQueue<?> queue : queues) {
            if (!queue.isOver()) {
                return;
            }
        }
        try {
            thread.join(Math.max(1, millis));
            if (thread.isAlive()) {
                thread.interrupt();
                thread.join(TimeUnit.SECONDS.toMillis(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
