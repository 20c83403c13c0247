// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @Test
    void write_thenParse_givesTheSameTree() {
        Map<String, Object> tree = Map.of("text", "a\"\\\n\u0001é", "list", List.of(1L, true, "x"), "map", Map.of());

        assertThat(Json.parse(Json.write(tree).getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(tree);
    }

    @Test
    void parse_numbersEscapesAndSpace_areRead() {
        assertThat(Json.parse(" [ 1 , -2.5e1 , \"\\u0041\\/\" , null , false ] ".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(java.util.Arrays.asList(1L, -25.0, "A/", null, false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[1", "{\"a\":}", "nope", "1 2", "\"a", "[1,,2]", "\"\\u12\"", "--1"})
    void parse_broken_isRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Json.parse(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void parse_tooDeep_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Json.parse("[".repeat(100_000).getBytes(StandardCharsets.UTF_8)));
    }
}
