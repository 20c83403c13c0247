// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.codec.RowCodec;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.spi.TaskRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Settled rows, in the order in which they came: thousands of them in a page of a few arrays, whose bytes are written once. They are kept
 * for long and mostly never read again; as objects of their own they were what the collector copied most. Belongs to the lock
 * of its store; what it finds can be read without.
 */
final class SettledRows {
    private static final int PAGE_ROWS = 16_384;
    private static final int FIRST_BYTES = 4_096;
    /** With its header an array of so many fits into a region of 4 MiB of G1, which does not copy it. */
    private static final int MOST_BYTES = (4 << 20) - 64;

    private static final long NOWHERE = -1;

    /** By number; numbers of pages that have emptied are missing. */
    private final Long2ObjectHashMap<Page> pages = new Long2ObjectHashMap<>();

    /** Where a row is: the number of its page times {@link #PAGE_ROWS}, and its place there. */
    private final Long2LongHashMap places = new Long2LongHashMap(NOWHERE);

    private long firstPage;
    private long lastPage = -1;

    /** Rows one after another; the bytes of a row never change. */
    private static final class Page {
        private byte[] bytes;
        private long[] ids = new long[16];
        private long[] finals = new long[16];
        private int[] ends = new int[16];
        private int[] sets = new int[16];
        private int rows;
        private int left;
        /** No row before this place is left. */
        private int first;

        private long newestId = Long.MIN_VALUE;
        private long oldestFinal = Long.MAX_VALUE;
        private final List<DeviceSet> devices = new ArrayList<>(2);

        /** Rows that have no bytes: a text in them is none, such as an embedder's label of half a surrogate pair. */
        private final Map<Integer, TaskRow> plain = new HashMap<>(0);

        Page(int bytes) {
            this.bytes = new byte[bytes];
        }

        int end() {
            return rows == 0 ? 0 : ends[rows - 1];
        }

        boolean hasRoom(int more) {
            return rows < PAGE_ROWS && end() + more <= Math.max(bytes.length, MOST_BYTES);
        }

        void add(TaskRow row, byte @Nullable [] packed) {
            if (rows == ids.length) {
                ids = Arrays.copyOf(ids, rows * 2);
                finals = Arrays.copyOf(finals, rows * 2);
                ends = Arrays.copyOf(ends, rows * 2);
                sets = Arrays.copyOf(sets, rows * 2);
            }
            int start = end();
            int size = packed == null ? 0 : packed.length;
            if (start + size > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(start + size, Math.min(MOST_BYTES, bytes.length * 2)));
            }
            if (packed == null) {
                plain.put(rows, row);
            } else {
                System.arraycopy(packed, 0, bytes, start, size);
            }
            ids[rows] = row.id().value();
            finals[rows] = nanos(finalAt(row));
            ends[rows] = start + size;
            sets[rows] = number(row.devices());
            newestId = Math.max(newestId, ids[rows]);
            oldestFinal = Math.min(oldestFinal, finals[rows]);
            rows++;
            left++;
        }

        private int number(DeviceSet set) {
            int last = devices.size() - 1;
            if (last >= 0 && devices.get(last).equals(set)) {
                return last;
            }
            int known = devices.indexOf(set);
            if (known < 0) {
                devices.add(set);
            }
            return known < 0 ? last + 1 : known;
        }

        /** Of the row that came first; there is one. */
        long firstId() {
            while (ids[first] == 0) {
                first++;
            }
            return ids[first];
        }

        Found found(int place) {
            int start = place == 0 ? 0 : ends[place - 1];
            return new Found(bytes, start, ends[place], devices.get(sets[place]), plain.get(place));
        }
    }

    /** A row where it lies; decoded without the lock. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Found(
            byte[] bytes,
            int start,
            int end,
            DeviceSet devices,
            @Nullable TaskRow plain) {
        TaskRow row() {
            return plain != null ? plain : RowCodec.decode(Arrays.copyOfRange(bytes, start, end), devices);
        }
    }

    int size() {
        return places.size();
    }

    /** Keeps a row that is not there yet. */
    void add(TaskRow row) {
        byte[] packed = pack(row);
        int size = packed == null ? 0 : packed.length;
        Page page = pages.get(lastPage);
        if (page == null || !page.hasRoom(size)) {
            int room = page == null ? FIRST_BYTES : Math.min(MOST_BYTES, page.bytes.length);
            page = new Page(Math.max(room, size));
            pages.put(++lastPage, page);
        }
        places.put(row.id().value(), lastPage * PAGE_ROWS + page.rows);
        page.add(row, packed);
    }

    private static byte @Nullable [] pack(TaskRow row) {
        try {
            return RowCodec.encode(row);
        } catch (IllegalArgumentException illFormed) {
            return null;
        }
    }

    @Nullable
    Found find(long id) {
        long place = places.get(id);
        return place == NOWHERE
                ? null
                : requireNonNull(pages.get(place / PAGE_ROWS), "page").found((int) (place % PAGE_ROWS));
    }

    void remove(long id) {
        long place = places.remove(id);
        if (place == NOWHERE) {
            return;
        }
        Page page = requireNonNull(pages.get(place / PAGE_ROWS), "page");
        int at = (int) (place % PAGE_ROWS);
        page.ids[at] = 0;
        page.plain.remove(at);
        if (--page.left == 0) {
            pages.remove(place / PAGE_ROWS);
        }
    }

    /** Removes the one that came first; false if there is none. */
    boolean removeOldest() {
        for (; firstPage <= lastPage; firstPage++) {
            Page page = pages.get(firstPage);
            if (page != null) {
                remove(page.firstId());
                return true;
            }
        }
        return false;
    }

    /** Removes those that became final before; at most {@code limit}. Returns how many. */
    int removeFinalBefore(Instant time, int limit) {
        long before = nanos(time);
        int count = 0;
        for (long number = firstPage; number <= lastPage && count < limit; number++) {
            Page page = pages.get(number);
            if (page == null || page.oldestFinal >= before) {
                continue;
            }
            for (int i = 0; i < page.rows && count < limit; i++) {
                if (page.ids[i] != 0 && page.finals[i] < before) {
                    remove(page.ids[i]);
                    count++;
                }
            }
        }
        return count;
    }

    /** The newest ids below one, newest first; at most {@code limit}. */
    List<Long> newest(long before, int limit) {
        PriorityQueue<Long> newest = new PriorityQueue<>();
        for (long number = lastPage; number >= firstPage; number--) {
            Page page = pages.get(number);
            if (page == null || newest.size() == limit && page.newestId < newest.element()) {
                continue;
            }
            for (int i = page.rows - 1; i >= 0; i--) {
                long id = page.ids[i];
                if (id != 0 && id < before && (newest.size() < limit || id > newest.element())) {
                    newest.add(id);
                    if (newest.size() > limit) {
                        newest.remove();
                    }
                }
            }
        }
        List<Long> ids = new ArrayList<>(newest);
        ids.sort((a, b) -> Long.compare(b, a));
        return ids;
    }

    private static Instant finalAt(TaskRow row) {
        Instant finalAt = row.status().finalAt();
        return finalAt == null ? row.acceptedAt() : finalAt;
    }

    /** Since 1970, or the most or least that a long holds: the years 1677 to 2262. */
    private static long nanos(Instant time) {
        long seconds = Math.max(-9_000_000_000L, Math.min(9_000_000_000L, time.getEpochSecond()));
        return seconds * 1_000_000_000 + time.getNano();
    }
}
