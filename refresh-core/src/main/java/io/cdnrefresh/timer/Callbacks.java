// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

import io.cdnrefresh.spi.RefreshTimer.Armed;
import io.cdnrefresh.spi.RefreshTimer.Handler;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the callbacks of fired timers. A fixed number of batches goes round: taken empty by the ticker, handed over full,
 * given back by a callback thread. None left = the ticker waits and timers stay armed.
 */
final class Callbacks {
    private static final Logger logger = LoggerFactory.getLogger(Callbacks.class);
    private static final long STOP_MILLIS = 5_000;
    private static final int MAX_THREADS = 64;
    private static final int MAX_POISON = 4 * MAX_THREADS;

    private final Handler handler;
    private final ArrayBlockingQueue<Batch> empty;
    private final ArrayBlockingQueue<Batch> full;
    private final Batch poison = new Batch();
    private final ThreadFactory factory;
    private final boolean isInvoked;
    /** Guarded by this, as is {@code threadCount}; those that were told to leave are in it until they have. */
    private final List<Thread> threads = new ArrayList<>();

    private int threadCount;
    private final LongAdder fired = new LongAdder();
    private final LongAdder failed = new LongAdder();

    Callbacks(Handler handler, int batches, int threadCount, ThreadFactory factory) {
        this.handler = handler;
        empty = new ArrayBlockingQueue<>(batches);
        this.factory = factory;
        isInvoked = threadCount == 0;
        full = new ArrayBlockingQueue<>(batches + MAX_POISON);
        for (int i = 0; i < batches; i++) {
            empty.add(new Batch());
        }
    }

    /** Starts or ends threads; none of them is waited for. */
    synchronized void resize(int wanted) {
        if (wanted < 0 || wanted > MAX_THREADS) {
            throw new IllegalArgumentException("callback threads: " + wanted + " (expected: 0.." + MAX_THREADS + ")");
        }
        threads.removeIf(thread -> !thread.isAlive());
        for (; threadCount < wanted; threadCount++) {
            Thread thread = factory.newThread(this::work);
            thread.setName(freeName());
            threads.add(thread);
            thread.start();
        }
        for (; threadCount > wanted; threadCount--) {
            if (!full.offer(poison)) {
                throw new IllegalStateException("callback threads: stuck, too many are to end");
            }
        }
    }

    private String freeName() {
        int number = 0;
        for (int i = 0; i < threads.size(); i++) {
            if (threads.get(i).getName().equals("timer-cb-" + number)) {
                number++;
                i = -1;
            }
        }
        return "timer-cb-" + number;
    }

    /** An empty batch, or null if all are on their way. */
    @Nullable
    Batch tryTake() {
        return empty.poll();
    }

    /** Hands a batch over; never refused, since there are no more batches than places. */
    void submit(Batch batch) {
        if (isInvoked) {
            run(batch);
        } else {
            full.add(batch);
        }
    }

    void giveBack(Batch batch) {
        batch.clear();
        empty.add(batch);
    }

    long fired() {
        return fired.sum();
    }

    long failed() {
        return failed.sum();
    }

    int waiting() {
        return full.size();
    }

    /** Lets the threads finish what was handed over, a bounded time; what they did not begin goes to {@code left}. */
    void stop(Collection<Armed> left) {
        List<Thread> all;
        synchronized (this) {
            all = List.copyOf(threads);
        }
        all.forEach(thread -> full.offer(poison));
        long endNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOP_MILLIS);
        boolean interrupted = false;
        for (Thread thread : all) {
            long millis = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
            if (thread == Thread.currentThread() || millis <= 0 || interrupted) {
                continue;
            }
            try {
                thread.join(millis);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        List<Batch> rest = new ArrayList<>();
        full.drainTo(rest);
        for (Batch batch : rest) {
            if (batch == poison) {
                full.offer(poison); // its thread is still in a callback
            } else {
                batch.moveTo(left);
            }
        }
    }

    private void work() {
        while (true) {
            Batch batch;
            try {
                batch = full.take();
            } catch (InterruptedException e) {
                continue; // left behind by a handler; threads end by the poison only
            }
            if (batch == poison) {
                return;
            }
            run(batch);
        }
    }

    private void run(Batch batch) {
        int size = batch.size();
        fired.add(size);
        for (int i = 0; i < size; i++) {
            try {
                handler.onTimer(batch.kind(i), batch.payload(i), batch.handle(i));
            } catch (Throwable e) { // foreign code, even an Error of it, ends no other timer
                failed.increment();
                long count = failed.sum();
                if (Long.bitCount(count) == 1) {
                    logger.error("timer callback failed kind={} failures={}", batch.kind(i), count, e);
                }
            }
        }
        giveBack(batch);
    }
}
