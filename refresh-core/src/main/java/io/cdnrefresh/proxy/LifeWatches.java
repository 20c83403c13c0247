// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The watches of all caches that may bring old copies back. Changed by the agent only; {@link #isReady} and {@link #reason} by any thread. */
final class LifeWatches {
    private final Loop loop;
    private final AgentCounters counters;
    private volatile Map<CacheLane, LifeWatch> all = Map.of();

    LifeWatches(Loop loop, AgentCounters counters) {
        this.loop = loop;
        this.counters = counters;
    }

    /** Gives every cache that may forget a watch; gives the new ones. */
    List<LifeWatch> add(List<CacheLane> lanes) {
        Map<CacheLane, LifeWatch> next = new HashMap<>(all);
        List<LifeWatch> fresh = new ArrayList<>();
        for (CacheLane lane : lanes) {
            LifeWatch watch = next.containsKey(lane) ? null : LifeWatch.of(lane, loop, counters);
            if (watch != null) {
                next.put(lane, watch);
                fresh.add(watch);
            }
        }
        all = Map.copyOf(next);
        return fresh;
    }

    void remove(CacheLane lane) {
        Map<CacheLane, LifeWatch> rest = new HashMap<>(all);
        LifeWatch watch = rest.remove(lane);
        all = Map.copyOf(rest);
        if (watch != null) {
            watch.stop();
        }
    }

    void start() {
        all.values().forEach(LifeWatch::start);
    }

    void stop() {
        all.values().forEach(LifeWatch::stop);
    }

    boolean isReady() {
        return all.values().stream().allMatch(LifeWatch::isReady);
    }

    /** Why not; empty if it is. */
    String reason() {
        return all.values().stream()
                .map(LifeWatch::reason)
                .filter(reason -> !reason.isEmpty())
                .findFirst()
                .orElse("");
    }
}
