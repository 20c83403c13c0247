// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The forms of a URL by a host's rule. */
class KeyFormsTest {
    @ParameterizedTest
    @CsvSource({
        "'', /%7Ea?b=2&a=1, /%7Ea?b=2&a=1",
        "{uri} {decoded}, /%7Ea, /%7Ea /~a",
        "{uri} {decoded}, /%2Fa, /%2Fa",
        "{uri} {encoded}, /~a, /~a /%7Ea",
        "{sorted}, /a?b=2&a=1&a=0, /a?a=0&a=1&b=2",
        "{sorted}, /a, /a",
        "{uri} {slash}, /a?x, /a?x /a/?x",
        "{uri} {slash}, /a/, /a/ /a",
        "{uri} {slash}, /, /",
        "{path}, /a?x=1, /a",
        "{decoded|sorted} {encoded|sorted}, /%7Ea?b&a, /~a?a&b /%7Ea?a&b"
    })
    void of_template_listsTheForms(String template, String path, String forms) {
        KeyForms.require(template);
        assertThat(String.join(" ", KeyForms.of(template, path))).isEqualTo(forms);
    }

    @ParameterizedTest
    @ValueSource(strings = {"uri", "{host}", "{uri", "{uri|}", "{uri} {x}"})
    void require_unknownWord_isRefused(String template) {
        assertThatThrownBy(() -> KeyForms.require(template)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void forms_bothSchemes_areAllCombinations() {
        HostRule rule = new HostRule("a.test", "", List.of(), "{uri} {slash}", List.of(), List.of("http", "https"));
        assertThat(rule.forms(Target.url("https://a.test/x")))
                .extracting(Target::wire)
                .containsExactly("http://a.test/x", "http://a.test/x/", "https://a.test/x", "https://a.test/x/");
    }
}
