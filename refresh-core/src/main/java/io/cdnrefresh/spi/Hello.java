// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.Range;
import io.cdnrefresh.model.TaskKind;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/**
 * What a proxy says when it has reached an engine. Immutable.
 *
 * @param device its device id
 * @param bootId names this life of the proxy; another one has an empty result window
 * @param group the group it wants to be in
 * @param tier {@code parent} or {@code edge}
 * @param version of the proxy's software
 * @param cursor everything this engine's epoch addressed to the device below this sequence has a final report; 0 when
 *     the proxy has not met this epoch
 * @param reported sequences above the cursor that have a final report, rising
 * @param abilities the kinds that at least one of its caches can do
 * @param now the node's wall clock, for measuring skew
 */
public record Hello(
        String device,
        String bootId,
        String group,
        String tier,
        String version,
        long cursor,
        List<Range> reported,
        Set<TaskKind> abilities,
        Instant now) {
    /** Copies the collections. */
    public Hello {
        reported = List.copyOf(reported);
        abilities = Set.copyOf(abilities);
    }
}
