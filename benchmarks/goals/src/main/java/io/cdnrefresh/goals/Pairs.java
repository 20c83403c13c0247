// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleSupplier;

/**
 * Ratios of ours to a reference, measured in turns: A B A B. More than 1 is better than the reference. Immutable.
 *
 * @param ratios one a pair
 */
public record Pairs(double[] ratios) {
    /** How many pairs a result needs. */
    public static final int LEAST = 5;

    /** Checks that there are enough. */
    public Pairs {
        if (ratios.length < LEAST) {
            throw new IllegalArgumentException("pairs: " + ratios.length + " (expected: at least " + LEAST + ")");
        }
        ratios = ratios.clone();
    }

    /** Measures both in turns; each gives a rate, more is better. */
    public static Pairs measure(int pairs, DoubleSupplier ours, DoubleSupplier reference) {
        double[] ratios = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            double own = ours.getAsDouble();
            ratios[i] = own / reference.getAsDouble();
        }
        return new Pairs(ratios);
    }

    /** From rates that were measured in turns, more is better. */
    public static Pairs ofRates(double[] ours, double[] reference) {
        double[] ratios = new double[ours.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = ours[i] / reference[i];
        }
        return new Pairs(ratios);
    }

    /** From costs that were measured in turns, less is better. */
    public static Pairs ofCosts(double[] ours, double[] reference) {
        double[] ratios = new double[ours.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = reference[i] / ours[i];
        }
        return new Pairs(ratios);
    }

    /** The median of some figures. */
    public static double median(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /** The median ratio: what counts. */
    public double median() {
        return median(ratios);
    }

    /** The lowest ratio. */
    public double min() {
        return Arrays.stream(ratios).min().orElseThrow();
    }

    /** The highest ratio. */
    public double max() {
        return Arrays.stream(ratios).max().orElseThrow();
    }

    /** Median, spread and count. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.2f (%.2f..%.2f, %d pairs)", median(), min(), max(), ratios.length);
    }
}
