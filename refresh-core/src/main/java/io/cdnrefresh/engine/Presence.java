// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.SharedCounters;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which devices have a link with another engine: every engine counts itself in for each of its own, in windows of some
 * seconds. While that is not known, every device counts as there: nobody is declared offline for want of the coordinator.
 * Thread-safe; nothing waits.
 */
final class Presence {
    private static final int WINDOW_SECONDS = 10;
    private static final long FRESH_NANOS = 3L * WINDOW_SECONDS * 1_000_000_000;

    private final SharedCounters counters;
    private final EngineClock clock;
    private final String engine;
    /** When a device that has no link here was last seen with one, by monotonic time. */
    private final Map<String, Long> seenNanos = new ConcurrentHashMap<>();

    private volatile boolean isKnown;
    private volatile long knownNanos;

    Presence(SharedCounters counters, EngineClock clock, String engine) {
        this.counters = counters;
        this.clock = clock;
        this.engine = engine;
    }

    /** Says who is connected here, and asks for those who are not. Every few seconds. */
    void sync(Collection<String> connected, Set<String> absent) {
        Map<String, Long> totals = new HashMap<>();
        connected.forEach(device -> totals.put(device, 1L));
        absent.forEach(device -> totals.put(device, 0L));
        long window = clock.now().getEpochSecond() / WINDOW_SECONDS;
        counters.sync("presence:" + window, engine, totals, 3 * WINDOW_SECONDS).whenComplete((sums, e) -> {
            if (e != null) {
                return;
            }
            long now = clock.nanos();
            sums.forEach((device, engines) -> {
                if (absent.contains(device) && engines > 0) {
                    seenNanos.put(device, now);
                }
            });
            connected.forEach(seenNanos::remove);
            knownNanos = now;
            isKnown = true;
        });
    }

    /** Whether the device may have a link elsewhere. */
    boolean isThere(String device) {
        long now = clock.nanos();
        if (!isKnown || now - knownNanos > FRESH_NANOS) {
            return true;
        }
        Long seen = seenNanos.get(device);
        return seen != null && now - seen <= 2L * WINDOW_SECONDS * 1_000_000_000;
    }
}
