// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import java.time.Duration;

/**
 * What one request may ask for at most. Immutable.
 *
 * @param bodyBytes of any request body
 * @param urlTargets targets of {@code url} and {@code preload}, and tags times hosts of {@code tag}; 1 to 100,000
 * @param broadTargets targets of the other types; 1 to 100,000
 * @param targetBytes UTF-8 bytes of one target
 * @param patternSize instructions of a compiled pattern
 * @param patternNesting parentheses within parentheses of a pattern
 * @param longestWait the longest wait
 */
public record ApiLimits(
        int bodyBytes,
        int urlTargets,
        int broadTargets,
        int targetBytes,
        int patternSize,
        int patternNesting,
        Duration longestWait) {
    /** 1 MiB, 1,000 and 100 targets of 8,192 bytes, patterns of 10,000 instructions and 50 levels, 55 seconds. */
    public static final ApiLimits DEFAULTS =
            new ApiLimits(1 << 20, 1_000, 100, 8_192, 10_000, 50, Duration.ofSeconds(55));

    /** The most rows of a page. */
    static final int MAX_PAGE = 1_000;

    /** The rows of a page when nobody says. */
    static final int DEFAULT_PAGE = 100;

    /** Checks ranges. */
    public ApiLimits {
        require("bodyBytes", bodyBytes, 1 << 28);
        require("urlTargets", urlTargets, 100_000);
        require("broadTargets", broadTargets, 100_000);
        require("targetBytes", targetBytes, 8_192);
        require("patternSize", patternSize, 100_000);
        require("patternNesting", patternNesting, 200);
        if (longestWait.isNegative() || longestWait.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("longestWait: " + longestWait + " (expected: 0 to 1 h)");
        }
    }

    private static void require(String name, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 1.." + max + ")");
        }
    }
}
