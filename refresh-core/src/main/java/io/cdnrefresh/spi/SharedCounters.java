// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.util.Map;
import java.util.concurrent.CompletionStage;

/** Counts over all engines, for limits. Repeating a call is harmless: callers send totals, not differences. */
public interface SharedCounters {
    /**
     * Tells what this engine has counted in a window so far and asks for everybody's sum.
     *
     * @param window names the window, its start included, such as {@code tenant7:1763805600}
     * @param engine who counts
     * @param totals this engine's cumulative counts by key
     * @param keepSeconds how long the window is remembered
     * @return the sums over all engines of the same keys
     */
    CompletionStage<Map<String, Long>> sync(String window, String engine, Map<String, Long> totals, int keepSeconds);
}
