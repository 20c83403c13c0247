// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What {@link SafePattern} lets through to a server that matches by backtracking, under a matcher that backtracks, too, and
 * whose steps are counted: every such pattern means the same in RE2 and ends within its bound. Prints its seed;
 * {@code -Drefresh.seed=} replays, {@code -Drefresh.fuzz=} sets the number of patterns.
 */
class SafePatternFuzzTest {
    private static final long SEED = Long.getLong("refresh.seed", 1);
    private static final int PATTERNS = Integer.getInteger("refresh.fuzz", 8_000);
    private static final int URL_LENGTH = 100;
    /** Square of the length, times the alternatives that are let through with two repeats, times what each looks at. */
    private static final long MAX_STEPS = 64L * URL_LENGTH * URL_LENGTH;

    private static final List<String> PARTS = List.of(
            "^",
            "$",
            "/",
            "a",
            "b",
            "aa",
            ".",
            ".*",
            ".+",
            "a*",
            "a+",
            "a?",
            "a{2}",
            "a{1,8}",
            "a{3,}",
            "[ab]",
            "[^/]",
            "[^/]+",
            "[a-z]*",
            "(a|b)",
            "(a|aa)",
            "(?:a|ab)?",
            "(a*)",
            "(a)?",
            "(a+)+",
            "(",
            ")",
            "|",
            "\\.",
            "\\d",
            "\\w+",
            "*",
            "+?",
            "??",
            "x",
            "jpg",
            "[",
            "]",
            "{",
            "\\");

    /** Counts how often it is looked at. */
    private static final class Counted implements CharSequence {
        private final String text;
        private long steps;

        Counted(String text) {
            this.text = text;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            steps++;
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }
    }

    @Test
    void fault_none_meansTheSameInBothAndEndsInBoundedSteps() {
        Random random = new Random(SEED);
        int taken = 0;
        for (int i = 0; i < PATTERNS; i++) {
            String pattern = made(random);
            if (!SafePattern.fault(pattern).isEmpty()) {
                continue;
            }
            taken++;
            Pattern backtracking = Pattern.compile(pattern);
            com.google.re2j.Pattern linear = com.google.re2j.Pattern.compile(pattern);
            for (String url : List.of(url(random), "/" + "a".repeat(URL_LENGTH - 1), "ab".repeat(URL_LENGTH / 2))) {
                String what = "seed " + SEED + " pattern " + i + ": " + pattern + " on " + url;
                Counted counted = new Counted(url);
                Matcher matcher = backtracking.matcher(counted);
                assertThat(matcher.find())
                        .as(what)
                        .isEqualTo(linear.matcher(url).find());
                assertThat(counted.steps).as("steps, " + what).isLessThan(MAX_STEPS);
            }
        }
        assertThat(taken).as("let through, seed " + SEED).isBetween(PATTERNS / 50, PATTERNS * 4 / 5);
    }

    private static String made(Random random) {
        StringBuilder pattern = new StringBuilder(random.nextInt(3) == 0 ? "^/" : "");
        for (int parts = 1 + random.nextInt(8); parts > 0; parts--) {
            pattern.append(PARTS.get(random.nextInt(PARTS.size())));
        }
        return pattern.toString();
    }

    private static String url(Random random) {
        StringBuilder url = new StringBuilder("/");
        while (url.length() < URL_LENGTH) {
            url.append("aaab/x.".charAt(random.nextInt(7)));
        }
        return url.toString();
    }
}
