// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.spi.EngineClock;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A limit of bytes a second that several fetches share: each piece that was read takes its time, and who has read ahead of
 * it waits. Half a second may be read ahead, so that pieces of any size go through. Thread-safe, O(1).
 */
final class Pacer {
    private static final long AHEAD_NANOS = 500_000_000;

    private final double nanosPerByte;
    private final EngineClock clock;
    /** When all that was read would have been read at the limit. */
    private final AtomicLong paidUntil;

    /** @param bytesPerSecond at least 1 */
    Pacer(long bytesPerSecond, EngineClock clock) {
        nanosPerByte = 1e9 / bytesPerSecond;
        this.clock = clock;
        paidUntil = new AtomicLong(clock.nanos());
    }

    /** How long nothing more is to be read after a piece. */
    long pauseNanos(int bytes) {
        long now = clock.nanos();
        long cost = (long) (bytes * nanosPerByte);
        long until = paidUntil.updateAndGet(old -> (old - now > 0 ? old : now) + cost);
        return Math.max(0, until - now - AHEAD_NANOS);
    }
}
