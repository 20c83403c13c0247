// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cdnrefresh.spi.EngineClock;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Texts by name, for a while and not too many. Thread-safe; O(1) on average. */
final class Recent {
    private record Entry(String value, long atNanos) {}

    private final int max;
    private final long keptNanos;
    private final EngineClock clock;

    @GuardedBy("this")
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    Recent(int max, Duration kept, EngineClock clock) {
        this.max = max;
        this.keptNanos = kept.toNanos();
        this.clock = clock;
    }

    synchronized @Nullable String get(String name) {
        forgetOld();
        Entry entry = entries.get(name);
        return entry == null ? null : entry.value;
    }

    /** Keeps a text under a name that is new; false, and nothing is kept, if there is no room. */
    synchronized boolean put(String name, String value) {
        forgetOld();
        if (entries.size() >= max) {
            return false;
        }
        entries.remove(name);
        entries.put(name, new Entry(value, clock.nanos()));
        return true;
    }

    @GuardedBy("this")
    private void forgetOld() {
        long now = clock.nanos();
        Iterator<Entry> oldest = entries.values().iterator();
        while (oldest.hasNext() && now - oldest.next().atNanos >= keptNanos) {
            oldest.remove();
        }
    }
}
