// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitTest {
    @Test
    void parse_severalLimits_areRead() {
        assertThat(RateLimit.parse(" 1000/s  20/5m 7/31d"))
                .containsExactly(
                        new RateLimit(1_000, Duration.ofSeconds(1)),
                        new RateLimit(20, Duration.ofMinutes(5)),
                        new RateLimit(7, Duration.ofDays(31)));
        assertThat(RateLimit.parse(" ")).isEmpty();
        assertThat(RateLimit.parse("20/5m").get(0)).hasToString("20/300s");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x",
                "10",
                "10/",
                "10/x",
                "0/s",
                "-1/s",
                "10/0s",
                "10/32d",
                "10/1.5s",
                "10/s,20/m",
                "9999999999999999/s"
            })
    void parse_malformed_isRefusedByName(String text) {
        assertThatThrownBy(() -> RateLimit.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected:");
    }
}
