// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer.Listener;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A daemon thread, {@code cache-files}, that changes files of a cache server for its driver: what waits is done together,
 * in one go. Thread-safe. The thread begins with the first job and ends after {@link #IDLE_SECONDS} without one.
 */
final class FileWorker implements AutoCloseable {
    /** The most jobs that wait; one more is refused. */
    static final int CAPACITY = 4_096;

    private static final Logger logger = LoggerFactory.getLogger(FileWorker.class);
    private static final int IDLE_SECONDS = 10;

    private final BlockingQueue<Job> waiting = new ArrayBlockingQueue<>(CAPACITY);
    private final Batch batch;
    private @Nullable Thread thread;
    private boolean isClosed;

    FileWorker(Batch batch) {
        this.batch = batch;
    }

    /** Does a job, later; its listener is told in any case. */
    void submit(Job job) {
        if (!tryAdd(job)) {
            job.listener.onResult(new CacheResult.Failed("too many changes of the cache's files wait"));
        }
    }

    private synchronized boolean tryAdd(Job job) {
        if (isClosed || !waiting.offer(job)) {
            return false;
        }
        if (thread == null) {
            Thread worker = new Thread(this::run, "cache-files");
            worker.setDaemon(true);
            thread = worker;
            worker.start();
        }
        return true;
    }

    private void run() {
        List<Job> jobs = new ArrayList<>();
        while (await(jobs)) {
            try {
                batch.run(List.copyOf(jobs));
            } catch (RuntimeException fault) {
                logger.error("cache files not changed", fault);
                jobs.forEach(job -> job.listener.onResult(new CacheResult.Failed("driver: " + fault)));
            }
            jobs.clear();
        }
    }

    private boolean await(List<Job> jobs) {
        try {
            Job first = waiting.poll(IDLE_SECONDS, TimeUnit.SECONDS);
            if (first != null) {
                jobs.add(first);
                waiting.drainTo(jobs);
                return true;
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
        return !hasEnded();
    }

    private synchronized boolean hasEnded() {
        boolean ends = waiting.isEmpty() || isClosed;
        if (ends) {
            thread = null;
        }
        return ends;
    }

    /** Takes no more jobs and interrupts the one under way. Idempotent. */
    @Override
    public synchronized void close() {
        isClosed = true;
        if (thread != null) {
            thread.interrupt();
        }
    }

    /** Does several jobs and tells each listener; a listener that is told twice takes the first. */
    @FunctionalInterface
    interface Batch {
        void run(List<Job> jobs);
    }

    /**
     * One purge.
     *
     * @param kind what is purged
     * @param request of what
     * @param isSoft stale instead of gone
     * @param listener told once
     */
    record Job(TaskKind kind, PurgeRequest request, boolean isSoft, Listener<CacheResult> listener) {}
}
