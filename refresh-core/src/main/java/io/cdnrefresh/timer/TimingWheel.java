// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.RefreshTimer;
import io.cdnrefresh.spi.ResizableTimer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A timer for tens of millions of deadlines, most of which are cancelled: a hierarchical wheel without an object a timer.
 *
 * <p>Thread-safe. {@link #arm} and {@link #cancel} are O(1), allocate next to nothing and wait for nobody; a cancel is
 * one compare-and-set beside the return of the cell. A timer fires at the first tick at or after its deadline, ticks are
 * {@link Builder#tickNanos} apart; timers of one tick fire in no order. About 33 bytes a timer.
 *
 * <p>Threads: {@code wheel} ticks and runs no foreign code; {@code timer-cb-N} call the handler. When all callback
 * threads are busy and {@link Builder#callbackBatches} are waiting, due timers stay armed until one is done. Without
 * callback threads there is no thread at all: the owner calls {@link #advance}.
 *
 * <p>Source: {@code docs/decisions/0001-timing-wheel.md}.
 */
public final class TimingWheel implements RefreshTimer, ResizableTimer {
    static final int MAX_SHARDS = 1 << (32 - CellSlab.INDEX_BITS);

    private final EngineClock clock;
    private final int tickShift;
    private final int callbackThreads;
    private final int callbackBatches;
    private final ThreadFactory threadFactory;
    private final Shard[] shards;
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private volatile @Nullable Running running;

    private TimingWheel(Builder builder) {
        clock = builder.clock;
        tickShift = Long.numberOfTrailingZeros(builder.tickNanos);
        callbackThreads = builder.callbackThreads;
        callbackBatches = builder.callbackBatches;
        threadFactory = builder.threadFactory;
        shards = new Shard[builder.shards];
        for (int i = 0; i < shards.length; i++) {
            shards[i] = new Shard(i, tickShift);
        }
    }

    /** Starts with the defaults of each setter. */
    public static Builder builder() {
        return new Builder();
    }

    /** {@inheritDoc} Deadlines count from now on. */
    @Override
    public void start(Handler handler) {
        Objects.requireNonNull(handler, "handler");
        if (!started.compareAndSet(false, true)) {
            throw new IllegalStateException("timer: started before");
        }
        long originNanos = clock.nanos();
        for (Shard shard : shards) {
            shard.lock();
            shard.open(originNanos);
            shard.unlock();
        }
        Callbacks callbacks = new Callbacks(handler, callbackBatches, callbackThreads, threadFactory);
        Ticker ticker = new Ticker(clock, shards, tickShift, originNanos, callbacks);
        running = new Running(ticker, callbacks);
        if (callbackThreads > 0) {
            callbacks.resize(callbackThreads);
            Thread thread = threadFactory.newThread(ticker);
            thread.setName("wheel");
            ticker.start(thread);
        }
    }

    @Override
    @SuppressWarnings("ThreadPriorityCheck") // a shard's holder may have lost its core
    public long arm(long deadlineNanos, int kind, long payload) {
        Running now = running;
        if (now == null) {
            throw new IllegalStateException("timer: not started");
        }
        int home = (int) ((Thread.currentThread().getId() * 0x9E37_79B9_7F4A_7C15L) >>> 58);
        int full = 0;
        for (int i = 0; full < shards.length; i++) {
            Shard shard = shards[(home + i) & (shards.length - 1)];
            if (shard.tryLock()) {
                long handle;
                long tick;
                try {
                    if (!shard.isOpen()) {
                        throw new IllegalStateException("timer: stopped");
                    }
                    handle = shard.arm(deadlineNanos, kind, payload);
                    tick = shard.armedTick();
                } finally {
                    shard.unlock();
                }
                if (handle != 0) {
                    now.ticker.onArmed(tick);
                    return handle;
                }
                full++;
            }
            Shard.giveWay(i);
        }
        throw new IllegalStateException("timer: full, 67,108,864 timers in each shard");
    }

    @Override
    public boolean cancel(long handle) {
        int number = (int) (handle >>> CellSlab.INDEX_BITS) & (MAX_SHARDS - 1);
        return number < shards.length && shards[number].cancel(handle);
    }

    /** {@inheritDoc} Later is one write under the shard's lock; when that is taken, it is a cancel and an arm. */
    @Override
    public long rearm(long handle, long deadlineNanos) {
        Running now = running;
        int number = (int) (handle >>> CellSlab.INDEX_BITS) & (MAX_SHARDS - 1);
        if (now == null || number >= shards.length || !shards[number].isHandle(handle)) {
            return 0;
        }
        Shard shard = shards[number];
        if (!shard.tryLock()) {
            int kind = shard.kind(handle);
            long payload = shard.payload(handle);
            return shard.cancel(handle) ? arm(deadlineNanos, kind, payload) : 0;
        }
        long moved;
        long tick;
        try {
            moved = shard.rearm(handle, deadlineNanos);
            tick = shard.armedTick();
        } finally {
            shard.unlock();
        }
        if (moved != 0 && moved != handle) {
            now.ticker.onArmed(tick);
        }
        return moved;
    }

    @Override
    public long size() {
        long size = 0;
        for (Shard shard : shards) {
            shard.lock();
            size += shard.size();
            shard.unlock();
        }
        return size;
    }

    /**
     * Fires what is due, on the calling thread. Only for a wheel without callback threads; one caller at a time.
     *
     * @param nowNanos by the same clock; going back does nothing
     * @return how many timers fired
     */
    public long advance(long nowNanos) {
        Running now = running;
        if (now == null || callbackThreads > 0) {
            throw new IllegalStateException("timer: not started, or it has threads of its own");
        }
        long before = now.callbacks.fired();
        while (!stopped.get() && now.ticker.pass(nowNanos)) {
            Thread.onSpinWait();
        }
        return now.callbacks.fired() - before;
    }

    @Override
    public void resizeCallbacks(int threads) {
        Running now = running;
        if (now == null || stopped.get() || callbackThreads == 0) {
            throw new IllegalStateException("timer: not running, or on its caller's thread");
        }
        now.callbacks.resize(threads);
    }

    /** What the wheel has done so far. All 0 before {@link #start}. */
    public Stats stats() {
        Running now = running;
        if (now == null) {
            return new Stats(0, 0, 0, 0, 0);
        }
        Callbacks callbacks = now.callbacks;
        return new Stats(size(), callbacks.fired(), callbacks.failed(), now.ticker.lagNanos(), callbacks.waiting());
    }

    /**
     * {@inheritDoc} Waits up to 5 s for callbacks under way, unless called by one of them; timers that have fired but
     * whose callback was not reached by then are among the returned ones.
     */
    @Override
    public List<Armed> stop() {
        Running now = running;
        if (now == null || !stopped.compareAndSet(false, true)) {
            return List.of();
        }
        now.ticker.stop();
        List<Armed> left = new ArrayList<>();
        for (Shard shard : shards) {
            shard.lock();
            try {
                shard.close(left);
            } finally {
                shard.unlock();
            }
        }
        now.callbacks.stop(left);
        return left;
    }

    private record Running(Ticker ticker, Callbacks callbacks) {}

    /**
     * Figures of a wheel.
     *
     * @param armed timers armed now
     * @param fired timers whose callback was called since the start
     * @param failed callbacks that threw
     * @param lagNanos how far behind the clock the wheel was at its last look
     * @param waitingBatches batches of fired timers that wait for a callback thread
     */
    public record Stats(long armed, long fired, long failed, long lagNanos, int waitingBatches) {}

    /** Builds a {@link TimingWheel}. Not thread-safe. */
    public static final class Builder {
        private EngineClock clock = EngineClock.system();
        private long tickNanos = 1 << 20;
        private int callbackThreads = 1;
        private int callbackBatches = 64;
        private int shards = Math.min(
                MAX_SHARDS, Integer.highestOneBit(4 * Runtime.getRuntime().availableProcessors() - 1));
        private ThreadFactory threadFactory = task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        };

        private Builder() {}

        /** The clock of all deadlines; default: the system's. A clock by hand goes with {@code callbackThreads(0)}. */
        public Builder clock(EngineClock value) {
            clock = Objects.requireNonNull(value, "clock");
            return this;
        }

        /** Nanoseconds between ticks, a power of two from 65,536 to 1,073,741,824; default 1,048,576. */
        public Builder tickNanos(long value) {
            check(
                    Long.bitCount(value) == 1 && value >= 1 << 16 && value <= 1 << 30,
                    "tickNanos",
                    value,
                    "a power of two, 65536..1073741824");
            tickNanos = value;
            return this;
        }

        /** Threads that call the handler, 0 to 16; default 1. 0 = no thread, see {@link TimingWheel#advance}. */
        public Builder callbackThreads(int value) {
            check(value >= 0 && value <= 16, "callbackThreads", value, "0..16");
            callbackThreads = value;
            return this;
        }

        /** Batches of 256 fired timers that may wait for a callback thread, 1 to 4,096; default 64 (about 0.5 MB). */
        public Builder callbackBatches(int value) {
            check(value >= 1 && value <= 4096, "callbackBatches", value, "1..4096");
            callbackBatches = value;
            return this;
        }

        /** Parts with a lock of their own, a power of two from 1 to 64; default about two a core. */
        public Builder shards(int value) {
            check(
                    value >= 1 && value <= MAX_SHARDS && Integer.bitCount(value) == 1,
                    "shards",
                    value,
                    "a power of two, 1..64");
            shards = value;
            return this;
        }

        /** Makes the threads, which the wheel names and ends; default: daemon threads. */
        public Builder threadFactory(ThreadFactory value) {
            threadFactory = Objects.requireNonNull(value, "threadFactory");
            return this;
        }

        /** Builds the wheel; it starts with {@link TimingWheel#start}. */
        public TimingWheel build() {
            return new TimingWheel(this);
        }

        private static void check(boolean isValid, String name, long value, String expected) {
            if (!isValid) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
            }
        }
    }
}
