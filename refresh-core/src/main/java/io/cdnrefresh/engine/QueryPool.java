// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that may wait for the store's answers; without threads, whoever calls {@link #runPending}. Bounded: a call
 * that finds the queue full is refused. Thread-safe.
 */
final class QueryPool {
    private static final Logger logger = LoggerFactory.getLogger(QueryPool.class);

    private final BlockingQueue<Runnable> waiting;
    /** Null: the caller of runPending works. */
    private final @Nullable ThreadPoolExecutor threads;

    private volatile boolean isStopped;

    /** A pool of {@code count} threads, 0 = none of its own; at most {@code capacity} calls wait. */
    QueryPool(int count, int capacity) {
        waiting = new ArrayBlockingQueue<>(capacity);
        if (count == 0) {
            threads = null;
            return;
        }
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(count, count, 0, TimeUnit.SECONDS, waiting, runnable -> {
            Thread thread = new Thread(runnable, "query-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Runs the work on a query thread; false when too much waits or the pool is stopped. */
    boolean tryRun(Runnable work) {
        Runnable guarded = () -> {
            try {
                work.run();
            } catch (RuntimeException e) {
                logger.error("query failed", e);
            }
        };
        if (threads == null) {
            return !isStopped && waiting.offer(guarded);
        }
        try {
            threads.execute(guarded);
            return true;
        } catch (RejectedExecutionException full) {
            return false;
        }
    }

    /** Does what waits, on the caller's thread; returns how much that was. Only for a pool without threads. */
    int runPending() {
        int count = 0;
        for (Runnable work = waiting.poll(); work != null; work = waiting.poll()) {
            work.run();
            count++;
        }
        return count;
    }

    int depth() {
        return waiting.size();
    }

    int stop(Duration deadline) {
        isStopped = true;
        if (threads == null) {
            runPending();
            return 0;
        }
        threads.shutdown();
        try {
            if (!threads.awaitTermination(Math.max(1, deadline.toMillis()), TimeUnit.MILLISECONDS)) {
                int left = threads.shutdownNow().size();
                threads.awaitTermination(1, TimeUnit.SECONDS);
                return left + threads.getActiveCount();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return threads.shutdownNow().size();
        }
        return 0;
    }
}
