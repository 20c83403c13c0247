// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.ring;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bounded queue and some threads for work that waits for somebody else: the store's answers, a webhook. Their number may
 * change while they run. Without threads, whoever calls {@link #runPending} works.
 *
 * <p>Thread-safe. {@link #tryRun} never waits. One thread works in the order of the queue; several begin in that order. What
 * the work throws, even an {@link Error}, is counted and logged and ends no thread.
 */
public final class WorkerPool {
    /** The most threads of one pool. */
    public static final int MAX_THREADS = 64;

    private static final Logger logger = LoggerFactory.getLogger(WorkerPool.class);

    private final String name;
    private final int capacity;
    private final LongAdder refused = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final Object lock = new Object();

    // guarded by the lock
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    /** The threads that have not ended, by their number. */
    private final @Nullable Thread[] running = new Thread[MAX_THREADS];

    private int threads;
    private boolean hadThreads;
    private boolean isStopped;

    /**
     * Creates a pool without threads.
     *
     * @param name of the threads, followed by a number; at most 12 characters
     * @param capacity how much may wait
     */
    public WorkerPool(String name, int capacity) {
        this.name = name;
        this.capacity = capacity;
    }

    /** Runs the work when its turn comes; false, and counted, when too much waits or the pool is stopped. */
    public boolean tryRun(Runnable work) {
        synchronized (lock) {
            if (!isStopped && waiting.size() < capacity) {
                waiting.add(work);
                lock.notify();
                return true;
            }
        }
        refused.increment();
        return false;
    }

    /**
     * Gives the pool so many threads. Those that are too many end after the work that they are at; 0 = what is put in
     * waits. Returns at once. Does nothing once the pool is stopped.
     *
     * @throws IllegalArgumentException if the number is out of range
     */
    public void resize(int wanted) {
        if (wanted < 0 || wanted > MAX_THREADS) {
            throw new IllegalArgumentException("threads: " + wanted + " (expected: 0.." + MAX_THREADS + ")");
        }
        synchronized (lock) {
            if (isStopped) {
                return;
            }
            threads = wanted;
            hadThreads |= wanted > 0;
            for (int i = 0; i < wanted; i++) {
                // one that was to leave and is still at work stays
                if (running[i] == null) {
                    int number = i;
                    Thread thread = new Thread(() -> work(number), name + "-" + number);
                    thread.setDaemon(true);
                    running[i] = thread;
                    thread.start();
                }
            }
            lock.notifyAll();
        }
    }

    private void work(int number) {
        for (Runnable work = next(number); work != null; work = next(number)) {
            run(work);
        }
    }

    /** Null: this thread has to end. */
    private @Nullable Runnable next(int number) {
        synchronized (lock) {
            while (number < threads) {
                Runnable work = waiting.poll();
                if (work != null) {
                    return work;
                }
                if (isStopped) {
                    break;
                }
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    // left behind by the work; a thread ends by the number of threads only
                    logger.debug("interrupted while idle pool={}", name);
                }
            }
            running[number] = null;
            return null;
        }
    }

    /** How many threads it has. */
    public int threads() {
        synchronized (lock) {
            return threads;
        }
    }

    /** Does what waits, on the caller's thread; returns how much that was. For a pool without threads. */
    public int runPending() {
        int count = 0;
        for (Runnable work = poll(); work != null; work = poll()) {
            run(work);
            count++;
        }
        return count;
    }

    private @Nullable Runnable poll() {
        synchronized (lock) {
            return waiting.poll();
        }
    }

    /** How much waits. */
    public int depth() {
        synchronized (lock) {
            return waiting.size();
        }
    }

    /** How much may wait. */
    public int capacity() {
        return capacity;
    }

    /** How much was refused since the start. */
    public long refused() {
        return refused.sum();
    }

    /** How many times the work has thrown. */
    public long failures() {
        return failures.sum();
    }

    /**
     * Refuses new work, does what waits until the deadline, and ends the threads; those that are stuck are interrupted. A
     * pool without threads does what waits on the caller's.
     *
     * @return how much was left, in the queue or unfinished
     */
    public int stop(Duration deadline) {
        List<Thread> all;
        boolean isInvoked;
        synchronized (lock) {
            isInvoked = !hadThreads;
            if (!isInvoked && threads == 0) {
                resize(1); // it stood still; what waits is still to be done
            }
            isStopped = true;
            all = Stream.of(running).filter(Objects::nonNull).toList();
            lock.notifyAll();
        }
        if (isInvoked) {
            runPending();
        }
        int unfinished = 0;
        long end = System.nanoTime() + deadline.toNanos();
        try {
            for (Thread thread : all) {
                thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
            }
            synchronized (lock) {
                threads = 0;
            }
            for (Thread thread : all) {
                if (thread.isAlive()) {
                    unfinished++;
                    thread.interrupt();
                    thread.join(TimeUnit.SECONDS.toMillis(1));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return unfinished + depth();
    }

    private void run(Runnable work) {
        try {
            work.run();
        } catch (Throwable e) { // even an Error of one piece of work must not end the thread
            failures.increment();
            logger.error("work failed pool={} failures={}", name, failures.sum(), e);
        }
    }
}
