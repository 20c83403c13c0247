// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads that may wait for the store's answers. Bounded: a call that finds the queue full is refused. */
final class QueryPool {
    private static final Logger logger = LoggerFactory.getLogger(QueryPool.class);

    private final ThreadPoolExecutor threads;

    QueryPool(int count, int capacity) {
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                count, count, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(capacity), runnable -> {
                    Thread thread = new Thread(runnable, "query-" + number.getAndIncrement());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /** Runs the work on a query thread; false when too much waits or the pool is stopped. */
    boolean tryRun(Runnable work) {
        try {
            threads.execute(() -> {
                try {
                    work.run();
                } catch (RuntimeException e) {
                    logger.error("query failed", e);
                }
            });
            return true;
        } catch (RejectedExecutionException full) {
            return false;
        }
    }

    int depth() {
        return threads.getQueue().size();
    }

    int stop(Duration deadline) {
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
