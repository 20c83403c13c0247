// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskRow;
import java.time.Instant;
import java.util.Comparator;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** The rows of a {@link MemoryStore} and their order in time. Written under the store's lock; {@code tasks} is read without. */
final class MemoryRows {
    /** A row and the epoch in which it was last given away; 0 = it waits for its first claim, or was moved here. */
    record Entry(TaskRow row, long claimEpoch) {
        boolean isWaiting() {
            return isScheduled() || claimEpoch == 0;
        }

        boolean isScheduled() {
            return row.status().state() == TaskState.SCHEDULED;
        }
    }

    /** A place in one of the time-ordered sets. */
    record Moment(Instant at, long id) implements Comparable<Moment> {
        private static final Comparator<Moment> ORDER =
                Comparator.comparing(Moment::at).thenComparingLong(Moment::id);

        @Override
        public int compareTo(Moment other) {
            return ORDER.compare(this, other);
        }
    }

    /** By id. */
    final ConcurrentNavigableMap<Long, Entry> tasks = new ConcurrentSkipListMap<>();

    final TreeSet<Moment> waiting = new TreeSet<>();
    final TreeSet<Moment> settled = new TreeSet<>();

    /** What {@code tasks} holds: its own size() walks through it. */
    private int count;

    int count() {
        return count;
    }

    void put(Entry entry) {
        long id = entry.row.id().value();
        Entry old = tasks.put(id, entry);
        if (old == null) {
            count++;
        } else {
            forgetMoments(old);
        }
        if (entry.isWaiting()) {
            waiting.add(new Moment(entry.row.dueAt(), id));
        }
        if (entry.row.status().isSettled()) {
            settled.add(settledMoment(entry.row));
        }
    }

    void remove(long id) {
        Entry old = tasks.remove(id);
        if (old != null) {
            count--;
            forgetMoments(old);
        }
    }

    private void forgetMoments(Entry old) {
        if (old.isWaiting()) {
            waiting.remove(new Moment(old.row.dueAt(), old.row.id().value()));
        }
        if (old.row.status().isSettled()) {
            settled.remove(settledMoment(old.row));
        }
    }

    private static Moment settledMoment(TaskRow row) {
        @Nullable Instant finalAt = row.status().finalAt();
        return new Moment(finalAt == null ? row.acceptedAt() : finalAt, row.id().value());
    }
}
