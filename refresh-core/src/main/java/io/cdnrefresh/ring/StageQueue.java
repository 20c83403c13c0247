// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.ring;

import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.WaitStrategy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bounded queue in front of one stage: many producers, one consumer, over a Disruptor ring.
 *
 * <p>The same handler runs on an own thread ({@link #start}), on one thread with other stages ({@link StageThread#start})
 * or on the caller's ({@link #startInvoked}, {@link #runPending}); all three poll the ring, there is no second code path.
 * {@link #offer} never waits, so it may be called from an event loop; {@link #put} waits and is for threads that own their
 * time. Neither allocates. Slots are cleared after use. An idle consumer sleeps. What a handler throws, even an
 * {@link Error}, is counted and logged and ends nothing.
 *
 * @param <E> what waits in the queue
 */
public final class StageQueue<E> {
    /* Implementation notes
     *
     * The consumer is a loop of our own over the ring's barrier and not a BatchEventProcessor: one loop for the three ways
     * to run, and a wake-up that costs a producer one fence and one read while the consumer is awake, where the blocking
     * wait strategies of the Disruptor cost an exchange on a word that all producers share, or a lock
     * (docs/decisions/0007-stage-queues.md). A claimed slot that is not published yet does not make the consumer spin.
     *
     * A long batch gives its slots back in quarters of the ring, so that producers do not wait for all of it.
     */
    private static final Logger logger = LoggerFactory.getLogger(StageQueue.class);
    private static final long PUT_PAUSE_NANOS = 50_000;

    private final String name;
    private final StageHandler<E> handler;
    private final RingBuffer<Slot<E>> ring;
    private final SequenceBarrier published;
    private final Sequence taken = new Sequence();
    private final int releaseMask;
    private final LongAdder refused = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private volatile @Nullable StageThread runner;
    private volatile boolean isInvoked;
    private volatile boolean isClosed;
    private volatile boolean isHalted;
    private volatile boolean hasEnded;

    /**
     * Creates a queue without a consumer. What is offered before one is started waits for it.
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
        ring = RingBuffer.createMultiProducer(Slot::new, capacity, new NoWait());
        published = ring.newBarrier();
        ring.addGatingSequences(taken);
        releaseMask = Math.max(1, capacity / 4) - 1;
    }

    /** Starts the consumer on an own thread. */
    public void start() {
        StageThread.start(name, List.of(this));
    }

    /** Makes the calling thread of {@link #runPending} the consumer. */
    public void startInvoked() {
        isInvoked = true;
    }

    void runOn(StageThread thread) {
        runner = thread;
    }

    /** Works on everything that waits, on the caller's thread; returns how many events that were. */
    public int runPending() {
        if (!isInvoked) {
            throw new IllegalStateException(name + " runs on its own thread");
        }
        long before = taken.get();
        drain();
        idle();
        return (int) (taken.get() - before);
    }

    private void drain() {
        boolean isBusy = true;
        while (isBusy) {
            isBusy = take();
        }
    }

    /** One batch, on the stage's thread; false if nothing waits. */
    boolean poll() {
        if (isOver()) {
            hasEnded = true;
            return false;
        }
        return take();
    }

    private boolean take() {
        long next = taken.get() + 1;
        long available = published(next);
        if (available < next) {
            return false;
        }
        long end = Math.min(available, next | releaseMask);
        while (next <= end && !isHalted) {
            Slot<E> slot = ring.get(next);
            E event = slot.event;
            slot.event = null;
            try {
                if (event != null) {
                    handler.onEvent(event, next == end);
                }
            } catch (Throwable e) { // even an Error of one event must not end the stage
                failed(e);
            }
            next++;
        }
        taken.set(next - 1);
        return true;
    }

    private long published(long from) {
        try {
            return published.waitFor(from);
        } catch (Exception impossible) { // the strategy never waits, nobody alerts the barrier
            throw new IllegalStateException(impossible);
        }
    }

    /** Whether nothing will be taken any more. */
    boolean isOver() {
        return isHalted || isClosed && depth() == 0;
    }

    /** Whether the stage's thread has let go of the queue. */
    boolean hasEnded() {
        return hasEnded;
    }

    /** Whether there is something to take, or an end to be noted. */
    boolean hasWork() {
        return !hasEnded && (ring.isAvailable(taken.get() + 1) || isOver());
    }

    void idle() {
        if (hasEnded) {
            return;
        }
        try {
            handler.onIdle();
        } catch (Throwable e) { // see above
            failed(e);
        }
    }

    private void failed(Throwable e) {
        failures.increment();
        long count = failures.sum();
        if (Long.bitCount(count) == 1) {
            logger.error("stage failed name={} failures={}", name, count, e);
        }
    }

    /** Puts an event in; false, and counted, when the queue is full or closed. Never waits. */
    public boolean offer(E event) {
        return offer(event, 0);
    }

    /** Like {@link #offer(Object)}, but leaves {@code reserve} places to more important events. */
    public boolean offer(E event, int reserve) {
        if (isClosed || reserve > 0 && ring.remainingCapacity() < reserve || !publish(event)) {
            refused.increment();
            return false;
        }
        return true;
    }

    private boolean publish(E event) {
        if (!ring.tryPublishEvent((slot, sequence, e) -> slot.event = e, event)) {
            return false;
        }
        StageThread thread = runner;
        if (thread != null) {
            thread.wake(this);
        }
        return true;
    }

    /** Whether so much waits that it should not gather any longer. */
    boolean isFilling() {
        return depth() > releaseMask;
    }

    boolean isGathering() {
        return handler.isGathering();
    }

    /** Puts an event in, waiting for room; false only when the queue is closed. Not for event loops and lanes. */
    public boolean put(E event) {
        while (!isClosed) {
            if (publish(event)) {
                return true;
            }
            LockSupport.parkNanos(PUT_PAUSE_NANOS);
        }
        return false;
    }

    /** How many events wait or are being worked on. */
    public int depth() {
        return (int) Math.min(ring.getBufferSize(), ring.getBufferSize() - ring.remainingCapacity());
    }

    /** How many events were taken since the start. */
    public long processed() {
        return taken.get() + 1;
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
     * Refuses new events, works on those that wait until the deadline, and ends the thread; without one it works on the
     * caller's.
     *
     * @return how many events were left
     */
    public int stop(Duration deadline) {
        isClosed = true;
        StageThread thread = runner;
        if (thread == null) {
            isInvoked = true;
            runPending();
            return depth();
        }
        long end = System.nanoTime() + deadline.toNanos();
        thread.wake();
        while (!hasEnded && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(PUT_PAUSE_NANOS);
        }
        isHalted = !hasEnded;
        thread.wake();
        thread.joinIfOver((end - System.nanoTime()) / 1_000_000 + 100);
        if (hasEnded && !isHalted) {
            drain(); // offers that came while the thread was ending
        }
        return depth();
    }

    /** Whether no thread works for this queue. */
    public boolean isTerminated() {
        return runner == null || hasEnded;
    }

    private static final class Slot<E> {
        @Nullable
        E event;
    }

    /** The consumer polls, and is woken by the offer. */
    private static final class NoWait implements WaitStrategy {
        @Override
        public long waitFor(long sequence, Sequence cursor, Sequence dependent, SequenceBarrier barrier) {
            return dependent.get();
        }

        @Override
        public void signalAllWhenBlocking() {}
    }
}
