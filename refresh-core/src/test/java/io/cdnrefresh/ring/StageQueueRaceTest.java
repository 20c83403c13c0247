// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Hand-over to a stage's own thread that falls asleep and wakes up, again and again. */
class StageQueueRaceTest {
    /** A wake-up that is lost would leave the event lying: each waits for the last one to be worked on. */
    @Test
    void offer_toAStageFallingAsleep_isNeverLeftLying() throws Exception {
        int rounds = 5_000;
        AtomicInteger handled = new AtomicInteger();
        StageQueue<Integer> queue = new StageQueue<>("race", 64, (event, isEndOfBatch) -> handled.incrementAndGet());
        queue.start();
        for (int i = 1; i <= rounds; i++) {
            assertThat(queue.offer(i)).isTrue();
            long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (handled.get() < i) {
                assertThat(System.nanoTime() - endNanos).as("event %d", i).isNegative();
                Thread.onSpinWait();
            }
        }
        assertThat(queue.stop(Duration.ofSeconds(5))).isZero();
    }

    /** What was taken in is worked on or counted as left, whenever the stop comes. */
    @Test
    void stop_racingOffer_losesNoEvent() throws Exception {
        for (int round = 0; round < 50; round++) {
            AtomicInteger handled = new AtomicInteger();
            AtomicInteger taken = new AtomicInteger();
            StageQueue<Integer> queue =
                    new StageQueue<>("race", 1024, (event, isEndOfBatch) -> handled.incrementAndGet());
            queue.start();
            CountDownLatch running = new CountDownLatch(1);
            Thread producer = new Thread(() -> {
                while (queue.put(1)) {
                    taken.incrementAndGet();
                    running.countDown();
                }
            });
            producer.start();
            assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
            int left = queue.stop(Duration.ofSeconds(10));
            producer.join();
            int late = queue.depth() - left; // put while stop returned
            assertThat(handled.get() + left + late).isEqualTo(taken.get());
        }
    }
}
