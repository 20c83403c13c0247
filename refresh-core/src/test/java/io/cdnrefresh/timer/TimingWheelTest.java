// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.spi.RefreshTimer;
import io.cdnrefresh.testkit.ManualClock;
import io.cdnrefresh.testkit.RefreshTimerContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TimingWheelTest extends RefreshTimerContract {
    private static final long TICK = 1 << 20;

    @Override
    protected RefreshTimer newTimer(ManualClock clockByHand) {
        return TimingWheel.builder()
                .clock(clockByHand)
                .callbackThreads(0)
                .shards(4)
                .build();
    }

    @Override
    protected void fireDue(RefreshTimer started) {
        ((TimingWheel) started).advance(clock.nanos());
    }

    @Override
    protected long toleranceNanos() {
        return TICK;
    }

    @Test
    void advance_aMillionTimersInOneTick_goesInBoundedPieces() {
        int count = 1_000_000;
        Shard shard = new Shard(0, 20);
        shard.open(0);
        for (int i = 0; i < count; i++) {
            shard.arm(10 * TICK, 0, i);
        }
        BitSet seen = new BitSet(count);
        Batch batch = new Batch();
        int pieces = 0;
        boolean repeated = false;
        for (boolean more = true; more; pieces++) {
            more = shard.advance(10, batch);
            for (int i = 0; i < batch.size(); i++) {
                repeated |= seen.get((int) batch.payload(i));
                seen.set((int) batch.payload(i));
            }
            batch.clear();
        }
        assertThat(repeated).isFalse();
        assertThat(seen.cardinality()).isEqualTo(count);
        assertThat(pieces).isGreaterThanOrEqualTo(count / Batch.CAPACITY);
        assertThat(shard.size()).isZero();
    }

    @Test
    void advance_afterAStallOfAnHour_catchesUpWithEveryTimerOnce() {
        ManualClock time = new ManualClock(Long.MAX_VALUE - 1);
        AtomicLong sum = new AtomicLong();
        TimingWheel wheel = TimingWheel.builder().clock(time).callbackThreads(0).build();
        wheel.start((kind, payload, handle) -> sum.addAndGet(payload));
        for (int second = 1; second <= 3600; second++) {
            wheel.arm(time.nanos() + Duration.ofSeconds(second).toNanos(), 0, second);
        }
        assertThat(wheel.advance(time.advance(Duration.ofHours(1)))).isEqualTo(3599);
        assertThat(wheel.advance(time.advance(Duration.ofNanos(TICK)))).isOne();
        assertThat(sum.get()).isEqualTo(3600L * 3601 / 2);
        wheel.stop();
    }

    @Test
    void bucket_everyTimerCancelled_doesNotGrow() {
        Level level = new Level(0, 64);
        CellSlab cells = new CellSlab();
        int cancelled = 0;
        for (int i = 0; i < 1_000_000; i++) {
            long entry = cells.arm(1, 0, i);
            level.add(3, entry, cells);
            cancelled += cells.cancel((int) (entry >>> 32), (int) entry) ? 1 : 0;
        }
        assertThat(cancelled).isEqualTo(1_000_000);
        int entries = 0;
        for (Chunk chunk = level.take(3, null); chunk != null; chunk = chunk.next) {
            entries += chunk.entries.length;
        }
        assertThat(entries).isLessThan(1000);
        assertThat(cells.size()).isZero();
    }

    @Test
    void nextWindow_anyBit_isFoundAroundTheTurn() {
        CellSlab cells = new CellSlab();
        for (long window = 1000; window < 1128; window++) {
            Level level = new Level(0, 128);
            assertThat(level.nextWindow(window)).isEqualTo(-1);
            level.add(window, cells.arm(1, 0, 0), cells);
            for (long from = window - 127; from <= window; from++) {
                assertThat(level.nextWindow(from)).isEqualTo(window);
            }
        }
    }

    @Test
    void threads_realTime_neverEarlyAndEveryTimerOnce() throws Exception {
        int count = 20_000;
        AtomicIntegerArray fired = new AtomicIntegerArray(count);
        long[] deadlines = new long[count];
        AtomicInteger early = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(count);
        TimingWheel wheel = TimingWheel.builder().callbackThreads(2).build();
        wheel.start((kind, payload, handle) -> {
            if (System.nanoTime() - deadlines[(int) payload] < 0) {
                early.incrementAndGet();
            }
            fired.incrementAndGet((int) payload);
            done.countDown();
        });
        Random random = new Random(1);
        for (int i = 0; i < count; i++) {
            deadlines[i] = System.nanoTime() + random.nextInt(200_000_000);
            wheel.arm(deadlines[i], 0, i);
        }
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(early).hasValue(0);
        for (int i = 0; i < count; i++) {
            assertThat(fired.get(i)).isOne();
        }
        assertThat(wheel.stop()).isEmpty();
        assertThat(wheel.stats().fired()).isEqualTo(count);
    }

    @Test
    void arm_nearerThanWhatTheTickerSleepsFor_wakesIt() throws Exception {
        CountDownLatch near = new CountDownLatch(1);
        TimingWheel wheel = TimingWheel.builder().build();
        wheel.start((kind, payload, handle) -> near.countDown());
        wheel.arm(System.nanoTime() + TimeUnit.HOURS.toNanos(2), 0, 1);
        await().until(() -> wheelThread().getState() == Thread.State.TIMED_WAITING);
        wheel.arm(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(20), 0, 2);
        assertThat(near.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(wheel.stop()).hasSize(1);
    }

    private static Thread wheelThread() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("wheel"))
                .findFirst()
                .orElseThrow();
    }

    /** Several threads arm and cancel what is about to fire: each timer either fires or its cancel said true. */
    @Test
    void cancel_racingFire_exactlyOneWins() throws Exception {
        int threads = 4;
        int perThread = 50_000;
        AtomicIntegerArray ends = new AtomicIntegerArray(threads * perThread);
        AtomicInteger cancelled = new AtomicInteger();
        TimingWheel wheel = TimingWheel.builder()
                .callbackThreads(2)
                .callbackBatches(2)
                .tickNanos(1 << 16)
                .build();
        wheel.start((kind, payload, handle) -> ends.incrementAndGet((int) payload));
        List<Thread> running = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int base = t * perThread;
            Thread thread = new Thread(() -> {
                Random random = new Random(base);
                long[] window = new long[64];
                for (int i = 0; i < perThread; i++) {
                    int slot = random.nextInt(window.length);
                    if (window[slot] != 0 && wheel.cancel(window[slot])) {
                        cancelled.incrementAndGet();
                    }
                    window[slot] = wheel.arm(System.nanoTime() + random.nextInt(100_000), 0, base + i);
                }
            });
            running.add(thread);
            thread.start();
        }
        for (Thread thread : running) {
            thread.join();
        }
        await().until(() -> wheel.size() == 0);
        assertThat(wheel.stop()).isEmpty();
        int firedOnce = 0;
        for (int i = 0; i < ends.length(); i++) {
            assertThat(ends.get(i)).isLessThanOrEqualTo(1);
            firedOnce += ends.get(i);
        }
        assertThat(firedOnce + cancelled.get()).isEqualTo(threads * perThread);
    }

    @Test
    void callbacks_allBusy_keepTimersArmedAndCancellable() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch entered = new CountDownLatch(1);
        TimingWheel wheel = TimingWheel.builder().callbackBatches(1).build();
        wheel.start((kind, payload, handle) -> {
            entered.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        wheel.arm(System.nanoTime(), 0, 0);
        assertThat(entered.await(10, TimeUnit.SECONDS)).isTrue();
        long waiting = wheel.arm(System.nanoTime(), 0, 1);
        await().until(() -> wheel.stats().lagNanos() > 5 * TICK);
        assertThat(wheel.cancel(waiting)).isTrue();
        release.countDown();
        await().until(() -> wheel.stats().fired() == 1);
        assertThat(wheel.stop()).isEmpty();
    }

    @Test
    void stop_racingArm_losesNoTimer() throws Exception {
        for (int round = 0; round < 50; round++) {
            TimingWheel wheel = TimingWheel.builder().build();
            wheel.start((kind, payload, handle) -> {});
            AtomicInteger armed = new AtomicInteger();
            Thread producer = new Thread(() -> {
                try {
                    while (true) {
                        wheel.arm(System.nanoTime() + TimeUnit.MINUTES.toNanos(1), 0, 0);
                        armed.incrementAndGet();
                    }
                } catch (IllegalStateException e) {
                    assertThat(e).hasMessageContaining("stopped");
                }
            });
            producer.start();
            while (armed.get() < 100) {
                Thread.onSpinWait();
            }
            int left = wheel.stop().size();
            producer.join();
            assertThat(left).isEqualTo(armed.get());
        }
    }

    @Test
    void builder_valuesOutOfRange_areRefusedWithTheRange() {
        assertThatThrownBy(() -> TimingWheel.builder().tickNanos(1_000_000))
                .hasMessage("tickNanos: 1000000 (expected: a power of two, 65536..1073741824)");
        assertThatThrownBy(() -> TimingWheel.builder().shards(3)).hasMessageContaining("shards: 3");
        assertThatThrownBy(() -> TimingWheel.builder().callbackThreads(17)).hasMessageContaining("0..16");
        assertThatThrownBy(() -> TimingWheel.builder().callbackBatches(0)).hasMessageContaining("1..4096");
    }
}
