// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import io.cdnrefresh.spi.EngineClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A clock that moves only when told. Monotonic and wall time move together; the wall may also jump alone.
 *
 * <p>Thread-safe: every reader sees one moment, never half of a move.
 */
public final class ManualClock implements EngineClock {
    /** Where the wall starts unless told otherwise. */
    public static final Instant START = Instant.parse("2026-11-22T10:00:00Z");

    private final AtomicReference<Moment> moment;

    /** Starts at 0 ns and {@link #START}. */
    public ManualClock() {
        this(0);
    }

    /**
     * Starts anywhere.
     *
     * @param nanos any value; those near {@link Long#MAX_VALUE} show arithmetic that does not survive a wrap
     */
    public ManualClock(long nanos) {
        this(nanos, START);
    }

    /** Starts both clocks anywhere. */
    public ManualClock(long nanos, Instant now) {
        moment = new AtomicReference<>(new Moment(nanos, now));
    }

    @Override
    public long nanos() {
        return moment.get().nanos;
    }

    @Override
    public Instant now() {
        return moment.get().now;
    }

    /** Moves both clocks; gives the monotonic time after it. Monotonic time wraps silently. */
    public long advance(Duration by) {
        if (by.isNegative()) {
            throw new IllegalArgumentException("by: " + by + " (expected: 0 or more; the wall alone may step back)");
        }
        return moment.updateAndGet(m -> new Moment(m.nanos + by.toNanos(), m.now.plus(by))).nanos;
    }

    /** Moves both clocks by milliseconds; gives the monotonic time after it. */
    public long advanceMillis(long millis) {
        return advance(Duration.ofMillis(millis));
    }

    /** Sets the monotonic clock; the wall moves by the same difference. */
    public void setNanos(long nanos) {
        moment.updateAndGet(m -> new Moment(nanos, m.now.plusNanos(nanos - m.nanos)));
    }

    /** Makes the wall jump; monotonic time stays. */
    public void setNow(Instant now) {
        moment.updateAndGet(m -> new Moment(m.nanos, now));
    }

    private record Moment(long nanos, Instant now) {}
}
