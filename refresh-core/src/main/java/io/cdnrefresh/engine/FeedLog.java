// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import java.util.Arrays;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a feed by sequence, without gaps. Guarded by its owner's lock. Closed entries leave at once as memory and,
 * once everything before them has left, as a place.
 */
final class FeedLog {
    private static final int SCAN_LIMIT = 65_536;

    /** Entries that one call of {@link #trim} looks at: there may be millions, and it is called ten times a second. */
    private static final int TRIM_LIMIT = 32_768;

    /** Places that it passes; most may be empty behind one that is open for long. */
    private static final int TRIM_PLACES = 64 * TRIM_LIMIT;

    private @Nullable FeedEntry[] entries = new FeedEntry[1024];
    private long head = 1;
    private long next = 1;
    /** Where {@link #trim} goes on. */
    private long trimAt = 1;

    private int held;

    /** The sequence that the next entry gets. */
    long next() {
        return next;
    }

    /** The lowest sequence that may still be wanted. */
    long head() {
        return head;
    }

    long append(FeedEntry entry, FlowControl flow) {
        if (next - head == entries.length) {
            moveHead();
            if (next - head == entries.length) {
                grow();
            }
        }
        entries[index(next)] = entry;
        held++;
        entry.sequenced(next, flow);
        return next++;
    }

    /** The entry, or null if nobody wants it any more. */
    @Nullable
    FeedEntry get(long sequence) {
        if (sequence < head || sequence >= next) {
            return null;
        }
        FeedEntry entry = entries[index(sequence)];
        return entry == null || entry.isClosed() ? null : entry;
    }

    /**
     * The first refresh from a place on that somebody waits for; the next place of all when there is none. Looks at a
     * bounded number of entries and gives the place where it stopped.
     */
    long first(long from, Predicate<FeedEntry> wanted) {
        long at = Math.max(from, head);
        for (long end = at + Math.min(SCAN_LIMIT, next - at); at < end; at++) {
            FeedEntry entry = get(at);
            if (entry != null && entry.command().task().kind().isRefresh() && wanted.test(entry)) {
                return at;
            }
        }
        return Math.min(at, next);
    }

    /** Lets go of what is closed, a bounded part in each call; returns how many entries are held after it. */
    int trim() {
        int looked = 0;
        for (long left = Math.min(next - head, TRIM_PLACES); left > 0 && looked < TRIM_LIMIT; left--) {
            if (trimAt < head || trimAt >= next) {
                trimAt = head;
            }
            looked += entries[index(trimAt)] == null ? 0 : 1;
            release(trimAt++);
        }
        moveHead();
        return held;
    }

    private void moveHead() {
        while (head < next && release(head)) {
            head++;
        }
    }

    /** Whether the place is empty, or was closed and is empty now. */
    private boolean release(long sequence) {
        FeedEntry entry = entries[index(sequence)];
        if (entry == null) {
            return true;
        }
        if (!entry.isClosed()) {
            return false;
        }
        entries[index(sequence)] = null;
        held--;
        return true;
    }

    private void grow() {
        @Nullable FeedEntry[] old = entries;
        entries = Arrays.copyOf(old, old.length * 2);
        Arrays.fill(entries, null);
        for (long at = head; at < next; at++) {
            entries[index(at)] = old[(int) at & old.length - 1];
        }
    }

    private int index(long sequence) {
        return (int) sequence & entries.length - 1;
    }
}
