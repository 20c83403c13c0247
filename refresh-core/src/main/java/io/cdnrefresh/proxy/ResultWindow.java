// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Command;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was done and is being done, by task and step, for all engines: a command that is in here is never executed a
 * second time. Bounded by entries and bytes. Room is made by dropping what is acknowledged, oldest acknowledgement
 * first; what is not is never dropped while an engine that is connected waits for it. Answers for engines that are gone
 * are dropped when nobody has asked for them for ten minutes, or when the window holds nothing else.
 *
 * <p>Owned by the agent; not thread-safe. O(1).
 */
final class ResultWindow {
    private static final long ORPHAN_NANOS = 600_000_000_000L;

    private final int maxEntries;
    private final long maxBytes;
    private final AgentCounters counters;
    private final Map<Entry.Key, Entry> entries = new LinkedHashMap<>();
    private final ArrayDeque<Entry> droppable = new ArrayDeque<>();
    /** Finished, unacknowledged, and nobody connected waits: since when, in order of it. */
    private final Map<Entry, Long> orphans = new LinkedHashMap<>();

    private long bytes;
    /** Names in {@code entries} besides the entries' own. */
    private int aliases;

    ResultWindow(int maxEntries, long maxBytes, AgentCounters counters) {
        this.maxEntries = maxEntries;
        this.maxBytes = maxBytes;
        this.counters = counters;
    }

    @Nullable
    Entry find(long task, int step) {
        return entries.get(new Entry.Key(task, step));
    }

    /** A new entry; null if there is no room. */
    @Nullable
    Entry tryAdd(long task, int step, long size, long nowNanos) {
        while (!entries.isEmpty() && (entries.size() >= maxEntries || bytes + size > maxBytes)) {
            if (!dropOne(nowNanos)) {
                return null;
            }
        }
        Entry entry = new Entry(task, step, size);
        entries.put(new Entry.Key(task, step), entry);
        bytes += size;
        publish();
        return entry;
    }

    /** A repeat of one of these is answered by the entry, unless it has an answer of its own. */
    void alias(Entry entry, List<Command.Name> names) {
        if (names.isEmpty()) {
            return;
        }
        List<Entry.Key> keys = new ArrayList<>(names.size());
        for (Command.Name name : names) {
            Entry.Key key = new Entry.Key(name.id().value(), name.step());
            if (entries.putIfAbsent(key, entry) == null) {
                keys.add(key);
            }
        }
        entry.also = keys;
        aliases += keys.size();
        publish();
    }

    /** An entry's size has changed. */
    void resize(Entry entry, long size) {
        bytes += size - entry.bytes;
        entry.bytes = size;
        publish();
    }

    /** An entry's askers, acknowledgement or result have changed. */
    void changed(Entry entry, long nowNanos) {
        if (!entry.isOrphan() || entry.isAcknowledged) {
            orphans.remove(entry);
        } else {
            orphans.putIfAbsent(entry, nowNanos);
        }
        if (entry.mayBeDropped() && !entry.isListed) {
            entry.isListed = true;
            droppable.add(entry);
        }
    }

    private boolean dropOne(long nowNanos) {
        for (Entry entry = droppable.poll(); entry != null; entry = droppable.poll()) {
            entry.isListed = false;
            if (entry.mayBeDropped()) {
                drop(entry);
                return true;
            }
        }
        return dropOrphan(nowNanos);
    }

    private boolean dropOrphan(long nowNanos) {
        Iterator<Map.Entry<Entry, Long>> oldest = orphans.entrySet().iterator();
        if (!oldest.hasNext()) {
            return false;
        }
        Map.Entry<Entry, Long> orphan = oldest.next();
        if (orphans.size() < entries.size() - aliases && nowNanos - orphan.getValue() < ORPHAN_NANOS) {
            return false;
        }
        drop(orphan.getKey());
        counters.evictedUnacknowledged.incrementAndGet();
        return true;
    }

    private void drop(Entry entry) {
        entries.remove(new Entry.Key(entry.task, entry.step));
        entry.also.forEach(entries::remove);
        aliases -= entry.also.size();
        orphans.remove(entry);
        bytes -= entry.bytes;
        counters.evicted.incrementAndGet();
        publish();
    }

    private void publish() {
        counters.windowEntries.set(entries.size());
        counters.windowBytes.set(bytes);
    }

    int size() {
        return entries.size();
    }
}
