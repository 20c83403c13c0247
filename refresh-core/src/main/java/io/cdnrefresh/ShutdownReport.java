// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import java.time.Duration;
import java.util.Map;

/**
 * What a shutdown left undone. Immutable.
 *
 * @param leftUndone how many of what; nothing that is zero
 * @param took how long it took
 * @param clean whether nothing was left
 */
public record ShutdownReport(Map<String, Integer> leftUndone, Duration took, boolean clean) {
    /** Copies the map. */
    public ShutdownReport {
        leftUndone = Map.copyOf(leftUndone);
    }
}
