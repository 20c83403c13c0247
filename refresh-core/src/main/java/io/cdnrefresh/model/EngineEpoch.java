// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/**
 * One life of an engine: its id, and a number that rises with each claim of that id in the store. Immutable.
 *
 * <p>Whoever holds an older epoch of the same engine may neither write to the store nor command a proxy.
 *
 * @param engine 0 to 1023
 * @param epoch at least 1, and below 2^31 so that row versions {@code epoch << 32 | n} stay positive
 */
public record EngineEpoch(int engine, long epoch) {
    /** Rejects numbers out of range. */
    public EngineEpoch {
        if (engine < 0 || engine > 1023) {
            throw new IllegalArgumentException("engine: " + engine + " (expected: 0..1023)");
        }
        if (epoch < 1 || epoch > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("epoch: " + epoch + " (expected: 1.." + Integer.MAX_VALUE + ")");
        }
    }

    /** The row version of the n-th write of a task in this epoch. */
    public long version(long n) {
        return epoch << 32 | n & 0xffff_ffffL;
    }

    @Override
    public String toString() {
        return engine + "/" + epoch;
    }
}
