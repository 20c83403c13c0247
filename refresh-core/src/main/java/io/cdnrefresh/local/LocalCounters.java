// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The counters of a hub. Guarded by itself. */
final class LocalCounters {
    private final Map<String, Window> windows = new HashMap<>();

    synchronized Map<String, Long> sync(
            String window, String engine, Map<String, Long> totals, int keepSeconds, long nowNanos) {
        windows.values().removeIf(each -> nowNanos - each.untilNanos >= 0);
        Window counts = windows.computeIfAbsent(window, name -> new Window());
        counts.untilNanos = nowNanos + TimeUnit.SECONDS.toNanos(keepSeconds);
        Map<String, Long> sums = new HashMap<>();
        totals.forEach((key, total) -> {
            Map<String, Long> byEngine = counts.byKey.computeIfAbsent(key, name -> new HashMap<>());
            byEngine.merge(engine, total, Math::max); // a late repeat of an older total takes nothing back
            sums.put(key, byEngine.values().stream().mapToLong(Long::longValue).sum());
        });
        return sums;
    }

    private static final class Window {
        final Map<String, Map<String, Long>> byKey = new HashMap<>();
        long untilNanos;
    }
}
