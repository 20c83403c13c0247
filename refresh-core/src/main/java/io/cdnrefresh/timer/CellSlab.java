// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The timers of one shard, as cells in arrays that never move: no object a timer, and whoever cancels needs no lock.
 *
 * <pre>
 * word 0 (int)   generation: odd = armed, even = free; +1 at each change
 * word 1 (int)   armed: kind; free: index + 1 of the next free cell, 0 = end
 * long 0         payload
 * long 1         deadline in nanoseconds
 * </pre>
 *
 * <p>An <i>entry</i> names a timer inside its shard: {@code generation << 32 | index}. Everything is owned by the shard's
 * lock but {@link #cancel}, which any thread may call at any time.
 */
final class CellSlab {
    /* Implementation notes.
     * 1. arm writes the cell, then its generation with release; cancel and fire change the generation by CAS, so exactly
     *    one of them wins, and the winner of fire sees what arm wrote.
     * 2. Cells freed by cancel go to a stack that is pushed by CAS and taken whole by the lock's owner: a push compares
     *    only the head it links to, so a head that went away and came back does no harm.
     * 3. A generation comes back after 2^31 uses of a cell. A bucket's entry is checked against the deadline too, so a
     *    coincidence there is harmless; a handle kept that long may cancel a stranger.
     */
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle HOT = MethodHandles.arrayElementVarHandle(long[].class);

    static final int INDEX_BITS = 26;
    private static final int SEGMENT_BITS = 12;
    private static final int SEGMENT_CELLS = 1 << SEGMENT_BITS;
    private static final int SEGMENT_MASK = SEGMENT_CELLS - 1;
    private static final int MAX_SEGMENTS = 1 << (INDEX_BITS - SEGMENT_BITS);
    private static final int STACK = 16; // the one used word of `hot`, alone in its cache lines

    private final long[] hot = new long[32]; // [STACK] = count << 32 | index + 1 of the top, 0 = empty
    private volatile Segment[] segments = {};
    private int firstFree; // index + 1, 0 = none
    private int free;

    /** Arms a cell; 0 if the slab is full, else its entry. */
    long arm(long deadlineNanos, int kind, long payload) {
        if (firstFree == 0 && !refill()) {
            return 0;
        }
        int index = firstFree - 1;
        Segment segment = segments[index >> SEGMENT_BITS];
        int cell = (index & SEGMENT_MASK) << 1;
        int[] words = segment.words;
        firstFree = words[cell + 1];
        free--;
        words[cell + 1] = kind;
        segment.longs[cell] = payload;
        segment.longs[cell + 1] = deadlineNanos;
        int generation = words[cell] + 1;
        WORD.setRelease(words, cell, generation); // note 1
        return (long) generation << 32 | index;
    }

    /** Disarms; any thread. */
    boolean cancel(int generation, int index) {
        Segment[] all = segments;
        int number = index >> SEGMENT_BITS;
        if (number >= all.length || (generation & 1) == 0) {
            return false;
        }
        int[] words = all[number].words;
        int cell = (index & SEGMENT_MASK) << 1;
        if ((int) WORD.getOpaque(words, cell) != generation
                || !WORD.compareAndSet(words, cell, generation, generation + 1)) {
            return false;
        }
        long top;
        do { // note 2
            top = (long) HOT.getVolatile(hot, STACK);
            words[cell + 1] = (int) top;
        } while (!HOT.compareAndSet(hot, STACK, top, (top & ~0xffff_ffffL) + (1L << 32) + index + 1));
        return true;
    }

    /** Ends an armed timer and frees its cell; false if it was cancelled meanwhile. Its words stay readable until the
     * next {@link #arm}. */
    boolean fire(long entry) {
        int index = (int) entry;
        int generation = (int) (entry >>> 32);
        int[] words = segments[index >> SEGMENT_BITS].words;
        int cell = (index & SEGMENT_MASK) << 1;
        if (!WORD.compareAndSet(words, cell, generation, generation + 1)) {
            return false;
        }
        words[cell + 1] = firstFree;
        firstFree = index + 1;
        free++;
        return true;
    }

    boolean isArmed(long entry) {
        int index = (int) entry;
        return (int) WORD.getOpaque(segments[index >> SEGMENT_BITS].words, (index & SEGMENT_MASK) << 1)
                == (int) (entry >>> 32);
    }

    int kind(long entry) {
        int index = (int) entry;
        return segments[index >> SEGMENT_BITS].words[((index & SEGMENT_MASK) << 1) + 1];
    }

    long payload(long entry) {
        int index = (int) entry;
        return segments[index >> SEGMENT_BITS].longs[(index & SEGMENT_MASK) << 1];
    }

    long deadlineNanos(long entry) {
        int index = (int) entry;
        return segments[index >> SEGMENT_BITS].longs[((index & SEGMENT_MASK) << 1) + 1];
    }

    /** Removes the entries of timers that are armed no longer. */
    void dropDead(Chunk chunk) {
        int alive = 0;
        for (int i = 0; i < chunk.size; i++) {
            long entry = chunk.entries[i];
            if (isArmed(entry)) {
                chunk.entries[alive++] = entry;
            }
        }
        chunk.size = alive;
    }

    /** How many are armed. */
    long size() {
        return (long) segments.length * SEGMENT_CELLS - free - ((long) HOT.getVolatile(hot, STACK) >>> 32);
    }

    /** The entries of all armed timers, each for {@link #fire} to win or lose. */
    long[] armed() {
        long[] found = new long[(int) Math.max(0, size())];
        int count = 0;
        Segment[] all = segments;
        for (int index = 0; index < all.length << SEGMENT_BITS; index++) {
            int generation = (int) WORD.getAcquire(all[index >> SEGMENT_BITS].words, (index & SEGMENT_MASK) << 1);
            if ((generation & 1) != 0 && count < found.length) {
                found[count++] = (long) generation << 32 | index;
            }
        }
        return Arrays.copyOf(found, count);
    }

    /** Finds free cells: those that were cancelled, else new ones. */
    private boolean refill() {
        long top = (long) HOT.getAndSet(hot, STACK, 0L);
        if (top != 0) {
            firstFree = (int) top;
            free = (int) (top >>> 32);
            return true;
        }
        Segment[] old = segments;
        if (old.length == MAX_SEGMENTS) {
            return false;
        }
        Segment segment = new Segment();
        int base = old.length << SEGMENT_BITS;
        for (int i = 0; i < SEGMENT_CELLS; i++) {
            segment.words[(i << 1) + 1] = i == SEGMENT_MASK ? 0 : base + i + 2;
        }
        Segment[] grown = Arrays.copyOf(old, old.length + 1);
        grown[old.length] = segment;
        segments = grown;
        firstFree = base + 1;
        free = SEGMENT_CELLS;
        return true;
    }

    private static final class Segment {
        final int[] words = new int[2 * SEGMENT_CELLS];
        final long[] longs = new long[2 * SEGMENT_CELLS];
    }
}
