// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.limit;

import io.cdnrefresh.model.RateLimit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What this engine may still take of one limit of one subject. {@link #tryAcquire} is for any thread, never waits and
 * allocates only in the first call of a window: an addition and two reads.
 */
public final class Allowance {
    private final WindowLimiter limiter;
    private final String subject;
    private final RateLimit limit;
    private final long windowMillis;
    private volatile Span span;

    Allowance(WindowLimiter limiter, String subject, RateLimit limit, long nowMillis) {
        this.limiter = limiter;
        this.subject = subject;
        this.limit = limit;
        windowMillis = limit.window().toMillis();
        span = newSpan(nowMillis);
    }

    /** One window. Its value is what this engine has taken. */
    static final class Span extends AtomicLong {
        private static final long serialVersionUID = 1;
        final long startMillis;
        final long endMillis;
        /** What this engine may have taken in all; the limiter's thread writes it. */
        volatile long allowed;
        /** Where the limiter is asked to agree with the other engines sooner. */
        volatile long hurryAt;
        /** What this engine has claimed for itself with the others: what was taken, or more in advance. */
        long claimed;

        Span(long startMillis, long endMillis, long allowed) {
            this.startMillis = startMillis;
            this.endMillis = endMillis;
            this.allowed = allowed;
            hurryAt = allowed - allowed / 4;
        }
    }

    /**
     * Takes so much, or nothing.
     *
     * @param cost 1 or more
     * @param nowMillis the wall clock's time, in milliseconds since 1970
     */
    public boolean tryAcquire(long cost, long nowMillis) {
        Span now = span;
        if (nowMillis >= now.endMillis) {
            now = roll(nowMillis);
        }
        long taken = now.addAndGet(cost);
        if (taken >= now.hurryAt) {
            limiter.hurry();
        }
        if (taken <= now.allowed) {
            return true;
        }
        now.addAndGet(-cost);
        return false;
    }

    /** What was acquired in this window was not used after all. */
    public void giveBack(long cost, long acquiredMillis) {
        Span now = span;
        if (acquiredMillis >= now.startMillis && acquiredMillis < now.endMillis) {
            now.addAndGet(-cost);
        }
    }

    private Span roll(long nowMillis) {
        synchronized (this) {
            if (nowMillis >= span.endMillis) {
                span = newSpan(nowMillis);
            }
            return span;
        }
    }

    private Span newSpan(long nowMillis) {
        long start = Math.floorDiv(nowMillis, windowMillis) * windowMillis;
        return new Span(start, start + windowMillis, limiter.firstAllowance(limit));
    }

    /**
     * How a limit stands, as this engine knows it.
     *
     * @param subject whose limit it is
     * @param limit the limit
     * @param left what this engine may still take in this window, at least 0
     * @param resetMillis until the next window, more than 0
     */
    public record State(String subject, RateLimit limit, long left, long resetMillis) {}

    /** How the limit stands. */
    public State state(long nowMillis) {
        Span now = span;
        if (nowMillis >= now.endMillis) {
            now = roll(nowMillis);
        }
        return new State(subject, limit, Math.max(0, now.allowed - now.get()), Math.max(1, now.endMillis - nowMillis));
    }

    String subject() {
        return subject;
    }

    RateLimit limit() {
        return limit;
    }

    /** The window that was used last. */
    Span span() {
        return span;
    }
}
