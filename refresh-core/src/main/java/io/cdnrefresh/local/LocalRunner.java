// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs everything of one hub, one thing after another: on an executor, or by hand when there is none. Thread-safe.
 *
 * <p>Bounded by its users: each link has at most a window of reports and one retry in here, each engine one drain.
 */
final class LocalRunner {
    private static final Logger logger = LoggerFactory.getLogger(LocalRunner.class);

    private final @Nullable ScheduledExecutorService executor;
    private final ArrayDeque<Runnable> pending = new ArrayDeque<>();
    private final List<Runnable> delayed = new ArrayList<>();
    private @Nullable Thread running;
    private boolean isScheduled;

    /** Runs by hand if there is no executor. */
    LocalRunner(@Nullable ScheduledExecutorService executor) {
        this.executor = executor;
    }

    boolean isManual() {
        return executor == null;
    }

    synchronized boolean isCurrent() {
        return running == Thread.currentThread();
    }

    /** Adds a step; false if the executor has ended and nothing will run. */
    boolean execute(Runnable step) {
        synchronized (this) {
            pending.add(step);
            if (executor == null || isScheduled) {
                return true;
            }
            isScheduled = true;
        }
        return tryExecute(executor);
    }

    private boolean tryExecute(ScheduledExecutorService on) {
        try {
            on.execute(this::run);
            return true;
        } catch (RejectedExecutionException closed) {
            synchronized (this) {
                pending.clear();
                isScheduled = false;
            }
            return false;
        }
    }

    void schedule(Duration delay, Runnable step) {
        if (executor == null) {
            synchronized (this) {
                delayed.add(step);
            }
            return;
        }
        try {
            var unused = executor.schedule(() -> execute(step), delay.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closed) {
            logger.debug("local transport step dropped, its executor has ended");
        }
    }

    /** Makes every delay end now. */
    synchronized void elapse() {
        pending.addAll(delayed);
        delayed.clear();
    }

    /** Runs steps until none is left; returns how many. Does nothing when called from a step. */
    int run() {
        int count = 0;
        synchronized (this) {
            if (running != null) {
                return 0;
            }
            running = Thread.currentThread();
        }
        while (true) {
            Runnable step;
            synchronized (this) {
                step = pending.poll();
                if (step == null) {
                    running = null;
                    isScheduled = false;
                    return count;
                }
            }
            runGuarded(step);
            count++;
        }
    }

    /** Runs a step; what it throws is logged. */
    static void runGuarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            logger.error("local transport step failed", e);
        }
    }
}
