// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StageQueueTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final List<Integer> seen = Collections.synchronizedList(new ArrayList<>());

    /** The three ways to run a stage. */
    enum Way {
        OWN,
        SHARED,
        CALLER
    }

    private static void start(Way way, StageQueue<?>... queues) {
        if (way == Way.SHARED) {
            StageThread.start("shared", List.of(queues));
            return;
        }
        for (StageQueue<?> queue : queues) {
            if (way == Way.OWN) {
                queue.start();
            } else {
                queue.startInvoked();
            }
        }
    }

    private StageQueue<Integer> recording(String name) {
        return new StageQueue<>(name, 64, (event, isEndOfBatch) -> {
            if (event == -1) {
                throw new IllegalStateException("planted");
            } else if (event == -2) {
                throw new StackOverflowError("planted");
            }
            seen.add(event);
        });
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void onEvent_throws_isCountedAndTheStageGoesOn(Way way) {
        StageQueue<Integer> queue = recording("test");
        start(way, queue);
        for (int event : new int[] {1, -1, 2, -2, 3}) {
            assertThat(queue.offer(event)).isTrue();
        }

        assertThat(queue.stop(LIMIT)).isZero();
        assertThat(seen).containsExactly(1, 2, 3);
        assertThat(queue.failures()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void offer_beforeTheStart_waitsForIt_andAfterTheStop_isRefused(Way way) {
        StageQueue<Integer> queue = recording("test");
        assertThat(queue.offer(1)).isTrue();
        assertThat(queue.depth()).isEqualTo(1);
        start(way, queue);

        assertThat(queue.stop(LIMIT)).isZero();
        assertThat(seen).containsExactly(1);
        assertThat(queue.offer(2)).isFalse();
        assertThat(queue.put(2)).isFalse();
        assertThat(queue.refused()).isEqualTo(1);
        assertThat(queue.isTerminated()).isTrue();
    }

    @Test
    void offer_full_isRefusedAtOnce_andTheReserveIsKept() {
        StageQueue<Integer> queue = recording("test");
        queue.startInvoked();
        for (int i = 0; i < 48; i++) {
            assertThat(queue.offer(i, 16)).isTrue();
        }
        assertThat(queue.offer(48, 17)).isFalse();
        for (int i = 48; i < 64; i++) {
            assertThat(queue.offer(i)).isTrue();
        }
        assertThat(queue.offer(64)).isFalse();
        assertThat(queue.refused()).isEqualTo(2);

        assertThat(queue.runPending()).isEqualTo(64);
        assertThat(queue.depth()).isZero();
        assertThat(queue.offer(64)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = Way.class,
            names = {"OWN", "SHARED"})
    void put_manyProducersThroughASmallRing_everyEventOnceAndInOrderOfItsProducer(Way way) throws Exception {
        int producers = 4;
        int each = 20_000;
        int[] next = new int[producers];
        AtomicInteger wrong = new AtomicInteger();
        StageQueue<Integer> queue = new StageQueue<>("test", 64, (event, isEndOfBatch) -> {
            int producer = event % producers;
            if (next[producer]++ != event / producers) {
                wrong.incrementAndGet();
            }
        });
        start(way, queue, recording("other"));
        List<Thread> threads = new ArrayList<>();
        for (int p = 0; p < producers; p++) {
            int producer = p;
            threads.add(new Thread(() -> {
                for (int i = 0; i < each; i++) {
                    queue.put(i * producers + producer);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(queue.stop(LIMIT)).isZero();
        assertThat(wrong).hasValue(0);
        assertThat(next).containsOnly(each);
    }

    @Test
    void onEvent_endOfBatch_isTheLastThatWaitsOrTheLastOfAQuarter() {
        List<Boolean> ends = new ArrayList<>();
        StageQueue<Integer> queue = new StageQueue<>("test", 64, (event, isEndOfBatch) -> ends.add(isEndOfBatch));
        queue.startInvoked();
        for (int i = 0; i < 50; i++) {
            queue.offer(i);
        }
        queue.runPending();
        assertThat(ends).hasSize(50);
        for (int i = 0; i < 50; i++) {
            assertThat(ends.get(i)).as("event %d", i).isEqualTo(i % 16 == 15 || i == 49);
        }
    }

    @Test
    void consumed_event_isNotHeldByItsSlot() {
        StageQueue<Object> queue = new StageQueue<>("test", 64, (event, isEndOfBatch) -> {});
        queue.startInvoked();
        WeakReference<Object> event = new WeakReference<>(new Object());
        offerTheReferent(queue, event);
        queue.runPending();
        await().atMost(LIMIT).until(() -> {
            System.gc();
            return event.get() == null;
        });
        assertThat(queue.capacity()).isEqualTo(64);
    }

    private static void offerTheReferent(StageQueue<Object> queue, WeakReference<Object> event) {
        Object referent = event.get();
        if (referent == null || !queue.offer(referent)) {
            throw new AssertionError("not offered");
        }
    }

    @Test
    void stop_stuckHandler_endsAtTheDeadline_countsWhatIsLeft_andInterrupts() {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch isIn = new CountDownLatch(1);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        StageQueue<Integer> queue = new StageQueue<>("test", 64, (event, isEndOfBatch) -> {
            threads.add(Thread.currentThread());
            isIn.countDown();
            try {
                never.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        queue.start();
        for (int i = 0; i < 10; i++) {
            queue.offer(i);
        }
        await().atMost(LIMIT).until(() -> isIn.getCount() == 0);

        // the one that was interrupted counts as done
        assertThat(queue.stop(Duration.ofMillis(50))).isEqualTo(9);
        assertThat(threads).hasSize(1).noneMatch(Thread::isAlive);
    }

    @Test
    void stop_oneOfTwoOnOneThread_theOtherGoesOn_andTheThreadEndsWithTheLast() {
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        StageHandler<Integer> note = (event, isEndOfBatch) -> {
            threads.add(Thread.currentThread());
            seen.add(event);
        };
        StageQueue<Integer> first = new StageQueue<>("a", 64, note);
        StageQueue<Integer> second = new StageQueue<>("b", 64, note);
        StageThread.start("shared", List.of(first, second));
        first.offer(1);
        second.offer(2);
        await().atMost(LIMIT).until(() -> seen.size() == 2);

        assertThat(first.stop(LIMIT)).isZero();
        assertThat(first.isTerminated()).isTrue();
        second.offer(3);
        await().atMost(LIMIT).until(() -> seen.contains(3));
        assertThat(second.stop(LIMIT)).isZero();

        assertThat(threads).hasSize(1).noneMatch(Thread::isAlive);
    }

    @Test
    void onIdle_underConstantLoad_isCalledToo() {
        AtomicInteger idles = new AtomicInteger();
        StageQueue<Integer> queue = new StageQueue<>("test", 64, new StageHandler<>() {
            @Override
            public void onEvent(Integer event, boolean isEndOfBatch) {}

            @Override
            public void onIdle() {
                idles.incrementAndGet();
            }
        });
        queue.start();
        Thread producer = new Thread(() -> {
            while (queue.put(1)) {
                Thread.onSpinWait();
            }
        });
        producer.start();
        await().atMost(LIMIT).until(() -> idles.get() >= 3);
        queue.stop(LIMIT);
        await().atMost(LIMIT).until(() -> !producer.isAlive());
    }

    /** What comes again and again is worked on in batches, which a stage that is woken for each event never has. */
    @Test
    void gatheringStage_underAStream_takesSeveralAtOnce_inOrder() {
        AtomicInteger batches = new AtomicInteger();
        StageQueue<Integer> queue = new StageQueue<>("test", 1_024, new StageHandler<>() {
            @Override
            public void onEvent(Integer event, boolean isEndOfBatch) {
                seen.add(event);
                if (isEndOfBatch) {
                    batches.incrementAndGet();
                }
            }

            @Override
            public boolean isGathering() {
                return true;
            }
        });
        queue.start();
        int events = 10_000;
        for (int i = 0; i < events; i++) {
            assertThat(queue.put(i)).isTrue();
            LockSupport.parkNanos(20_000);
        }
        assertThat(queue.stop(LIMIT)).isZero();
        assertThat(seen).isEqualTo(IntStream.range(0, events).boxed().toList());
        assertThat(batches.get()).isLessThan(events / 2);
    }

    @Test
    @Timeout(100)
    void offer_toASleepingStage_wakesIt() {
        AtomicInteger count = new AtomicInteger();
        StageQueue<Integer> queue = new StageQueue<>("test", 64, (event, isEndOfBatch) -> count.incrementAndGet());
        queue.start();
        // a stage that nobody wakes looks every 100 ms: that would be 1,000 s
        for (int i = 0; i < 10_000; i++) {
            queue.offer(i);
            while (count.get() <= i) {
                LockSupport.parkNanos(1);
            }
        }
        assertThat(queue.stop(LIMIT)).isZero();
    }

    @Test
    void constructor_capacityNotAPowerOfTwo_isRefused() {
        assertThatThrownBy(() -> new StageQueue<Integer>("test", 1000, (event, isEndOfBatch) -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("capacity: 1000 (expected: a power of two)");
    }
}
