// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import io.cdnrefresh.spi.Metric;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The text format of Prometheus, version 0.0.4. Stateless. */
public final class MetricText {
    /** The media type. */
    public static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private MetricText() {}

    /** Writes the families in their order; families of the same name, from several sources, stand together. */
    public static byte[] write(List<Metric> metrics) {
        Map<String, StringBuilder> families = new LinkedHashMap<>();
        for (Metric metric : metrics) {
            StringBuilder out = families.computeIfAbsent(metric.name(), any -> head(metric));
            for (Metric.Sample sample : metric.samples()) {
                out.append(metric.name()).append(sample.suffix());
                labels(out, sample.labels());
                out.append(' ').append(number(sample.value())).append('\n');
            }
        }
        StringBuilder text = new StringBuilder(16_384);
        families.values().forEach(text::append);
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static StringBuilder head(Metric metric) {
        return new StringBuilder("# HELP ")
                .append(metric.name())
                .append(' ')
                .append(metric.help().replace("\\", "\\\\").replace("\n", "\\n"))
                .append("\n# TYPE ")
                .append(metric.name())
                .append(' ')
                .append(metric.kind().name().toLowerCase(Locale.ROOT))
                .append('\n');
    }

    private static void labels(StringBuilder out, List<String> labels) {
        for (int i = 0; i < labels.size(); i += 2) {
            String value = labels.get(i + 1)
                    .replace("\\", "\\\\")
                    .replace("\"", "\\\"")
                    .replace("\n", "\\n");
            out.append(i == 0 ? '{' : ',')
                    .append(labels.get(i))
                    .append("=\"")
                    .append(value)
                    .append('"');
        }
        if (!labels.isEmpty()) {
            out.append('}');
        }
    }

    private static String number(double value) {
        if (value == Double.POSITIVE_INFINITY) {
            return "+Inf";
        }
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
