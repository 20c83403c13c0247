// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.util.List;

/** Tells figures for a monitoring system. Thread-safe; never blocks: it is asked on an event loop. */
@FunctionalInterface
public interface MetricSource {
    /** The figures of this moment. */
    List<Metric> metrics();
}
