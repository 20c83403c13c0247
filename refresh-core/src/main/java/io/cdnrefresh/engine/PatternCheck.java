// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import com.google.re2j.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a pattern may be used. Takes up to tens of milliseconds: never on an event loop.
 *
 * <p>The compiler itself writes nested repeats out, and {@code ((a{1000}){1000}){1000}} would fill the heap before its
 * size can be asked for. So a scan estimates the size first and refuses what is deep or large.
 */
final class PatternCheck {
    private final int maxSize;
    private final int maxNesting;

    PatternCheck(int maxSize, int maxNesting) {
        this.maxSize = maxSize;
        this.maxNesting = maxNesting;
    }

    /** What would have been accepted; null if the pattern is. */
    @Nullable
    String faultOf(String pattern) {
        if (pattern.contains("\\Q")) {
            return "RE2 syntax without \\Q…\\E";
        }
        if (estimate(pattern) > maxSize) {
            return "a pattern of at most " + maxSize + " instructions and " + maxNesting + " levels of parentheses";
        }
        try {
            return Pattern.compile(pattern).programSize() <= maxSize
                    ? null
                    : "a pattern of at most " + maxSize + " instructions";
        } catch (RuntimeException refused) {
            return "RE2 syntax";
        }
    }

    /** About the number of instructions; over the maximum also when parentheses are nested too deeply. */
    private long estimate(String pattern) {
        long[] outer = new long[maxNesting];
        int depth = 0;
        long size = 0;
        long last = 0;
        for (int i = 0; i < pattern.length() && size <= maxSize; i++) {
            switch (pattern.charAt(i)) {
                case '(' -> {
                    int flags = endOfFlags(pattern, i);
                    if (flags > i) {
                        i = flags;
                        size++;
                        continue; // a repeat behind them is of what stands before them
                    }
                    if (depth == maxNesting) {
                        return Long.MAX_VALUE;
                    }
                    outer[depth++] = size;
                    size = 0;
                    last = 0;
                }
                case ')' -> {
                    last = size + 2;
                    size = (depth == 0 ? 0 : outer[--depth]) + last;
                }
                case '{' -> {
                    long times = times(pattern, i);
                    size += last * (times - 1);
                    last *= times;
                }
                case '[' -> {
                    i = endOfClass(pattern, i);
                    last = 1;
                    size++;
                }
                case '\\' -> {
                    i++;
                    last = 1;
                    size++;
                }
                default -> {
                    if ("*+?".indexOf(pattern.charAt(i)) >= 0) {
                        last++;
                    } else {
                        last = 1;
                    }
                    size++;
                }
            }
        }
        while (depth > 0 && size <= maxSize) {
            size += outer[--depth];
        }
        return size;
    }

    /** Where {@code (?i)} and its like end; the start if it is a group. */
    private static int endOfFlags(String pattern, int start) {
        if (!pattern.startsWith("(?", start)) {
            return start;
        }
        int i = start + 2;
        while (i < pattern.length() && (Character.isLetter(pattern.charAt(i)) || pattern.charAt(i) == '-')) {
            i++;
        }
        return i < pattern.length() && pattern.charAt(i) == ')' ? i : start;
    }

    /** The larger number of {@code {n}}, {@code {n,}} or {@code {n,m}}; 1 if it is no repeat. */
    private static long times(String pattern, int brace) {
        long times = 1;
        long number = 0;
        for (int i = brace + 1; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c >= '0' && c <= '9') {
                number = Math.min(number * 10 + c - '0', 1_000_000);
            } else if (c == ',' || c == '}') {
                times = Math.max(times, number);
                number = 0;
                if (c == '}') {
                    return times;
                }
            } else {
                return 1;
            }
        }
        return 1;
    }

    private static int endOfClass(String pattern, int bracket) {
        int i = bracket + 1;
        if (i < pattern.length() && pattern.charAt(i) == '^') {
            i++;
        }
        for (boolean isFirst = true; i < pattern.length(); i++, isFirst = false) {
            char c = pattern.charAt(i);
            if (c == ']' && !isFirst) {
                return i;
            }
            if (c == '\\') {
                i++;
            } else if (pattern.startsWith("[:", i)) {
                int end = pattern.indexOf(":]", i + 2);
                i = end < 0 ? i : end + 1;
            }
        }
        return i;
    }
}
