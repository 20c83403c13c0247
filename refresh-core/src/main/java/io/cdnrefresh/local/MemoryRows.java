// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.codec.RowCodec;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskRow;
import java.time.Instant;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** The rows of a {@link MemoryStore} and their order in time. Written under the store's lock; {@code tasks} is read without. */
final class MemoryRows {
    /**
     * A row and the epoch in which it was last given away; 0 = it waits for its first claim, or was moved here. What has
     * settled is kept for long and mostly never read again: as one array it costs a quarter of the memory, and the
     * collector copies it at once instead of object by object.
     */
    static final class Entry {
        private final Object row;
        private final @Nullable DeviceSet devices;
        private final long claimEpoch;
        /** Since when it may go; null = it is not settled. */
        private final @Nullable Moment settled;

        Entry(TaskRow row, long claimEpoch) {
            settled = row.status().isSettled() ? settledMoment(row) : null;
            byte[] packed = settled != null ? pack(row) : null;
            this.row = packed == null ? row : packed;
            devices = packed == null ? null : row.devices();
            this.claimEpoch = claimEpoch;
        }

        /** Null if a text of the task is none, such as an embedder's label of half a surrogate pair. */
        private static byte @Nullable [] pack(TaskRow row) {
            try {
                return RowCodec.encode(row);
            } catch (IllegalArgumentException illFormed) {
                return null;
            }
        }

        TaskRow row() {
            return row instanceof byte[] packed ? RowCodec.decode(packed, requireNonNull(devices)) : (TaskRow) row;
        }

        long claimEpoch() {
            return claimEpoch;
        }

        boolean isSettled() {
            return settled != null;
        }

        boolean isScheduled() {
            return row instanceof TaskRow plain && plain.status().state() == TaskState.SCHEDULED;
        }

        private boolean isWaiting() {
            return isScheduled() || claimEpoch == 0;
        }
    }

    /** A place in one of the time-ordered sets. */
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

    /** By id. */
    final ConcurrentNavigableMap<Long, Entry> tasks = new ConcurrentSkipListMap<>();

    final TreeSet<Moment> waiting = new TreeSet<>();

    /** A heap: nothing but the oldest is asked for. What was settled again meanwhile is still in it, too. */
    private final PriorityQueue<Moment> settled = new PriorityQueue<>();

    private int settledCount;

    /** What {@code tasks} holds: its own size() walks through it. */
    private int count;

    int count() {
        return count;
    }

    int settledCount() {
        return settledCount;
    }

    void put(TaskRow row, long claimEpoch) {
        long id = row.id().value();
        Entry entry = new Entry(row, claimEpoch);
        Entry old = tasks.put(id, entry);
        if (old == null) {
            count++;
        } else {
            forget(old, id);
        }
        if (entry.isWaiting()) {
            waiting.add(Moment.of(row.dueAt(), id));
        }
        if (entry.settled != null) {
            settled.add(entry.settled);
            settledCount++;
        }
    }

    /** When the one that was settled first was; null = none is. */
    @Nullable
    Moment oldestSettled() {
        for (Moment oldest = settled.peek(); oldest != null; oldest = settled.peek()) {
            Entry entry = tasks.get(oldest.id());
            if (entry != null && oldest.equals(entry.settled)) {
                return oldest;
            }
            settled.remove();
        }
        return null;
    }

    /** Removes the one that was settled first; false if none is. */
    boolean removeOldest() {
        Moment oldest = oldestSettled();
        if (oldest == null) {
            return false;
        }
        settled.remove();
        settledCount--;
        count--;
        tasks.remove(oldest.id());
        return true;
    }

    private void forget(Entry old, long id) {
        if (old.settled != null) {
            settledCount--;
        }
        if (old.isWaiting()) {
            waiting.remove(Moment.of(old.row().dueAt(), id));
        }
    }

    private static Moment settledMoment(TaskRow row) {
        Instant finalAt = row.status().finalAt();
        return Moment.of(finalAt == null ? row.acceptedAt() : finalAt, row.id().value());
    }
}
