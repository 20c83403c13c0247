// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Examples match their pattern and bear a name that no real object has. */
class PatternExampleTest {
    private static final String NAME = "refreshwitness1";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "css",
                "^/a/",
                "\\.css$",
                "^/r/.*\\.(css|js)",
                "^/r/.*\\.(?:css|js)$",
                "^/p/[a-z0-9]+$",
                "^/q\\?v=\\d+|\\.html$",
                "^/[^/]+\\.jpg(\\?.*)?$",
                "^/x/\\w{2,}/y$"
            })
    void of_patternWithRoom_matchesAndBearsTheName(String pattern) {
        assertThat(SafePattern.fault(pattern)).isEmpty();
        String example = PatternExample.of(pattern, NAME);
        assertThat(example)
                .startsWith("/")
                .contains(NAME)
                .matches(Pattern.compile(pattern).asPredicate());
    }

    @ParameterizedTest
    @ValueSource(strings = {"^/index\\.html$", "^/a[bc]$", "^x", "^/v\\d+$"})
    void of_patternOfFewPaths_hasNone(String pattern) {
        assertThat(PatternExample.of(pattern, NAME)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "'^/a|b', 2",
        "'^/(a|b)', 1",
        "'^/[|(]a', 1",
        "'^/a\\|b', 1",
        "'a(^/b)', 0",
        "'^/a|(^/b)', 0",
        "'^/[^/]+', 1"
    })
    void branches_pattern_dividesAtItsTop(String pattern, int count) {
        assertThat(PatternExample.branches(pattern)).hasSize(count);
    }

    @Test
    void of_endOfString_getsTheNameInFront() {
        assertThat(PatternExample.of("\\.css$", NAME)).isEqualTo("/" + NAME + ".css");
    }
}
