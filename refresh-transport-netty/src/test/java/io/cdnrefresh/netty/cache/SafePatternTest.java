// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafePatternTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "^/img/",
                "\\.css$",
                "^/a/.*\\.(css|js|png|jpg|gif|webp)$",
                "^/(?:news|sport)/[0-9]{4}/",
                "^/p/[^/]+/x\\.js(\\?.*)?$",
                "/v[0-9]+/",
                "^/a$|^/b$",
                "^/[a-z\\-]{1,8}\\.html$",
            })
    void fault_patternOfBoundedCost_isNone(String pattern) {
        assertThat(SafePattern.fault(pattern)).isEmpty();
        assertThat(Pattern.compile(pattern)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "^/(a+)+x$|^/a+/x\\.css$",
                "(a|aa)*b",
                "(a*)?{3}",
                "b.*c.*cc",
                "^/.*a.*b.*c",
                "(?=a)b",
                "(a)\\1",
                "\\Qa",
                "a b",
                "caf\u00e9",
                "(a",
                "a)",
                "[a",
                "a**",
                "a++",
                "*a",
                "a{1,65",
                "a{99}",
                "[[:alpha:]]",
                "^a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaa$",
                "^/.*x|y.*z.*"
            })
    void fault_patternOfUnknownCost_isNamed(String pattern) {
        assertThat(SafePattern.fault(pattern)).isNotEmpty();
    }

    @Test
    void fault_tooLong_isNamed() {
        assertThat(SafePattern.fault("a".repeat(257))).isNotEmpty();
    }

    @Test
    void quote_everyPrintable_matchesItselfOnly() {
        StringBuilder all = new StringBuilder();
        for (char c = '!'; c <= '~'; c++) {
            all.append(c);
        }
        assertThat(all.toString()).matches(Pattern.compile(SafePattern.quote(all.toString())));
    }

    @Test
    void hostPattern_wildcards_matchWhatTheModelSays() {
        assertThat("a.x.test").matches(VarnishCache.hostPattern("*.x.test"));
        assertThat("b.a.x.test").doesNotMatch(VarnishCache.hostPattern("*.x.test"));
        assertThat("b.a.x.test").matches(VarnishCache.hostPattern("**.x.test"));
        assertThat("x.test").doesNotMatch(VarnishCache.hostPattern("**.x.test"));
        assertThat("aXtest").doesNotMatch(VarnishCache.hostPattern("a.test"));
    }
}
