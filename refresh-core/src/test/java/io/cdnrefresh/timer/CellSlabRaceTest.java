// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/**
 * The races of {@code benchmarks/stress} without its harness: two threads go through the same timers side by side, again
 * and again.
 */
class CellSlabRaceTest {
    private static final int ROUNDS = 500;
    private static final int TIMERS = 1_000;

    private final CellSlab cells = new CellSlab();
    private final long[] entries = new long[TIMERS];
    private final AtomicIntegerArray wins = new AtomicIntegerArray(TIMERS);

    private void armAll() {
        for (int i = 0; i < TIMERS; i++) {
            entries[i] = cells.arm(i, i & 255, i);
        }
    }

    private boolean cancel(long entry) {
        return cells.cancel((int) (entry >>> 32), (int) entry);
    }

    private void cancelAndCount(int i) {
        if (cancel(entries[i])) {
            wins.incrementAndGet(i);
        }
    }

    private static void race(IntConsumer first, IntConsumer second) throws Exception {
        CyclicBarrier start = new CyclicBarrier(2);
        Throwable[] thrown = new Throwable[1];
        Thread other = new Thread(() -> {
            try {
                start.await();
                for (int i = 0; i < TIMERS; i++) {
                    second.accept(i);
                }
            } catch (Throwable e) {
                thrown[0] = e;
            }
        });
        other.start();
        start.await();
        for (int i = 0; i < TIMERS; i++) {
            first.accept(i);
        }
        other.join();
        assertThat(thrown[0]).isNull();
    }

    @Test
    void cancelAndFire_atOnce_exactlyOneWins() throws Exception {
        for (int round = 1; round <= ROUNDS; round++) {
            armAll();
            race(this::cancelAndCount, i -> {
                if (cells.fire(entries[i])) {
                    wins.incrementAndGet(i);
                }
            });
            assertThat(cells.size()).isZero();
            for (int i = 0; i < TIMERS; i++) {
                assertThat(wins.get(i)).isEqualTo(round);
            }
        }
    }

    @Test
    void cancelTwice_atOnce_exactlyOneWins() throws Exception {
        for (int round = 1; round <= ROUNDS; round++) {
            armAll();
            race(this::cancelAndCount, this::cancelAndCount);
            assertThat(cells.size()).isZero();
            for (int i = 0; i < TIMERS; i++) {
                assertThat(wins.get(i)).isEqualTo(round);
            }
        }
    }

    /** One arms in the cells that the other frees: no cell is given twice, no old handle ends a new timer. */
    @Test
    void armWhileOthersAreCancelled_everyCellOnceAndNoOldHandleMatches() throws Exception {
        long[] fresh = new long[TIMERS];
        armAll();
        for (int round = 0; round < ROUNDS; round++) {
            long base = (long) round * TIMERS;
            race(i -> fresh[i] = cells.arm(1, 7, base + i), i -> {
                cancelAndCount(i);
                cancelAndCount(i);
            });
            for (int i = 0; i < TIMERS; i++) {
                assertThat(wins.get(i)).isEqualTo(round + 1);
                assertThat(cells.isArmed(fresh[i])).isTrue();
                assertThat(cells.payload(fresh[i])).isEqualTo(base + i);
                assertThat(cancel(entries[i])).isFalse();
                entries[i] = fresh[i];
            }
            assertThat(cells.size()).isEqualTo(TIMERS);
        }
    }
}
