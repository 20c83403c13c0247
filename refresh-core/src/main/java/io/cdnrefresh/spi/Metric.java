// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.util.ArrayList;
import java.util.List;

/**
 * One family of figures for a monitoring system, as Prometheus knows it. Immutable.
 *
 * @param name such as {@code refresh_shed_total}: letters, digits and underscores, with its unit at the end
 * @param kind what it is
 * @param help one sentence for people
 * @param samples its values; may be empty: then the family is known, and there is nothing to tell
 */
public record Metric(String name, Kind kind, String help, List<Sample> samples) {
    /** Copies the list. */
    public Metric {
        samples = List.copyOf(samples);
    }

    /** What a figure is. */
    public enum Kind {
        /** Only rises, until the process ends. */
        COUNTER,
        /** Goes up and down. */
        GAUGE,
        /** Counts by size, cumulative: samples end in {@code _bucket}, {@code _sum} and {@code _count}. */
        HISTOGRAM
    }

    /**
     * One value.
     *
     * @param suffix what follows the name; empty unless it is a part of a histogram
     * @param labels name and value by turns
     * @param value in the unit that the name ends with
     */
    public record Sample(String suffix, List<String> labels, double value) {
        /** Copies the labels and rejects a name without a value. */
        public Sample {
            labels = List.copyOf(labels);
            if (labels.size() % 2 != 0) {
                throw new IllegalArgumentException("labels: " + labels + " (expected: names and values by turns)");
            }
        }
    }

    /** A gauge without labels. */
    public static Metric gauge(String name, String help, double value) {
        return of(name, Kind.GAUGE, help).add(value).build();
    }

    /** A gauge without labels. */
    public static Metric gauge(String name, String help, long value) {
        return gauge(name, help, (double) value);
    }

    /** A counter without labels. */
    public static Metric counter(String name, String help, long value) {
        return counter(name, help, (double) value);
    }

    /** A counter without labels. */
    public static Metric counter(String name, String help, double value) {
        return of(name, Kind.COUNTER, help).add(value).build();
    }

    /** A family whose samples are added one by one. */
    public static Builder of(String name, Kind kind, String help) {
        return new Builder(name, kind, help);
    }

    /** Collects the samples of a family. Not thread-safe. */
    public static final class Builder {
        private final String name;
        private final Kind kind;
        private final String help;
        private final List<Sample> samples = new ArrayList<>();

        private Builder(String name, Kind kind, String help) {
            this.name = name;
            this.kind = kind;
            this.help = help;
        }

        /** Adds a value; {@code labels} are names and values by turns. */
        public Builder add(double value, String... labels) {
            samples.add(new Sample("", List.of(labels), value));
            return this;
        }

        /** Adds a value; {@code labels} are names and values by turns. */
        public Builder add(long value, String... labels) {
            return add((double) value, labels);
        }

        /** Adds a count of a histogram. */
        public Builder part(String suffix, long value, String... labels) {
            return part(suffix, (double) value, labels);
        }

        /** Adds a part of a histogram. */
        public Builder part(String suffix, double value, String... labels) {
            samples.add(new Sample(suffix, List.of(labels), value));
            return this;
        }

        /** The family. */
        public Metric build() {
            return new Metric(name, kind, help, samples);
        }
    }
}
