// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.stats;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Figures of one moment. Immutable.
 *
 * @param at when they were taken
 * @param numbers gauges by name, in the order of their registration
 * @param meters rates by name, in the order of their registration
 */
public record StatsSnapshot(Instant at, Map<String, Long> numbers, Map<String, Rates> meters) {
    /** Copies the maps and keeps their order. */
    public StatsSnapshot {
        numbers = Collections.unmodifiableMap(new LinkedHashMap<>(numbers));
        meters = Collections.unmodifiableMap(new LinkedHashMap<>(meters));
    }
}
