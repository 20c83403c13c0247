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
 * long 0         generation << 32 | rest; generation: odd = armed, even = free; +1 at each change
 *                rest: armed: kind; free: index + 1 of the next free cell, 0 = end
 * long 1         payload
 * long 2         deadline in nanoseconds
 * </pre>
 *
 * <p>An <i>entry</i> names a timer inside its shard: {@code generation << 32 | index}. Everything is owned by the shard's
 * lock but {@link #cancel}, which any thread may call at any time.
 */
final class CellSlab {
    /* Implementation notes.
     * 1. arm writes the cell, then its state with release; cancel and fire change the state by CAS, so exactly one of
     *    them wins, and the winner of fire sees what arm wrote.
     * 2. Cells freed by cancel go to a stack that is pushed by CAS and taken whole by the lock's owner: a push compares
     *    only the head it links to, so a head that went away and came back does no harm.
     * 3. A generation comes back after 2^31 uses of a cell. A bucket's entry is checked against the deadline too, so a
     *    coincidence there is harmless; a handle kept that long may cancel a stranger.
     * 4. A cell's three words lie side by side, mostly in one cache line: with millions of timers a miss is the cost.
     */
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    static final int INDEX_BITS = 26;
    private static final int SEGMENT_BITS = 12;
    private static final int SEGMENT_CELLS = 1 << SEGMENT_BITS;
    private static final int SEGMENT_MASK = SEGMENT_CELLS - 1;
    private static final int MAX_SEGMENTS = 1 << (INDEX_BITS - SEGMENT_BITS);
    private static final int STACK = 16; // the one used word of `hot`, alone in its cache lines
    private static final int CELL = 3; // words
    private static final int RUN = 32; // fewer cancelled cells are not worth an exchange of the stack
    private static final long ONE = 1L << 32; // generation
    private static final long GENERATION = -1L << 32;

    private final long[] hot = new long[32]; // [STACK] = count << 32 | index + 1 of the top, 0 = empty
    private volatile long[][] segments = {};
    private int used; // cells from here on were never used
    private int firstFree; // index + 1, 0 = none
    private int free;

    /** Arms a cell; 0 if the slab is full, else its entry. */
    long arm(long deadlineNanos, int kind, long payload) {
        if (firstFree == 0 && !refill()) {
            return 0;
        }
        int index = firstFree - 1;
        long[] cells = segments[index >> SEGMENT_BITS];
        int cell = (index & SEGMENT_MASK) * CELL;
        long state = cells[cell];
        firstFree = (int) state;
        free--;
        cells[cell + 1] = payload;
        cells[cell + 2] = deadlineNanos;
        long generation = (state & GENERATION) + ONE;
        WORD.setRelease(cells, cell, generation | (kind & ~GENERATION)); // note 1
        return generation | index;
    }

    /** Disarms; any thread. */
    boolean cancel(int generation, int index) {
        long[][] all = segments;
        int number = index >> SEGMENT_BITS;
        if (number >= all.length || (generation & 1) == 0) {
            return false;
        }
        long[] cells = all[number];
        int cell = (index & SEGMENT_MASK) * CELL;
        long state = (long) WORD.getOpaque(cells, cell);
        long freed = ((long) generation << 32) + ONE;
        if ((int) (state >>> 32) != generation || !WORD.compareAndSet(cells, cell, state, freed)) {
            return false;
        }
        long top;
        do { // note 2
            top = (long) WORD.getVolatile(hot, STACK);
            cells[cell] = freed | (int) top;
        } while (!WORD.compareAndSet(hot, STACK, top, (top & GENERATION) + ONE + index + 1));
        return true;
    }

    /** Ends an armed timer and frees its cell; false if it was cancelled meanwhile. Its payload and deadline stay
     * readable until the next {@link #arm}. */
    boolean fire(long entry) {
        int index = (int) entry;
        long[] cells = segments[index >> SEGMENT_BITS];
        int cell = (index & SEGMENT_MASK) * CELL;
        long state = (long) WORD.getOpaque(cells, cell);
        long freed = (entry & GENERATION) + ONE | firstFree;
        if (((state ^ entry) & GENERATION) != 0 || !WORD.compareAndSet(cells, cell, state, freed)) {
            return false;
        }
        firstFree = index + 1;
        free++;
        return true;
    }

    /** Gives an armed timer another deadline. One that is cancelled meanwhile keeps it, which harms nobody. */
    void redate(long entry, long deadlineNanos) {
        int index = (int) entry;
        segments[index >> SEGMENT_BITS][(index & SEGMENT_MASK) * CELL + 2] = deadlineNanos;
    }

    boolean isArmed(long entry) {
        int index = (int) entry;
        long state = (long) WORD.getOpaque(segments[index >> SEGMENT_BITS], (index & SEGMENT_MASK) * CELL);
        return ((state ^ entry) & GENERATION) == 0;
    }

    /** Whether an entry that comes from outside can be one. */
    boolean isEntry(long entry) {
        return (entry & ONE) != 0 && (int) entry >> SEGMENT_BITS < segments.length;
    }

    int kind(long entry) {
        int index = (int) entry;
        return (int) segments[index >> SEGMENT_BITS][(index & SEGMENT_MASK) * CELL];
    }

    long payload(long entry) {
        int index = (int) entry;
        return segments[index >> SEGMENT_BITS][(index & SEGMENT_MASK) * CELL + 1];
    }

    long deadlineNanos(long entry) {
        int index = (int) entry;
        return segments[index >> SEGMENT_BITS][(index & SEGMENT_MASK) * CELL + 2];
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
        return (long) used - free - ((long) WORD.getVolatile(hot, STACK) >>> 32);
    }

    /** The entries of all armed timers, each for {@link #fire} to win or lose. */
    long[] armed() {
        long[] found = new long[(int) Math.max(0, size())];
        int count = 0;
        long[][] all = segments;
        for (int index = 0; index < all.length << SEGMENT_BITS; index++) {
            long state = (long) WORD.getAcquire(all[index >> SEGMENT_BITS], (index & SEGMENT_MASK) * CELL);
            if ((state & ONE) != 0 && count < found.length) {
                found[count++] = (state & GENERATION) | index;
            }
        }
        return Arrays.copyOf(found, count);
    }

    /** Finds free cells: those that were cancelled if they are worth the way, else new ones. */
    private boolean refill() {
        long top = (long) WORD.getVolatile(hot, STACK);
        if ((int) (top >>> 32) < RUN && fresh(top == 0)) {
            return true;
        }
        top = (long) WORD.getAndSet(hot, STACK, 0L);
        firstFree = (int) top;
        free = (int) (top >>> 32);
        return firstFree != 0;
    }

    /** Takes some cells that were never used, from a new segment only if it must be. */
    private boolean fresh(boolean must) {
        long[][] old = segments;
        if (used == old.length << SEGMENT_BITS) {
            if (!must || old.length == MAX_SEGMENTS) {
                return false;
            }
            long[][] grown = Arrays.copyOf(old, old.length + 1);
            grown[old.length] = new long[CELL * SEGMENT_CELLS];
            segments = grown;
        }
        long[] cells = segments[used >> SEGMENT_BITS];
        for (int index = used + 1; index < used + RUN; index++) {
            cells[((index - 1) & SEGMENT_MASK) * CELL] = index + 1L;
        }
        firstFree = used + 1;
        used += RUN;
        free = RUN;
        return true;
    }
}
