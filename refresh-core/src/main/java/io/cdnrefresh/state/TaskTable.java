// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The tasks in memory, in 64 regions by {@link Regions#of}. A region is read and written by the lane that owns it and by
 * nobody else; only {@link #size} is for any thread.
 *
 * @param <T> what is kept of a task
 */
public final class TaskTable<T> {
    private final Long2ObjectHashMap<T>[] regions;
    private final AtomicLong size = new AtomicLong();

    /** Creates an empty table. */
    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    public TaskTable() {
        regions = new Long2ObjectHashMap[Regions.COUNT];
        for (int i = 0; i < regions.length; i++) {
            regions[i] = new Long2ObjectHashMap<>();
        }
    }

    /** The task, or null. */
    public @Nullable T get(long id) {
        return regions[Regions.of(id)].get(id);
    }

    /** Enters a task that is not there. */
    public void put(long id, T task) {
        if (regions[Regions.of(id)].put(id, task) == null) {
            size.incrementAndGet();
        }
    }

    /** Removes a task. */
    public void remove(long id) {
        if (regions[Regions.of(id)].remove(id) != null) {
            size.decrementAndGet();
        }
    }

    /** Number of tasks. O(1), any thread. */
    public long size() {
        return size.get();
    }

    /** Visits the tasks of one lane. */
    public void forEach(int lane, int lanes, Consumer<T> visitor) {
        for (int region = 0; region < Regions.COUNT; region++) {
            if (Regions.share(region, lanes) == lane) {
                regions[region].values().forEach(visitor);
            }
        }
    }
}
