// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

import io.cdnrefresh.spi.RefreshTimer.Armed;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * A part of the wheel with its own lock, cells and levels. Everything but {@link #tryLock}, {@link #cancel} and
 * what says so needs the lock, which is never waited for by {@link TimingWheel#arm}: it goes to the next shard instead.
 *
 * <p>Time is counted in ticks from the start of the wheel, in a long: no wrap in practice.
 */
final class Shard {
    /* Implementation notes.
     * 1. `position` is the tick that is being fired or was last. A timer lies in level k if the next level's window that
     *    holds its tick is the current or the next one; so level k needs two such windows.
     * 2. When `position` enters a window of level k > 0, the bucket of the window after it goes to `moving` and is spread
     *    over the lower levels in pieces, whenever nothing is due: a full window of ticks before the first of its timers
     *    is. Only `position` leaving a level-1 window must wait for `moving` to be empty.
     * 3. What lies beyond the last level waits in its farthest slot and is placed again from there.
     */
    private static final VarHandle HOT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int LOCK = 16; // alone in its cache lines
    private static final int SCAN_LIMIT = 2048; // entries looked at under one hold of the lock
    private static final long FAR = 1L << 62;

    private final long[] hot = new long[32];
    private final CellSlab cells = new CellSlab();
    private final Level[] levels = {new Level(0, 8192), new Level(12, 512), new Level(20, 512), new Level(28, 512)};
    private final int number;
    private final int tickShift;
    private long originNanos;
    private long position;
    private final long[] limits = new long[3]; // level k takes ticks below limits[k]; note 1
    private long armedTick;
    private boolean open;

    private @Nullable Chunk due;
    private @Nullable Chunk moving;

    Shard(int number, int tickShift) {
        this.number = number;
        this.tickShift = tickShift;
        moveTo(0);
    }

    boolean tryLock() {
        return (long) HOT.getOpaque(hot, LOCK) == 0 && HOT.compareAndSet(hot, LOCK, 0L, 1L);
    }

    @SuppressWarnings("ThreadPriorityCheck") // the holder may have lost its core: spinning on would keep it away
    void lock() {
        for (int tries = 0; !tryLock(); tries++) {
            giveWay(tries);
        }
    }

    /** Between tries to get a lock, which is held for microseconds unless its owner was taken off the processor. */
    @SuppressWarnings("ThreadPriorityCheck") // the owner may need this very processor to go on
    static void giveWay(int tries) {
        if (tries < 100) {
            Thread.onSpinWait();
        } else {
            Thread.yield();
        }
    }

    void unlock() {
        HOT.setRelease(hot, LOCK, 0L);
    }

    void open(long nowNanos) {
        originNanos = nowNanos;
        open = true;
    }

    boolean isOpen() {
        return open;
    }

    /** Arms a timer; its handle, or 0 if the shard is full. */
    long arm(long deadlineNanos, int kind, long payload) {
        long entry = cells.arm(deadlineNanos, kind, payload);
        if (entry == 0) {
            return 0;
        }
        armedTick = Math.max(position + 1, tickOf(deadlineNanos));
        place(entry, armedTick);
        return handle(entry);
    }

    /** The tick of the timer that was armed last. */
    long armedTick() {
        return armedTick;
    }

    /** The tick that was reached. */
    long position() {
        return position;
    }

    boolean cancel(long handle) {
        return cells.cancel((int) (handle >>> 32), (int) handle & ((1 << CellSlab.INDEX_BITS) - 1));
    }

    /** Whether a handle of this shard's number can be one; no lock needed. */
    boolean isHandle(long handle) {
        return cells.isEntry(entry(handle));
    }

    /** The kind of a timer that is armed; no lock needed, but true only if a cancel succeeds afterwards. */
    int kind(long handle) {
        return cells.kind(entry(handle));
    }

    /** The payload, as {@link #kind}. */
    long payload(long handle) {
        return cells.payload(entry(handle));
    }

    /** Moves an armed timer; its handle, the same if it is for later, or 0 if it is armed no longer. */
    long rearm(long handle, long deadlineNanos) {
        long entry = entry(handle);
        if (!open || !cells.isArmed(entry)) {
            return 0;
        }
        long tick = tickOf(deadlineNanos);
        if (tick >= tickOf(cells.deadlineNanos(entry))) {
            armedTick = Math.max(position + 1, tick);
            cells.redate(entry, deadlineNanos); // it is moved when its old place is reached
            return cells.isArmed(entry) ? handle : 0;
        }
        int kind = cells.kind(entry);
        long payload = cells.payload(entry);
        return cells.fire(entry) ? arm(deadlineNanos, kind, payload) : 0;
    }

    long size() {
        return cells.size();
    }

    /** The tick of a deadline, rounded up. */
    long tickOf(long deadlineNanos) {
        long ahead = deadlineNanos - (originNanos + (position << tickShift));
        if (ahead <= 0) {
            // further back than 146 years is a far future whose difference has wrapped
            return ahead > -FAR ? position : position + (Long.MAX_VALUE >> tickShift);
        }
        return position + ((ahead - 1) >> tickShift) + 1;
    }

    /**
     * Goes on towards a tick: fires into the batch, spreads buckets. Bounded.
     *
     * @return whether there is more to do at this tick: the batch is full or the bound was reached
     */
    boolean advance(long nowTick, Batch batch) {
        int left = SCAN_LIMIT;
        while (left > 0) {
            if (due != null) {
                left = fire(batch, left);
                if (batch.isFull()) {
                    return true;
                }
                continue;
            }
            long target = position < nowTick ? Math.min(nowTick, nextInLevels()) : position;
            boolean leavesWindow = levels[1].window(target) != levels[1].window(position);
            if (moving != null && (leavesWindow || target == position)) {
                left = spread(left);
                continue;
            }
            if (target == position) {
                return false;
            }
            enter(target);
        }
        return due != null || moving != null || position < nowTick;
    }

    /** The next tick at which this shard has something to do; {@link Long#MAX_VALUE} = never. */
    long nextTick() {
        return due != null || moving != null ? position : nextInLevels();
    }

    /** Closes the shard and gives what is armed. */
    void close(Collection<Armed> out) {
        open = false;
        for (long entry : cells.armed()) {
            Armed armed = new Armed(cells.deadlineNanos(entry), cells.kind(entry), cells.payload(entry));
            if (cells.fire(entry)) {
                out.add(armed);
            }
        }
        due = null;
        moving = null;
    }

    private long nextInLevels() {
        long first = levels[0].nextWindow(position + 1);
        long next = first < 0 ? Long.MAX_VALUE : first;
        for (int k = 1; k < levels.length; k++) {
            Level level = levels[k];
            long window = level.nextWindow(level.window(position) + 2);
            if (window >= 0) {
                next = Math.min(next, level.firstTick(window - 1)); // note 2
            }
        }
        return next;
    }

    private void moveTo(long tick) {
        position = tick;
        for (int k = 0; k < limits.length; k++) {
            Level above = levels[k + 1];
            limits[k] = above.firstTick(above.window(tick) + 2);
        }
    }

    private void enter(long tick) {
        moveTo(tick);
        for (int k = 1; k < levels.length; k++) {
            moving = levels[k].take(levels[k].window(tick) + 1, moving);
        }
        due = levels[0].take(tick, null);
    }

    private int fire(Batch batch, int limit) {
        int left = limit;
        Chunk chunk = due;
        while (chunk != null && left > 0 && !batch.isFull()) {
            if (chunk.size == 0) {
                chunk = chunk.next;
                continue;
            }
            left--;
            long entry = chunk.entries[--chunk.size];
            if (!cells.isArmed(entry)) {
                continue;
            }
            long deadlineNanos = cells.deadlineNanos(entry);
            long tick = tickOf(deadlineNanos);
            if (tick > position) { // rearmed for later; or the entry of another timer of the cell, 2^31 timers ago
                place(entry, tick);
                continue;
            }
            int kind = cells.kind(entry);
            long payload = cells.payload(entry);
            if (cells.fire(entry)) {
                batch.add(deadlineNanos, kind, payload, handle(entry));
            }
        }
        due = chunk;
        return left;
    }

    private int spread(int limit) {
        int left = limit;
        Chunk chunk = moving;
        while (chunk != null && left > 0) {
            if (chunk.size == 0) {
                chunk = chunk.next;
                continue;
            }
            left--;
            long entry = chunk.entries[--chunk.size];
            if (cells.isArmed(entry)) {
                place(entry, Math.max(position + 1, tickOf(cells.deadlineNanos(entry))));
            }
        }
        moving = chunk;
        return left;
    }

    private void place(long entry, long tick) {
        for (int k = 0; k < limits.length; k++) {
            if (tick < limits[k]) {
                levels[k].add(levels[k].window(tick), entry, cells);
                return;
            }
        }
        Level last = levels[levels.length - 1];
        long farthest = last.window(position) + last.slots() - 1; // note 3
        last.add(Math.min(last.window(tick), farthest), entry, cells);
    }

    private static long entry(long handle) {
        return handle & ~((TimingWheel.MAX_SHARDS - 1L) << CellSlab.INDEX_BITS);
    }

    private long handle(long entry) {
        return entry | (long) number << CellSlab.INDEX_BITS;
    }
}
