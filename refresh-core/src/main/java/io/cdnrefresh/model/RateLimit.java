// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * So much in so much time. Windows are fixed and begin at multiples of their length since 1970: all engines see the same
 * ones. A window of a day is a quota.
 *
 * @param count of targets, each times the weight of its kind, 1 or more
 * @param window a whole number of seconds, 1 s to 31 days
 */
public record RateLimit(long count, Duration window) {
    private static final Duration LONGEST = Duration.ofDays(31);
    private static final Pattern TEXT = Pattern.compile("([0-9]{1,15})/([0-9]{0,7})([smhd])");
    private static final Map<String, Long> SECONDS = Map.of("s", 1L, "m", 60L, "h", 3_600L, "d", 86_400L);

    /** Checks the ranges. */
    public RateLimit {
        if (count < 1) {
            throw new IllegalArgumentException("count: " + count + " (expected: 1 or more)");
        }
        if (window.compareTo(Duration.ofSeconds(1)) < 0
                || window.compareTo(LONGEST) > 0
                || window.toMillis() % 1_000 != 0) {
            throw new IllegalArgumentException("window: " + window + " (expected: whole seconds, 1 s to 31 days)");
        }
    }

    /**
     * Reads limits such as {@code 1000/s 100000/10m 2000000/d}, between spaces; none from an empty text.
     *
     * @throws IllegalArgumentException if one is malformed
     */
    public static List<RateLimit> parse(String text) {
        List<RateLimit> limits = new ArrayList<>();
        for (String word : text.strip().split("\\s+", -1)) {
            if (word.isEmpty()) {
                continue;
            }
            Matcher matcher = TEXT.matcher(word);
            if (!matcher.matches()) {
                throw new IllegalArgumentException(
                        "limit: " + word + " (expected: COUNT/WINDOW, such as 1000/s, 20/5m or 100000/d)");
            }
            long units = matcher.group(2).isEmpty() ? 1 : Long.parseLong(matcher.group(2));
            limits.add(new RateLimit(
                    Long.parseLong(matcher.group(1)),
                    Duration.ofSeconds(units * SECONDS.getOrDefault(matcher.group(3), 1L))));
        }
        return List.copyOf(limits);
    }

    /** As {@link #parse} reads it, in seconds. */
    @Override
    public String toString() {
        return count + "/" + window.toSeconds() + "s";
    }
}
