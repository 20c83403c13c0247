// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

import org.jspecify.annotations.Nullable;

/** A piece of a bucket: entries in an array, linked to the next piece. Owned by its shard's lock. */
final class Chunk {
    private static final int FIRST_CAPACITY = 8;
    private static final int MAX_CAPACITY = 256;

    final long[] entries;
    int size;

    @Nullable
    Chunk next;

    private Chunk(int capacity) {
        entries = new long[capacity];
    }

    static Chunk first() {
        return new Chunk(FIRST_CAPACITY);
    }

    /** A bigger one, so that small buckets stay small and big ones are few pieces. */
    static Chunk after(Chunk last) {
        return new Chunk(Math.min(MAX_CAPACITY, last.entries.length * 2));
    }

    boolean isFull() {
        return size == entries.length;
    }

    /** Whether it may take further entries for a while: a quarter of it is free. */
    boolean isRoomy() {
        return size <= entries.length - entries.length / 4;
    }

    void add(long entry) {
        entries[size++] = entry;
    }
}
