// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.queues;

import com.lmax.disruptor.AlertException;
import com.lmax.disruptor.BatchEventProcessor;
import com.lmax.disruptor.BatchEventProcessorBuilder;
import com.lmax.disruptor.LiteTimeoutBlockingWaitStrategy;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.Sequence;
import com.lmax.disruptor.SequenceBarrier;
import com.lmax.disruptor.TimeoutException;
import com.lmax.disruptor.WaitStrategy;
import io.cdnrefresh.ring.StageQueue;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A queue with its one consumer, which counts. The consumer runs until the process ends. */
abstract class Candidate {
    private static final int BATCH = 256;
    private static final long IDLE_MILLIS = 100;

    private volatile long seen;
    private volatile long consumer;

    // confined to the consumer
    private long count;

    static Candidate of(String name, int size) {
        return switch (name) {
            case "stage" -> new Stage(size);
            case "disruptor-park" -> new Raw(size, new ParkingWaitStrategy());
            case "disruptor-lite" ->
                new Raw(size, new LiteTimeoutBlockingWaitStrategy(IDLE_MILLIS, TimeUnit.MILLISECONDS));
            case "array" -> new Blocking(new ArrayBlockingQueue<>(size), "array");
            case "transfer" -> new Blocking(new LinkedTransferQueue<>(), "transfer");
            default -> throw new IllegalArgumentException("candidate: " + name);
        };
    }

    /** Whether there was room. */
    abstract boolean offer(Object event);

    /** Events that the consumer has counted. */
    long seen() {
        return seen;
    }

    /** The consumer's thread; 0 before its first event. */
    long consumer() {
        return consumer;
    }

    final void consume(boolean isEndOfBatch) {
        count++;
        if (isEndOfBatch) {
            if (consumer == 0) {
                consumer = Thread.currentThread().getId();
            }
            seen = count;
        }
    }

    static void start(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static final class Stage extends Candidate {
        private final StageQueue<Object> queue;

        Stage(int size) {
            queue = new StageQueue<>("stage", size, (event, isEndOfBatch) -> consume(isEndOfBatch));
            queue.start();
        }

        @Override
        boolean offer(Object event) {
            return queue.offer(event);
        }
    }

    private static final class Slot {
        @Nullable
        Object event;
    }

    /** The Disruptor as its manual has it; its handler clears the slot, as whoever keeps references in slots must. */
    private static final class Raw extends Candidate {
        private final RingBuffer<Slot> ring;

        Raw(int size, WaitStrategy wait) {
            ring = RingBuffer.createMultiProducer(Slot::new, size, wait);
            BatchEventProcessor<Slot> processor = new BatchEventProcessorBuilder()
                    .build(ring, ring.newBarrier(), (slot, sequence, isEndOfBatch) -> {
                        slot.event = null;
                        consume(isEndOfBatch);
                    });
            ring.addGatingSequences(processor.getSequence());
            start(processor, "raw");
        }

        @Override
        boolean offer(Object event) {
            return ring.tryPublishEvent((slot, sequence, e) -> slot.event = e, event);
        }
    }

    /** The consumer takes all that is there at once. */
    private static final class Blocking extends Candidate {
        private final BlockingQueue<Object> queue;

        Blocking(BlockingQueue<Object> queue, String name) {
            this.queue = queue;
            start(this::work, name);
        }

        @Override
        boolean offer(Object event) {
            return queue.offer(event);
        }

        private void work() {
            List<Object> batch = new ArrayList<>(BATCH);
            while (true) {
                try {
                    batch.add(queue.take());
                } catch (InterruptedException e) {
                    return;
                }
                queue.drainTo(batch, BATCH - 1);
                for (int i = 0; i < batch.size(); i++) {
                    consume(i == batch.size() - 1);
                }
                batch.clear();
            }
        }
    }

    /** What the stage queue does to sleep and to wake, in the shape that the Disruptor asks for. */
    private static final class ParkingWaitStrategy implements WaitStrategy {
        private volatile @Nullable Thread sleeper;

        @Override
        public long waitFor(long sequence, Sequence cursor, Sequence dependent, SequenceBarrier barrier)
                throws AlertException, TimeoutException {
            long available = dependent.get();
            if (available >= sequence) {
                return available;
            }
            sleeper = Thread.currentThread();
            VarHandle.fullFence();
            if (dependent.get() < sequence) {
                barrier.checkAlert();
                LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS));
            }
            sleeper = null;
            available = dependent.get();
            if (available < sequence) {
                throw TimeoutException.INSTANCE;
            }
            return available;
        }

        @Override
        public void signalAllWhenBlocking() {
            VarHandle.fullFence();
            Thread asleep = sleeper;
            if (asleep != null) {
                sleeper = null;
                LockSupport.unpark(asleep);
            }
        }
    }
}
