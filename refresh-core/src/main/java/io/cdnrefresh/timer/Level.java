// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One level of the wheel: slots of equal width, each a bucket of entries, and a bitmap of the slots that have one. Owned
 * by its shard's lock.
 *
 * <p>A level keeps twice as many slots as one slot of the next level is wide, so that a slot of the next level can be
 * spread over this one while the ticks before it are still running.
 */
final class Level {
    private final int shift;
    private final int mask;
    private final @Nullable Chunk[] tails; // of circular lists: tail.next is the oldest chunk
    private final long[] occupied;

    /**
     * @param shift a slot is {@code 1 << shift} ticks wide
     * @param slots a power of two, at least 64
     */
    Level(int shift, int slots) {
        this.shift = shift;
        this.mask = slots - 1;
        this.tails = new Chunk[slots];
        this.occupied = new long[slots >> 6];
    }

    /** The number of the slot, counted from the start of the wheel, that a tick lies in. */
    long window(long tick) {
        return tick >> shift;
    }

    /** The first tick of a window. */
    long firstTick(long window) {
        return window << shift;
    }

    int slots() {
        return mask + 1;
    }

    void add(long window, long entry, CellSlab cells) {
        int slot = (int) window & mask;
        Chunk tail = tails[slot];
        if (tail == null) {
            tail = Chunk.first();
            tail.next = tail;
            tails[slot] = tail;
            occupied[slot >> 6] |= 1L << slot;
        } else if (tail.isFull()) {
            tail = roomAfter(tail, cells);
            tails[slot] = tail;
        }
        tail.add(entry);
    }

    /**
     * The chunk to fill next. The oldest one is cleared of cancelled timers first and used again when that gave room:
     * a bucket whose timers are all cancelled does not grow, and clearing costs one look an added entry.
     */
    private static Chunk roomAfter(Chunk tail, CellSlab cells) {
        Chunk oldest = next(tail);
        cells.dropDead(oldest);
        if (oldest.isRoomy()) {
            return oldest;
        }
        Chunk fresh = Chunk.after(tail);
        fresh.next = oldest.next;
        oldest.next = fresh;
        return fresh;
    }

    /** Takes the bucket of a window out, as a list that ends with {@code rest}. */
    @Nullable
    Chunk take(long window, @Nullable Chunk rest) {
        int slot = (int) window & mask;
        Chunk tail = tails[slot];
        if (tail == null) {
            return rest;
        }
        tails[slot] = null;
        occupied[slot >> 6] &= ~(1L << slot);
        Chunk head = next(tail);
        tail.next = rest;
        return head;
    }

    /** The first window at or after {@code from} that has a bucket, within one turn; -1 = none. */
    long nextWindow(long from) {
        int start = (int) from & mask;
        int words = occupied.length;
        int word = start >> 6;
        long bits = occupied[word] & (-1L << start);
        for (int i = 0; i <= words; i++) {
            if (bits != 0) {
                int slot = (word << 6) + Long.numberOfTrailingZeros(bits);
                return from + ((slot - start) & mask);
            }
            word = word + 1 == words ? 0 : word + 1;
            bits = occupied[word];
        }
        return -1;
    }

    private static Chunk next(Chunk chunk) {
        return Objects.requireNonNull(chunk.next, "chunks of a bucket form a ring");
    }
}
