// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.stats;

/**
 * How often something happens, in events per second. Immutable.
 *
 * @param m1 over the last minute, exponentially weighted
 * @param m5 over the last 5 minutes
 * @param m15 over the last 15 minutes
 * @param avg since the start
 * @param count the number of events since the start
 */
public record Rates(double m1, double m5, double m15, double avg, long count) {}
