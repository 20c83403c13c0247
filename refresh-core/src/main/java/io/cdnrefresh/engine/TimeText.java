// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/** Times as the API writes them. */
final class TimeText {
    private static final String DURATION = "a number and ms, s, m or h, such as 10m";

    private TimeText() {}

    /**
     * Reads {@code 500ms}, {@code 30s}, {@code 10m} or {@code 24h}.
     *
     * @throws IllegalArgumentException if it is something else, or outside the range
     */
    static Duration duration(String text, Duration min, Duration max) {
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        String allowed = DURATION + ", " + text(min) + " to " + text(max);
        if (digits == 0 || digits > 12) {
            throw new IllegalArgumentException("duration (expected: " + allowed + ")");
        }
        long number = Long.parseLong(text.substring(0, digits));
        Duration duration = switch (text.substring(digits)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> throw new IllegalArgumentException("duration (expected: " + allowed + ")");
        };
        if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
            throw new IllegalArgumentException("duration (expected: " + allowed + ")");
        }
        return duration;
    }

    /** The form that {@link #duration} reads, to the millisecond. */
    static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1_000 != 0) {
            return millis + "ms";
        }
        return millis % 3_600_000 == 0 && millis != 0
                ? millis / 3_600_000 + "h"
                : millis % 60_000 == 0 && millis != 0 ? millis / 60_000 + "m" : millis / 1_000 + "s";
    }

    /**
     * Reads an instant of ISO 8601.
     *
     * @throws IllegalArgumentException if it is something else, before 1970 or after {@code max}
     */
    static Instant instant(String text, Instant max) {
        try {
            Instant instant = Instant.parse(text);
            if (!instant.isBefore(Instant.EPOCH) && !instant.isAfter(max)) {
                return instant;
            }
        } catch (DateTimeException unreadable) {
            // answered below, like a time out of range
        }
        throw new IllegalArgumentException(
                "time (expected: ISO 8601 such as 2026-11-22T10:00:00Z, at most " + max + ")");
    }
}
