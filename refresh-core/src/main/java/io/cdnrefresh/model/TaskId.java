// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

/**
 * Names one task for ever. Immutable.
 *
 * <p>The value is 63 bits: {@code milliseconds since 2024-01-01T00:00Z (41) | engine (10) | sequence (12)}, so ids of one
 * engine rise with time. As text it is the decimal number.
 *
 * @param value the id, positive
 */
public record TaskId(long value) implements Comparable<TaskId> {
    /** Start of the id's clock: 2024-01-01T00:00:00Z in Unix milliseconds. */
    public static final long EPOCH_MILLIS = 1_704_067_200_000L;

    /** Rejects values that are not positive. */
    public TaskId {
        if (value <= 0) {
            throw new IllegalArgumentException("id: " + value + " (expected: a positive number)");
        }
    }

    /**
     * Reads the decimal text of an id.
     *
     * @throws IllegalArgumentException if the text is not 1 to 19 digits or out of range
     */
    public static TaskId parse(String text) {
        int length = text.length();
        if (length == 0 || length > 19) {
            throw unreadable(text);
        }
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                throw unreadable(text);
            }
        }
        try {
            return new TaskId(Long.parseLong(text));
        } catch (NumberFormatException tooLarge) {
            throw unreadable(text);
        }
    }

    private static IllegalArgumentException unreadable(String text) {
        String shown = text.length() > 32 ? text.substring(0, 32) + "…" : text;
        return new IllegalArgumentException("id: " + shown + " (expected: 1 to 19 digits)");
    }

    /** The engine that accepted the task, 0 to 1023. */
    public int engine() {
        return (int) (value >>> 12) & 1023;
    }

    @Override
    public int compareTo(TaskId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
