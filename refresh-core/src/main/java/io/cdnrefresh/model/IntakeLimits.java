// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How much may be submitted, over all engines. A task costs its targets times the weight of its kind; it is taken when all
 * limits have room for it, and costs nothing when it is refused. Immutable.
 *
 * @param tenant of each tenant
 * @param kinds of each tenant, for each kind apart
 * @param host of each host
 * @param weights what one target costs; kinds that are not named cost 1
 * @param isHard never more than the limit, at the price of refusals while the engines have not agreed
 * @param sync how often engines tell each other what they have counted, 1 s to 1 min
 */
public record IntakeLimits(
        List<RateLimit> tenant,
        Map<TaskKind, List<RateLimit>> kinds,
        List<RateLimit> host,
        Map<TaskKind, Integer> weights,
        boolean isHard,
        Duration sync) {
    /** No limits. */
    public static final IntakeLimits NONE =
            new IntakeLimits(List.of(), Map.of(), List.of(), Map.of(), false, Duration.ofSeconds(5));

    /** Checks the ranges. */
    public IntakeLimits {
        tenant = List.copyOf(tenant);
        kinds = Map.copyOf(kinds);
        host = List.copyOf(host);
        weights = Map.copyOf(weights);
        weights.forEach((kind, weight) -> {
            if (weight < 1) {
                throw new IllegalArgumentException("weight of " + kind + ": " + weight + " (expected: 1 or more)");
            }
        });
        if (sync.compareTo(Duration.ofSeconds(1)) < 0 || sync.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("sync: " + sync + " (expected: 1 s to 1 min)");
        }
    }

    /** Whether nothing is limited. */
    public boolean isEmpty() {
        if (!tenant.isEmpty() || !host.isEmpty()) {
            return false;
        }
        // asked for every task: no stream
        for (List<RateLimit> ofKind : kinds.values()) {
            if (!ofKind.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** What a task costs. */
    public long cost(RefreshTask task) {
        return (long) Math.max(1, task.targets().size()) * weights.getOrDefault(task.kind(), 1);
    }
}
