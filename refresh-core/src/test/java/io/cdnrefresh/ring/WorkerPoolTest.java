// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WorkerPoolTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final WorkerPool pool = new WorkerPool("test", 4);
    private final CountDownLatch latch = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();

    private void block() {
        begun.incrementAndGet();
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void tryRun_full_isRefusedAndCounted() {
        for (int i = 0; i < 4; i++) {
            assertThat(pool.tryRun(() -> {})).isTrue();
        }
        assertThat(pool.tryRun(() -> {})).isFalse();
        assertThat(pool.refused()).isEqualTo(1);
        assertThat(pool.depth()).isEqualTo(4);

        assertThat(pool.runPending()).isEqualTo(4);
        assertThat(pool.tryRun(() -> {})).isTrue();
        assertThat(pool.stop(LIMIT)).isZero();
        assertThat(pool.tryRun(() -> {})).isFalse();
    }

    @Test
    void work_throws_isCountedAndTheThreadGoesOn() {
        List<Integer> seen = Collections.synchronizedList(new ArrayList<>());
        pool.resize(1);
        pool.tryRun(() -> {
            throw new StackOverflowError("planted");
        });
        pool.tryRun(() -> seen.add(1));
        assertThat(pool.stop(LIMIT)).isZero();
        assertThat(seen).containsExactly(1);
        assertThat(pool.failures()).isEqualTo(1);
    }

    @Test
    void resize_whileAllAreStuck_newThreadsWork_andThoseTooManyLeaveAfterTheirWork() {
        pool.resize(2);
        pool.tryRun(this::block);
        pool.tryRun(this::block);
        await().atMost(LIMIT).until(() -> begun.get() == 2);
        pool.resize(3);
        AtomicInteger done = new AtomicInteger();
        pool.tryRun(done::incrementAndGet);
        await().atMost(LIMIT).until(() -> done.get() == 1);

        pool.resize(0);
        pool.tryRun(done::incrementAndGet);
        latch.countDown();
        await().pollDelay(Duration.ofMillis(200)).until(() -> true);
        assertThat(done).hasValue(1);
        assertThat(pool.threads()).isZero();

        // a pool that stands still does at its end what waits
        assertThat(pool.stop(LIMIT)).isZero();
        assertThat(done).hasValue(2);
    }

    @Test
    void stop_stuckWork_endsAtTheDeadline_andCountsWhatIsLeft() {
        pool.resize(1);
        pool.tryRun(this::block);
        await().atMost(LIMIT).until(() -> begun.get() == 1);
        pool.tryRun(() -> {});
        assertThat(pool.stop(Duration.ofMillis(50))).isEqualTo(2);
    }

    @Test
    void resize_outOfRange_isRefused() {
        assertThatThrownBy(() -> pool.resize(65))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threads: 65 (expected: 0..64)");
    }
}
