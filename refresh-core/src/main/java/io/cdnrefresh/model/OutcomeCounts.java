// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.util.Arrays;

/** How many (device, target) pairs of a task have which outcome. Immutable. */
public final class OutcomeCounts {
    private static final int KINDS = Outcome.values().length;

    private final long[] counts;

    private OutcomeCounts(long[] counts) {
        this.counts = counts;
    }

    /** Counts by {@link Outcome#code}; missing ones are 0. */
    public static OutcomeCounts of(long[] byCode) {
        return new OutcomeCounts(Arrays.copyOf(byCode, KINDS));
    }

    /** Every pair is {@link Outcome#PENDING}. */
    public static OutcomeCounts pending(long pairs) {
        long[] counts = new long[KINDS];
        counts[Outcome.PENDING.code()] = pairs;
        return new OutcomeCounts(counts);
    }

    /** The number of pairs with this outcome. */
    public long of(Outcome outcome) {
        return counts[outcome.code()];
    }

    /** The number of pairs. */
    public long total() {
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        return sum;
    }

    /** A copy of the counts by {@link Outcome#code}. */
    public long[] toArray() {
        return counts.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof OutcomeCounts that && Arrays.equals(counts, that.counts);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(counts);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Outcome outcome : Outcome.values()) {
            if (of(outcome) > 0) {
                text.append(text.isEmpty() ? "" : " ")
                        .append(outcome)
                        .append('=')
                        .append(of(outcome));
            }
        }
        return text.toString();
    }
}
