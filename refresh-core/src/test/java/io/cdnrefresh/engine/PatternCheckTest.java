// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PatternCheckTest {
    private final PatternCheck check = new PatternCheck(10_000, 50);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "^/x\\d+$",
                "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                "(?i)\\.(jpe?g|png)(\\?.*)?$",
                "[]a{9}]{3}",
                "[^][:alpha:]]",
                "a{1000}",
                "\\{99999\\}",
                "\\[(a{10}){10}",
                "\\pL\\p{Greek}",
                "a{,5}",
                "(a+)+$"
            })
    void faultOf_usualPattern_isNone(String pattern) {
        assertThat(check.faultOf(pattern)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", ")", "[a", "a{2}{3}{4}**", "x(?=y)", "(a)\\1", "a{1001}", "\\", "(?<!a)b", "\\C\\k"})
    void faultOf_otherSyntax_isRefused(String pattern) {
        assertThat(check.faultOf(pattern)).isNotNull();
    }

    static Stream<String> explosive() {
        return Stream.of(
                "(a{1000}){1000}",
                "(((a{1000}){1000}){1000}){1000}",
                "((((a{99}){99}){99}){99}){99}",
                "\\Q[\\E(((a{1000}){1000}){1000}){1000}",
                "[(](((a{1000}){1000}){1000}){1000}",
                "[\\]](((a{1000}){1000}){1000}){1000}",
                "[[:alpha:]](((a{1000}){1000}){1000}){1000}",
                "[[:](((a{1000}){1000}){1000}){1000}",
                "[]](((a{1000}){1000}){1000}){1000}",
                "[^]](((a{1000}){1000}){1000}){1000}",
                "\\[(((a{1000}){1000}){1000}){1000}",
                "(((a{0,1000}){0,1000}){0,1000}){0,1000}",
                "(((a{1000,}){1000,}){1000,}){1000,}",
                "(?:(?:(?:a{1000})?){1000}*){1000}",
                "([)])(((a{1000}){1000}){1000}){1000}",
                "(((\\pL{1000}){1000}){1000}){1000}",
                "((a{1000})(?i){1000})(?-i){1000}",
                "(a{1000})(?i)(?s){1000}",
                "(".repeat(51) + "a" + ")".repeat(51),
                "(".repeat(256) + ")".repeat(256));
    }

    @ParameterizedTest
    @MethodSource("explosive")
    void faultOf_explosivePattern_isRefusedBeforeItCosts(String pattern) {
        assertThat(check.faultOf(pattern)).isNotNull();
    }
}
