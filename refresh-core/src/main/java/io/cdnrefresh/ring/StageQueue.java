// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.ring;

import com.lmax.disruptor.BatchEventProcessor;
import com.lmax.disruptor.BatchEventProcessorBuilder;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.EventPoller;
import com.lmax.disruptor.ExceptionHandler;
import com.lmax.disruptor.LiteTimeoutBlockingWaitStrategy;
import com.lmax.disruptor.RingBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bounded queue in front of one stage, and the stage's thread: many producers, one consumer, over a Disruptor ring.
 *
 * <p>The same handler runs on an own thread ({@link #start}) or on the caller's ({@link #runPending}); there is no second
 * code path. {@link #offer} never waits, so it may be called from an event loop; {@link #put} waits and is for threads
 * that own their time. Slots are cleared after use. An idle consumer sleeps.
 *
 * @param <E> what waits in the queue
 */
public final class StageQueue<E> {
    private static final Logger logger = LoggerFactory.getLogger(StageQueue.class);
    private static final long IDLE_MILLIS = 100;
    private static final long PUT_PAUSE_NANOS = 50_000;

    private final String name;
    private final StageHandler<E> handler;
    private final RingBuffer<Slot<E>> ring;
    private final LongAdder refused = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private @Nullable EventPoller<Slot<E>> poller;
    private @Nullable BatchEventProcessor<Slot<E>> processor;
    private @Nullable Thread thread;
    private volatile boolean isClosed;

    /**
     * Creates a queue without a consumer.
     *
     * @param name of the stage and of its thread, at most 15 characters
     * @param capacity a power of two
     * @param handler the stage's work
     */
    public StageQueue(String name, int capacity, StageHandler<E> handler) {
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException(name + " capacity: " + capacity + " (expected: a power of two)");
        }
        this.name = name;
        this.handler = handler;
        ring = RingBuffer.createMultiProducer(
                Slot::new, capacity, new LiteTimeoutBlockingWaitStrategy(IDLE_MILLIS, TimeUnit.MILLISECONDS));
    }

    /** Starts the consumer on an own thread. */
    public void start() {
        Consumer consumer = new Consumer();
        processor = new BatchEventProcessorBuilder().build(ring, ring.newBarrier(), consumer);
        processor.setExceptionHandler(consumer);
        ring.addGatingSequences(processor.getSequence());
        thread = new Thread(processor, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Makes the calling thread of {@link #runPending} the consumer. */
    public void startInvoked() {
        poller = ring.newPoller();
        ring.addGatingSequences(poller.getSequence());
    }

    /** Works on everything that waits, on the caller's thread; returns how many events that were. */
    public int runPending() {
        EventPoller<Slot<E>> invoked = poller;
        if (invoked == null) {
            throw new IllegalStateException(name + " runs on its own thread");
        }
        int[] count = {0};
        try {
            EventPoller.PollState state = EventPoller.PollState.PROCESSING;
            while (state == EventPoller.PollState.PROCESSING) {
                state = invoked.poll((slot, sequence, endOfBatch) -> {
                    count[0]++;
                    consume(slot, endOfBatch);
                    return true;
                });
            }
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);
        }
        guardedIdle();
        return count[0];
    }

    /** Puts an event in; false, and counted, when the queue is full or closed. Never waits. */
    public boolean offer(E event) {
        return offer(event, 0);
    }

    /** Like {@link #offer(Object)}, but leaves {@code reserve} places to more important events. */
    public boolean offer(E event, int reserve) {
        if (isClosed
                || reserve > 0 && ring.remainingCapacity() < reserve
                || !ring.tryPublishEvent((slot, sequence, e) -> slot.event = e, event)) {
            refused.increment();
            return false;
        }
        return true;
    }

    /** Puts an event in, waiting for room; false only when the queue is closed. Not for event loops and lanes. */
    public boolean put(E event) {
        while (!isClosed) {
            if (ring.tryPublishEvent((slot, sequence, e) -> slot.event = e, event)) {
                return true;
            }
            LockSupport.parkNanos(PUT_PAUSE_NANOS);
        }
        return false;
    }

    /** How many events wait. */
    public int depth() {
        return (int) Math.min(ring.getBufferSize(), ring.getBufferSize() - ring.remainingCapacity());
    }

    /** How many events fit. */
    public int capacity() {
        return ring.getBufferSize();
    }

    /** How many events were refused since the start. */
    public long refused() {
        return refused.sum();
    }

    /** How many times the handler has thrown. */
    public long failures() {
        return failures.sum();
    }

    /**
     * Refuses new events, works on those that wait until the deadline, and ends the thread.
     *
     * @return how many events were left
     */
    public int stop(Duration deadline) {
        isClosed = true;
        long end = System.nanoTime() + deadline.toNanos();
        Thread running = thread;
        if (running == null) {
            return poller == null ? depth() : drainInvoked();
        }
        while (depth() > 0 && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(PUT_PAUSE_NANOS);
        }
        if (processor != null) {
            processor.halt();
        }
        try {
            running.join(Math.max(1, (end - System.nanoTime()) / 1_000_000 + 100));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (running.isAlive()) {
            running.interrupt();
        }
        return depth();
    }

    /** Whether no thread of this queue is running. */
    public boolean isTerminated() {
        Thread running = thread;
        return running == null || !running.isAlive();
    }

    private int drainInvoked() {
        runPending();
        return depth();
    }

    private void consume(Slot<E> slot, boolean isEndOfBatch) {
        E event = slot.event;
        slot.event = null;
        if (event == null) {
            return;
        }
        try {
            handler.onEvent(event, isEndOfBatch);
        } catch (RuntimeException | LinkageError | AssertionError e) {
            failed(e);
        }
    }

    private void guardedIdle() {
        try {
            handler.onIdle();
        } catch (RuntimeException | LinkageError | AssertionError e) {
            failed(e);
        }
    }

    private void failed(Throwable e) {
        failures.increment();
        logger.error("stage failed name={} failures={}", name, failures.sum(), e);
    }

    private static final class Slot<E> {
        @Nullable
        E event;
    }

    private final class Consumer implements EventHandler<Slot<E>>, ExceptionHandler<Slot<E>> {
        @Override
        public void onEvent(Slot<E> slot, long sequence, boolean endOfBatch) {
            consume(slot, endOfBatch);
        }

        @Override
        public void onTimeout(long sequence) {
            guardedIdle();
        }

        @Override
        public void handleEventException(Throwable e, long sequence, @Nullable Slot<E> slot) {
            failed(e);
        }

        @Override
        public void handleOnStartException(Throwable e) {
            failed(e);
        }

        @Override
        public void handleOnShutdownException(Throwable e) {
            failed(e);
        }
    }
}
