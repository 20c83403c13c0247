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
    private static final VarHandle REST;

    /** How the thread rests: not at all, until something comes, or for a time in which something gathers. */
    private static final int AWAKE = 0;

    private static final int ASLEEP = 1;
    private static final int GATHERING = 2;

    private static final long GATHER_NANOS = 1_000_000;
    /** Over what time events are counted, and from how many on they gather. */
    private static final long WINDOW_NANOS = 5_000_000;

    private static final long LEAST_EVENTS_PER_WINDOW = 20;

    static {
        try {
            REST = MethodHandles.lookup().findVarHandle(StageThread.class, "rest", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** An array: going through a list would allocate in every turn. */
    private final StageQueue<?>[] queues;

    private final Thread thread;
    private final boolean isGathering;
    private volatile int rest = AWAKE;

    // confined to the thread
    private long windowNanos = System.nanoTime();
    private long windowEvents;
    private boolean isBusy;

    private StageThread(String name, List<StageQueue<?>> queues) {
        this.queues = queues.toArray(new StageQueue<?>[0]);
        isGathering = queues.stream().allMatch(StageQueue::isGathering);
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
        wakeFrom(rest);
    }

    /** As {@link #wake}, after an offer to one of the queues: what gathers is left alone until there is much of it. */
    void wake(StageQueue<?> queue) {
        VarHandle.fullFence();
        int was = rest;
        if (was == ASLEEP || was == GATHERING && queue.isFilling()) {
            wakeFrom(was);
        }
    }

    private void wakeFrom(int was) {
        if (was != AWAKE && REST.compareAndSet(this, was, AWAKE)) {
            LockSupport.unpark(thread);
        }
    }

    private void sleep(long now, long nanos) {
        if (isGathering && isBusy(now)) {
            rest = GATHERING;
            LockSupport.parkNanos(this, Math.min(GATHER_NANOS, nanos));
        } else {
            rest = ASLEEP;
            VarHandle.fullFence();
            if (!hasWork()) {
                LockSupport.parkNanos(this, nanos);
            }
        }
        rest = AWAKE;
    }

    private boolean isBusy(long now) {
        long passed = now - windowNanos;
        if (passed >= WINDOW_NANOS) {
            long events = 0;
            for (StageQueue<?> queue : queues) {
                events += queue.processed();
            }
            isBusy = events - windowEvents >= passed * LEAST_EVENTS_PER_WINDOW / WINDOW_NANOS;
            windowNanos = now;
            windowEvents = events;
        }
        return isBusy;
    }

    private void run() {
        long idleAt = System.nanoTime() + IDLE_NANOS;
        int turns = 0;
        while (true) {
            boolean hasTaken = false;
            boolean isOver = true;
            for (StageQueue<?> queue : queues) {
                hasTaken |= queue.poll();
                isOver &= queue.hasEnded();
            }
            if (isOver) {
                return;
            }
            if (hasTaken && ++turns < TURNS_PER_CLOCK) {
                continue;
            }
            turns = 0;
            long now = System.nanoTime();
            long left = idleAt - now;
            if (left <= 0) {
                for (StageQueue<?> queue : queues) {
                    queue.idle();
                }
                idleAt = System.nanoTime() + IDLE_NANOS;
            } else if (!hasTaken) {
                sleep(now, left);
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
