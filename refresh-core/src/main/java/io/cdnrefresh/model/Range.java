// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/**
 * A run of sequence numbers, both ends included.
 *
 * @param first the lowest
 * @param last the highest, not below {@code first}
 */
public record Range(long first, long last) {
    /** Rejects a range that ends before it starts. */
    public Range {
        if (last < first) {
            throw new IllegalArgumentException("range: " + first + ".." + last + " (expected: first <= last)");
        }
    }

    /** Whether the number lies in this range. */
    public boolean contains(long sequence) {
        return sequence >= first && sequence <= last;
    }
}
