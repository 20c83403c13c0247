// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.EngineClock;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Gives task ids that rise. Thread-safe.
 *
 * <p>A clock that steps back does not make ids fall: the last time is kept. When it lags more than {@link #MAX_LAG_MILLIS}
 * behind, no id is given, since a restart could not tell the old ids from new ones.
 */
final class IdGenerator {
    /** How far the clock may be behind the last id. */
    static final long MAX_LAG_MILLIS = 5_000;

    private static final int SEQUENCE_BITS = 12;

    private final EngineClock clock;
    private final long engineBits;
    /** {@code milliseconds << 12 | sequence} of the last id. */
    private final AtomicLong last = new AtomicLong();

    IdGenerator(EngineClock clock, int engine) {
        this.clock = clock;
        engineBits = (long) engine << SEQUENCE_BITS;
    }

    /** The next id, or 0 when the clock is too far behind. */
    long next() {
        long millis = clock.now().toEpochMilli() - TaskId.EPOCH_MILLIS;
        long wanted = millis << SEQUENCE_BITS;
        while (true) {
            long seen = last.get();
            long next = Math.max(wanted, seen + 1);
            if ((next >>> SEQUENCE_BITS) - millis > MAX_LAG_MILLIS) {
                return 0;
            }
            if (last.compareAndSet(seen, next)) {
                return next >>> SEQUENCE_BITS << 22 | engineBits | next & (1 << SEQUENCE_BITS) - 1;
            }
        }
    }

    /** Makes sure that later ids are above one that is in the store. */
    void sawId(long id) {
        long seen = id >>> 22 << SEQUENCE_BITS | id & (1 << SEQUENCE_BITS) - 1;
        last.accumulateAndGet(seen, Math::max);
    }
}
