// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.QueueKind;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Which entry may go to devices some of which are full. A tenant that was sent little within this second goes past those
 * that others have filled, until they are brimful: else its one URL would wait until half of a flood is answered. Confined
 * to the feed.
 */
final class LightTenants {
    private static final long SECOND_NANOS = 1_000_000_000L;
    /** A tenant is light up to one part of so many of what a device may have under way. */
    private static final int SHARE = 64;

    private final FlowControl flow;
    private final Map<QueueKind, Map<String, Integer>> sent = new EnumMap<>(QueueKind.class);
    private long beganNanos;

    LightTenants(FlowControl flow, long nowNanos) {
        this.flow = flow;
        beganNanos = nowNanos;
        for (QueueKind kind : QueueKind.values()) {
            sent.put(kind, new HashMap<>());
        }
    }

    /** Whether all devices of the entry that are live can take it now. */
    boolean mayGo(FeedEntry entry, DeviceSet live) {
        QueueKind kind = entry.command().task().kind().queue();
        DeviceSet full = flow.full(kind);
        if (full.isEmpty() || !full.and(live).intersects(entry.devices())) {
            return true;
        }
        return of(entry) + entry.cost <= Math.max(1, flow.limit(kind) / SHARE)
                && !flow.brimful(kind).and(live).intersects(entry.devices());
    }

    /** It goes. */
    void sent(FeedEntry entry, long nowNanos) {
        if (nowNanos - beganNanos >= SECOND_NANOS) {
            beganNanos = nowNanos;
            sent.values().forEach(Map::clear);
        }
        counts(entry).merge(entry.command().task().tenant(), entry.cost, Integer::sum);
    }

    private int of(FeedEntry entry) {
        return counts(entry).getOrDefault(entry.command().task().tenant(), 0);
    }

    private Map<String, Integer> counts(FeedEntry entry) {
        return Objects.requireNonNull(sent.get(entry.command().task().kind().queue()));
    }
}
