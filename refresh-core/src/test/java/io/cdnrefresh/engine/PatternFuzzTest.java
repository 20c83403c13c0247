// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Damaged, catastrophic and huge patterns: taken or refused, never an exception, and never more memory than a bound, which
 * is what compiling takes steps in; what is taken compiles to no more than it may. Prints its seed; {@code -Drefresh.seed=}
 * replays, {@code -Drefresh.fuzz=} sets the number of patterns. The corpus is {@code patterns.txt}.
 */
class PatternFuzzTest {
    private static final long SEED = Long.getLong("refresh.seed", 1);
    private static final int PATTERNS = Integer.getInteger("refresh.fuzz", 8_000);
    private static final int MAX_SIZE = 10_000;
    /** Of one check: about 6 KiB for each instruction that a pattern may have. */
    private static final long MAX_BYTES = 64L << 20;

    private static final List<String> CORPUS = corpus();
    private static final List<String> SPICE = List.of(
            "(",
            ")",
            "((((",
            "))))",
            "[",
            "]",
            "[^",
            "[[:alpha:]]",
            "{1000}",
            "{99}",
            "{0,1000}",
            "{,",
            "{",
            "}",
            "*",
            "+",
            "?",
            "|",
            "||||",
            ".",
            "^",
            "$",
            "\\",
            "\\Q",
            "\\E",
            "\\pL",
            "\\x{10FFFF}",
            "\\1",
            "(?i)",
            "(?P<n>",
            "(?=",
            "a",
            "\u00e4",
            "\ud83d\ude00",
            "\ud83d",
            "\u0130");

    private final PatternCheck check = new PatternCheck(MAX_SIZE, 50);

    private static List<String> corpus() {
        try (InputStream in =
                requireNonNull(PatternFuzzTest.class.getResourceAsStream("patterns.txt"), "patterns.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void faultOf_damagedPattern_isBounded() {
        Random random = new Random(SEED);
        ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int taken = 0;
        for (int i = 0; i < PATTERNS; i++) {
            String pattern = damaged(random);
            String what = "seed " + SEED + " pattern " + i + ": " + pattern;
            long before = memory.getCurrentThreadAllocatedBytes();
            String fault = check.faultOf(pattern);
            long bytes = memory.getCurrentThreadAllocatedBytes() - before;
            assertThat(bytes).as(what).isLessThan(MAX_BYTES);
            if (fault == null) {
                taken++;
                assertThat(Pattern.compile(pattern).programSize()).as(what).isLessThanOrEqualTo(MAX_SIZE);
            } else {
                assertThat(fault).as(what).isNotEmpty();
            }
        }
        assertThat(taken).as("taken, seed " + SEED).isBetween(PATTERNS / 20, PATTERNS * 19 / 20);
    }

    private static String damaged(Random random) {
        StringBuilder text = new StringBuilder(CORPUS.get(random.nextInt(CORPUS.size())));
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            int at = random.nextInt(text.length() + 1);
            int to = Math.min(text.length(), at + 1 + random.nextInt(6));
            switch (random.nextInt(6)) {
                case 0 -> text.delete(at, to);
                case 1 -> text.insert(at, text.substring(at, to).repeat(1 + random.nextInt(8)));
                case 2, 3 -> text.insert(at, SPICE.get(random.nextInt(SPICE.size())));
                case 4 ->
                    text.insert(0, "(".repeat(1 + random.nextInt(3)))
                            .append(")")
                            .append("{1000}");
                default -> text.replace(at, to, SPICE.get(random.nextInt(SPICE.size())));
            }
        }
        if (text.length() > 512) {
            text.setLength(512);
        }
        return text.toString();
    }
}
