// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.Metric.Kind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricTextTest {
    private static String text(Metric... metrics) {
        return new String(MetricText.write(List.of(metrics)), StandardCharsets.UTF_8);
    }

    @Test
    void write_labelsAndHelpWithEveryTrap_areEscaped() {
        assertThat(text(Metric.of("a_bytes", Kind.GAUGE, "one\\two\nthree")
                                .add(1.5, "x", "a\"b\\c\nd", "y", "ü")
                                .build())
                        .lines())
                .containsExactly(
                        "# HELP a_bytes one\\\\two\\nthree",
                        "# TYPE a_bytes gauge",
                        "a_bytes{x=\"a\\\"b\\\\c\\nd\",y=\"ü\"} 1.5");
    }

    @Test
    void write_sameFamilyFromTwoSources_standsTogetherWithOneHead() {
        assertThat(text(
                                Metric.of("a_total", Kind.COUNTER, "A.")
                                        .add(1, "r", "x")
                                        .build(),
                                Metric.gauge("b", "B.", -0.25),
                                Metric.of("a_total", Kind.COUNTER, "Another.")
                                        .add(2, "r", "y")
                                        .build())
                        .lines())
                .containsExactly(
                        "# HELP a_total A.",
                        "# TYPE a_total counter",
                        "a_total{r=\"x\"} 1",
                        "a_total{r=\"y\"} 2",
                        "# HELP b B.",
                        "# TYPE b gauge",
                        "b -0.25");
    }

    @Test
    void write_familyWithoutSamples_isKnown() {
        assertThat(text(Metric.of("a", Kind.GAUGE, "A.").build())).isEqualTo("# HELP a A.\n# TYPE a gauge\n");
    }

    @Test
    void write_numbers_areThoseOfTheFormat() {
        assertThat(text(Metric.gauge("a", "A.", Double.POSITIVE_INFINITY), Metric.gauge("b", "B.", 1e18)))
                .contains("a +Inf\n")
                .contains("b 1.0E18\n");
    }
}
