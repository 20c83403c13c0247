// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

import io.cdnrefresh.spi.EngineClock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Drives the shards: on its own thread by the clock, or pass by pass on the caller's. Never runs user code itself. */
final class Ticker implements Runnable {
    private static final long MAX_PARK_NANOS = TimeUnit.HOURS.toNanos(1);
    private static final long AWAKE = Long.MIN_VALUE;

    private final EngineClock clock;
    private final Shard[] shards;
    private final int tickShift;
    private final long originNanos;
    private final Callbacks callbacks;

    /* The tick until which the ticker sleeps, AWAKE while it does not. Falling asleep sets it to "for ever" first and
     * then looks at every shard under its lock: whoever arms in a shard after that look sees the value and wakes the
     * ticker, whoever armed before is seen. */
    private final AtomicLong sleepsUntil = new AtomicLong(AWAKE);
    private @Nullable Thread thread;
    private volatile boolean stopped;
    private volatile long lagTicks;
    private int nextShard;
    private @Nullable Batch batch;

    Ticker(EngineClock clock, Shard[] shards, int tickShift, long originNanos, Callbacks callbacks) {
        this.clock = clock;
        this.shards = shards;
        this.tickShift = tickShift;
        this.originNanos = originNanos;
        this.callbacks = callbacks;
    }

    void start(Thread own) {
        thread = own;
        own.start();
    }

    /** Wakes the ticker if it would sleep through a tick. Any thread. */
    void onArmed(long tick) {
        long until = sleepsUntil.get();
        if (tick < until && sleepsUntil.compareAndSet(until, AWAKE)) {
            LockSupport.unpark(thread);
        }
    }

    /** How far the slowest shard was behind at the last pass. */
    long lagNanos() {
        return lagTicks << tickShift;
    }

    @Override
    public void run() {
        while (!stopped) {
            if (!pass(clock.nanos())) {
                sleep();
            } else if (batch == null) {
                LockSupport.parkNanos(1L << tickShift); // all batches are with the callback threads
            }
        }
    }

    /**
     * Does a bounded piece of what is due.
     *
     * @return whether there is more, now
     */
    boolean pass(long nowNanos) {
        long nowTick = (nowNanos - originNanos) >> tickShift;
        boolean more = false;
        long reached = nowTick;
        for (int i = 0; i < shards.length; i++) {
            if (batch == null) {
                batch = callbacks.tryTake();
            }
            Shard shard = shards[nextShard];
            shard.lock();
            try {
                if (batch == null) {
                    lagTicks = nowTick - shard.position();
                    return true;
                }
                more |= shard.advance(nowTick, batch);
                reached = Math.min(reached, shard.position());
            } finally {
                shard.unlock();
            }
            if (batch.isFull()) {
                submit();
            } else {
                nextShard = (nextShard + 1) & (shards.length - 1);
            }
        }
        lagTicks = nowTick - reached;
        submit();
        return more;
    }

    void stop() {
        stopped = true;
        Thread own = thread;
        if (own == null) {
            return;
        }
        LockSupport.unpark(own);
        boolean interrupted = false;
        while (own.isAlive()) {
            try {
                own.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void submit() {
        Batch filled = batch;
        if (filled != null && !filled.isEmpty()) {
            batch = null;
            callbacks.submit(filled);
        }
    }

    private void sleep() {
        sleepsUntil.set(Long.MAX_VALUE);
        long next = Long.MAX_VALUE;
        for (Shard shard : shards) {
            shard.lock();
            next = Math.min(next, shard.nextTick());
            shard.unlock();
        }
        if (sleepsUntil.compareAndSet(Long.MAX_VALUE, next) && !stopped) {
            long nowNanos = clock.nanos();
            long ticks = next - ((nowNanos - originNanos) >> tickShift);
            long nanos =
                    ticks > MAX_PARK_NANOS >> tickShift ? MAX_PARK_NANOS : originNanos + (next << tickShift) - nowNanos;
            if (nanos > 0) {
                LockSupport.parkNanos(this, nanos);
            }
        }
        sleepsUntil.set(AWAKE);
    }
}
