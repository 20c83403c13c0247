// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The watches of all caches that may bring old copies back. Changed by the agent only; {@link #isReady} and {@link #reason} by any thread. */
final class LifeWatches {
    private final Loop loop;
    private final AgentCounters counters;
    private volatile Map<CacheLane, Watch> all = Map.of();

    LifeWatches(Loop loop, AgentCounters counters) {
        this.loop = loop;
        this.counters = counters;
    }

    /** Gives every cache a watch whose disk may bring old copies back; gives the new ones. */
    List<Watch> add(List<CacheLane> lanes) {
        Map<CacheLane, Watch> next = new HashMap<>(all);
        List<Watch> fresh = new ArrayList<>();
        for (CacheLane lane : lanes) {
            Watch watch = next.containsKey(lane) ? null : of(lane);
            if (watch != null) {
                next.put(lane, watch);
                fresh.add(watch);
            }
        }
        all = Map.copyOf(next);
        return fresh;
    }

    private @Nullable Watch of(CacheLane lane) {
        Watch watch = LifeWatch.of(lane, loop, counters);
        return watch != null ? watch : DiskWatch.of(lane.cache, loop.clock(), counters);
    }

    void remove(CacheLane lane) {
        Map<CacheLane, Watch> rest = new HashMap<>(all);
        Watch watch = rest.remove(lane);
        all = Map.copyOf(rest);
        if (watch != null) {
            watch.stop();
        }
    }

    void start() {
        all.values().forEach(Watch::start);
    }

    void stop() {
        all.values().forEach(Watch::stop);
    }

    boolean isReady() {
        return all.values().stream().allMatch(Watch::isReady);
    }

    /** Why not; empty if it is. */
    String reason() {
        return all.values().stream()
                .map(Watch::reason)
                .filter(reason -> !reason.isEmpty())
                .findFirst()
                .orElse("");
    }
}
