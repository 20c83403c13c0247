// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a feed by sequence, without gaps. Guarded by its owner's lock. Closed entries leave at once as memory and,
 * once everything before them has left, as a place.
 */
final class FeedLog {
    private @Nullable FeedEntry[] entries = new FeedEntry[1024];
    private long head = 1;
    private long next = 1;

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
            trim();
            if (next - head == entries.length) {
                grow();
            }
        }
        entries[index(next)] = entry;
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

    /** Lets go of what is closed; returns how many entries are left. */
    int trim() {
        int open = 0;
        for (long at = head; at < next; at++) {
            FeedEntry entry = entries[index(at)];
            if (entry != null && entry.isClosed()) {
                entries[index(at)] = null;
            } else if (entry != null) {
                open++;
            }
        }
        while (head < next && entries[index(head)] == null) {
            head++;
        }
        return open;
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
