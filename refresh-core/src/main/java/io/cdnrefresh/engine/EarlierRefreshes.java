// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.state.TaskCoverage;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The refreshes that come into the feed later than their place: the later steps of tiered ones, and what a device owed
 * while it was away. A preload that was submitted after such a refresh is held back from a device until the device has
 * reported on the refresh. All other refreshes need no place here: the feed's sequence keeps them before the preload.
 *
 * <p>What is parked for a device is not known by content: until it has been read back, the device gets no preload at all.
 * Thread-safe; each refresh is written by one lane. O(1) in the number of refreshes of URLs.
 */
final class EarlierRefreshes {
    private static final String WIDE = "*";

    private final Map<Long, Entry> byTask = new ConcurrentHashMap<>();
    /** By URL without scheme and query; other kinds by host; those of several hosts in one place. */
    private final Map<String, Set<Entry>> byKey = new ConcurrentHashMap<>();
    /** Devices with parked work, and whether a preload was held back from them. */
    private final Map<Integer, Boolean> parked = new ConcurrentHashMap<>();

    private final Freed freed;

    EarlierRefreshes(Freed freed) {
        this.freed = freed;
    }

    /** Told when preloads that were held back from devices may have to wait no more. Any thread. */
    @FunctionalInterface
    interface Freed {
        void freed(Collection<FeedEntry> preloads, DeviceSet devices);
    }

    private static final class Entry {
        final long id;
        final RefreshTask task;
        volatile DeviceSet open;
        /** Preloads that were held back by this from some device. */
        final Set<FeedEntry> waiting = ConcurrentHashMap.newKeySet(0);

        Entry(long id, RefreshTask task, DeviceSet open) {
            this.id = id;
            this.task = task;
            this.open = open;
        }
    }

    boolean isEmpty() {
        return byTask.isEmpty() && parked.isEmpty();
    }

    /** The refresh will reach these devices later than its place. */
    void add(long id, RefreshTask task, DeviceSet devices) {
        Entry known = forget(id);
        Entry entry = new Entry(id, task, devices);
        if (known != null) {
            entry.waiting.addAll(known.waiting);
        }
        byTask.put(id, entry);
        keys(
                task,
                key -> byKey.compute(key, (same, entries) -> {
                    Set<Entry> all = entries == null ? ConcurrentHashMap.newKeySet() : entries;
                    all.add(entry);
                    return all;
                }));
    }

    /** The device has had it. */
    void reported(long id, int device) {
        Entry entry = byTask.isEmpty() ? null : byTask.get(id);
        if (entry == null || !entry.open.contains(device)) {
            return;
        }
        entry.open = entry.open.filter(other -> other != device);
        if (entry.open.isEmpty()) {
            forget(id);
        }
        free(entry, DeviceSet.of(device));
    }

    /** The refresh is over, or has left memory. */
    void remove(long id) {
        Entry entry = forget(id);
        if (entry != null) {
            DeviceSet open = entry.open;
            entry.open = DeviceSet.EMPTY;
            free(entry, open);
        }
    }

    private void free(Entry entry, DeviceSet devices) {
        if (!entry.waiting.isEmpty()) {
            freed.freed(entry.waiting, devices);
        }
    }

    private @Nullable Entry forget(long id) {
        Entry entry = byTask.remove(id);
        if (entry != null) {
            keys(
                    entry.task,
                    key -> byKey.computeIfPresent(key, (same, entries) -> {
                        entries.remove(entry);
                        return entries.isEmpty() ? null : entries;
                    }));
        }
        return entry;
    }

    /** Something is parked for the device. */
    void parked(int device) {
        parked.putIfAbsent(device, false);
    }

    /** Nothing is parked any more; whether a preload was waiting for that. */
    boolean drained(int device) {
        return Boolean.TRUE.equals(parked.remove(device));
    }

    /** Whether a preload may not go to the device yet; it is noted where it waits. */
    boolean mustWait(FeedEntry preload, int device) {
        Command command = preload.command();
        if (command.task().kind() != TaskKind.PRELOAD || isEmpty()) {
            return false;
        }
        if (parked.computeIfPresent(device, (same, held) -> true) != null) {
            return true;
        }
        for (Target object : command.task().targets()) {
            if (isCovered(preload, object, device, urlKey(object))
                    || isCovered(preload, object, device, object.host())
                    || isCovered(preload, object, device, WIDE)) {
                return true;
            }
        }
        return false;
    }

    private boolean isCovered(FeedEntry preload, Target object, int device, String key) {
        for (Entry entry : byKey.getOrDefault(key, Set.of())) {
            boolean isEarlier = entry.id < preload.command().id().value();
            if (isEarlier && entry.open.contains(device) && covers(entry.task, object)) {
                entry.waiting.add(preload);
                if (entry.open.contains(device)) {
                    return true;
                }
                // it was reported between the two looks; another one may still be open
            }
        }
        return false;
    }

    /** Never says no of what is covered: a regex and a tag speak of their whole host. */
    private static boolean covers(RefreshTask refresh, Target object) {
        if (refresh.kind() == TaskKind.URL || refresh.kind() == TaskKind.ALL) {
            return true; // found by its key
        }
        for (Target target : refresh.targets()) {
            boolean covers = switch (refresh.kind()) {
                case HOST -> Target.hostMatches(target.host(), object.host());
                case PREFIX ->
                    target.host().equals(object.host()) && urlKey(object).startsWith(urlKey(target));
                default -> target.host().equals(object.host());
            };
            if (covers) {
                return true;
            }
        }
        return false;
    }

    private static String urlKey(Target url) {
        return TaskCoverage.key(new Target("http", url.host(), url.path()), QueryRule.IGNORE);
    }

    private static void keys(RefreshTask task, java.util.function.Consumer<String> each) {
        if (task.kind() == TaskKind.ALL) {
            each.accept(WIDE);
        }
        for (Target target : task.targets()) {
            if (task.kind() == TaskKind.URL) {
                each.accept(urlKey(target));
            } else {
                each.accept(target.host().startsWith("*") ? WIDE : target.host());
            }
        }
    }
}
