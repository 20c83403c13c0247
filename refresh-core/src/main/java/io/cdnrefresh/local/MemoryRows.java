// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The rows of a {@link MemoryStore} and their order in time. Belongs to the store's lock. */
final class MemoryRows {
    /** A row that is not settled, and the epoch in which it was last given away; 0 = it waits for its first claim, or was moved here. */
    record Entry(TaskRow row, long claimEpoch) {
        boolean isScheduled() {
            return row.status().state() == TaskState.SCHEDULED;
        }

        private boolean isWaiting() {
            return isScheduled() || claimEpoch == 0;
        }
    }

    /** A place in the order of those that wait. */
    record Moment(long second, int nano, long id) implements Comparable<Moment> {
        static Moment of(Instant at, long id) {
            return new Moment(at.getEpochSecond(), at.getNano(), id);
        }

        @Override
        public int compareTo(Moment other) {
            int bySecond = Long.compare(second, other.second);
            int byNano = bySecond != 0 ? bySecond : Integer.compare(nano, other.nano);
            return byNano != 0 ? byNano : Long.compare(id, other.id);
        }
    }

    /** Those that are not settled, by id. */
    private final TreeMap<Long, Entry> open = new TreeMap<>();

    private final TreeSet<Moment> waiting = new TreeSet<>();
    private final SettledRows settled = new SettledRows();

    int count() {
        return open.size() + settled.size();
    }

    int openCount() {
        return open.size();
    }

    /** One that is not settled. */
    @Nullable
    Entry open(long id) {
        return open.get(id);
    }

    /** Those that are not settled, from an id on, without it, oldest first. */
    Collection<Entry> openAfter(long id) {
        return Collections.unmodifiableCollection(open.tailMap(id, false).values());
    }

    /** Those that wait for their time and are due, by it. */
    Collection<Moment> due(Instant now) {
        return waiting.headSet(Moment.of(now, Long.MAX_VALUE), true);
    }

    /** Any row; it is decoded by who asks, who needs no lock for that. */
    @Nullable
    Supplier<TaskRow> find(long id) {
        Entry entry = open.get(id);
        if (entry != null) {
            return entry::row;
        }
        SettledRows.Found found = settled.find(id);
        return found == null ? null : found::row;
    }

    /** The newest rows with an id below one, newest first; at most {@code limit}. */
    List<Supplier<TaskRow>> newest(long before, int limit) {
        List<Long> ids = new ArrayList<>(settled.newest(before, limit));
        for (Long id : open.headMap(before, false).descendingKeySet()) {
            if (ids.size() >= 2 * limit) {
                break;
            }
            ids.add(id);
        }
        ids.sort(Collections.reverseOrder());
        List<Supplier<TaskRow>> rows = new ArrayList<>(Math.min(limit, ids.size()));
        for (Long id : ids.subList(0, Math.min(limit, ids.size()))) {
            rows.add(find(id));
        }
        return rows;
    }

    void put(TaskRow row, long claimEpoch) {
        long id = row.id().value();
        Entry old = open.remove(id);
        if (old != null && old.isWaiting()) {
            waiting.remove(Moment.of(old.row.dueAt(), id));
        }
        if (old == null) {
            settled.remove(id);
        }
        if (row.status().isSettled()) {
            settled.add(row);
            return;
        }
        Entry entry = new Entry(row, claimEpoch);
        open.put(id, entry);
        if (entry.isWaiting()) {
            waiting.add(Moment.of(row.dueAt(), id));
        }
    }

    /** Removes the one that was settled first; false if none is. */
    boolean removeOldest() {
        return settled.removeOldest();
    }

    /** Removes settled ones that became final before, at most {@code limit}; returns how many. */
    int removeFinalBefore(Instant time, int limit) {
        return settled.removeFinalBefore(time, limit);
    }
}
