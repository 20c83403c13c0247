// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.time.Duration;

/**
 * How webhooks are delivered. Immutable.
 *
 * @param secret what signs for tenants without a secret of their own: {@code whsec_…}; empty = nothing does
 * @param retryFor how long one is tried, 1 s to 7 days
 * @param firstRetry the pause after the first failure; it doubles with each, 10 ms to 1 h
 * @param longestRetry the longest pause, 10 ms to 24 h
 * @param timeout how long one try may take in all, 1 ms to 1 min
 * @param perHost tries under way to one receiver, 1 to 64
 */
public record CallbackOptions(
        String secret, Duration retryFor, Duration firstRetry, Duration longestRetry, Duration timeout, int perHost) {
    /** 24 h, 5 s to 1 h apart, 15 s each, 4 at a time. */
    public static final CallbackOptions DEFAULTS = new CallbackOptions(
            "", Duration.ofHours(24), Duration.ofSeconds(5), Duration.ofHours(1), Duration.ofSeconds(15), 4);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if one is not kept
     */
    public CallbackOptions {
        check("retryFor", retryFor, Duration.ofSeconds(1), Duration.ofDays(7));
        check("firstRetry", firstRetry, Duration.ofMillis(10), Duration.ofHours(1));
        check("longestRetry", longestRetry, Duration.ofMillis(10), Duration.ofHours(24));
        check("timeout", timeout, Duration.ofMillis(1), Duration.ofMinutes(1));
        if (perHost < 1 || perHost > 64) {
            throw new IllegalArgumentException("perHost: " + perHost + " (expected: 1..64)");
        }
    }

    private static void check(String name, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + ".." + most + ")");
        }
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "CallbackOptions[secret=" + (secret.isEmpty() ? "none" : "***") + ", retryFor=" + retryFor
                + ", firstRetry=" + firstRetry + ", longestRetry=" + longestRetry + ", timeout="
                + timeout + ", perHost=" + perHost + ']';
    }
}
