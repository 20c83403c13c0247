// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

/**
 * What one run of the generator gave. Immutable.
 *
 * @param answers 202
 * @param refused other answers
 * @param errors connections that were lost
 * @param firstNanos when it began, in {@code System.nanoTime}, which is the same for all processes of a Linux machine
 * @param lastNanos when the last answer came
 */
record LoadResult(
        double answers,
        double refused,
        double errors,
        double firstNanos,
        double lastNanos,
        double p50Millis,
        double p99Millis,
        double p999Millis,
        double maxMillis) {
    static LoadResult of(double[] figures) {
        return new LoadResult(
                figures[0],
                figures[1],
                figures[2],
                figures[3],
                figures[4],
                figures[5],
                figures[6],
                figures[7],
                figures[8]);
    }

    double[] toArray() {
        return new double[] {
            answers, refused, errors, firstNanos, lastNanos, p50Millis, p99Millis, p999Millis, maxMillis
        };
    }

    /** Answers a second. */
    double rate() {
        return answers * 1e9 / (lastNanos - firstNanos);
    }
}
