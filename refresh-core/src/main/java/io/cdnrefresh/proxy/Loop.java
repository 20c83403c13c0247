// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.RefreshTimer;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent's inbox, timers and time. {@link #post} and {@link #onTimer} are thread-safe; all else is the agent's.
 *
 * <p>The inbox needs no capacity of its own: what may enter it is bounded where it is given out. One entry for each call
 * under way (slots), for each armed timer (unfinished commands), for each batch of commands that its link has credit
 * for, and for each event of a link. None of them may be lost.
 */
final class Loop implements RefreshTimer.Handler {
    private static final Logger logger = LoggerFactory.getLogger(Loop.class);

    private final EngineClock clock;
    private final RefreshTimer timer;
    private final Queue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private final Map<Long, Runnable> armed = new HashMap<>();
    private long lastToken;
    private long nowNanos;
    private volatile @Nullable Thread sleeper;

    Loop(EngineClock clock, RefreshTimer timer) {
        this.clock = clock;
        this.timer = timer;
        nowNanos = clock.nanos();
    }

    /** Runs a step on the agent, later. */
    void post(Runnable step) {
        inbox.add(step);
        Thread thread = sleeper;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }

    /** Runs a step on the agent once the time has passed. */
    void after(long delayNanos, Runnable step) {
        long token = ++lastToken;
        armed.put(token, step);
        timer.arm(nowNanos + Math.max(0, delayNanos), 0, token);
    }

    @Override
    public void onTimer(int kind, long payload, long handle) {
        post(() -> {
            Runnable step = armed.remove(payload);
            if (step != null) {
                step.run();
            }
        });
    }

    /** Runs up to so many steps; gives how many. */
    int drain(int limit) {
        nowNanos = clock.nanos();
        int done = 0;
        for (Runnable step = inbox.poll(); step != null; step = done < limit ? inbox.poll() : null) {
            try {
                step.run();
            } catch (RuntimeException fault) {
                logger.error("proxy step failed", fault);
            }
            done++;
        }
        return done;
    }

    /** The time of this duty cycle. */
    long nowNanos() {
        return nowNanos;
    }

    EngineClock clock() {
        return clock;
    }

    boolean isEmpty() {
        return inbox.isEmpty();
    }

    /** Sleeps until something is posted, the time is over or the thread is interrupted. */
    void sleep(long nanos) {
        sleeper = Thread.currentThread();
        if (inbox.isEmpty()) {
            LockSupport.parkNanos(this, nanos);
        }
        sleeper = null;
    }
}
