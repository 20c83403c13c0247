// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.spi.RefreshTimer;
import io.cdnrefresh.spi.RefreshTimer.Armed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link RefreshTimer} must do. Extend it and say how to make one that goes by a clock by hand.
 *
 * <p>Random tests print their seed in each failure; {@code -Drefresh.seed=N} repeats one.
 */
public abstract class RefreshTimerContract {
    private static final long SECOND = 1_000_000_000L;

    /** The clock of the timer under test. */
    protected ManualClock clock = new ManualClock();

    /** What has fired, in order. */
    private final List<Fired> fired = new ArrayList<>();

    private RefreshTimer timer = newTimer(clock);

    /** A fresh timer that is not started. */
    protected abstract RefreshTimer newTimer(ManualClock clockByHand);

    /** Makes a timer fire what is due by the clock; returns when its callbacks have returned. */
    protected abstract void fireDue(RefreshTimer started);

    /** How much later than its deadline a timer may fire, in nanoseconds: one tick. */
    protected abstract long toleranceNanos();

    @BeforeEach
    void startTimer() {
        begin(0);
    }

    @AfterEach
    void stopTimer() {
        timer.stop();
    }

    @Test
    void arm_deadlineReached_firesOnceWithItsWords() {
        long handle = timer.arm(clock.nanos() + SECOND, 7, 42);
        clock.advance(Duration.ofNanos(SECOND - 1));
        fireDue(timer);
        assertThat(fired).isEmpty();
        passTolerance();
        assertThat(fired).containsExactly(new Fired(7, 42, handle));
        clock.advance(Duration.ofDays(1));
        fireDue(timer);
        assertThat(fired).hasSize(1);
        assertThat(handle).isNotZero();
        assertThat(timer.size()).isZero();
    }

    @Test
    void arm_deadlineInThePast_firesAtTheNextTick() {
        clock.advance(Duration.ofHours(1));
        timer.arm(clock.nanos() - SECOND, 0, 1);
        timer.arm(clock.nanos() - Duration.ofMinutes(59).toNanos(), 0, 2);
        passTolerance();
        assertThat(fired).extracting(Fired::payload).containsExactlyInAnyOrder(1L, 2L);
    }

    @Test
    void arm_deadlineCenturiesAway_neitherFiresNorWraps() {
        clock.advance(Duration.ofMinutes(1));
        timer.arm(clock.nanos() + Long.MAX_VALUE, 0, 1);
        for (int year = 0; year < 40; year++) {
            clock.advance(Duration.ofDays(365));
            fireDue(timer);
        }
        assertThat(fired).isEmpty();
        assertThat(timer.size()).isOne();
    }

    @Test
    void arm_extremeWords_areGivenBackAsTheyWere() {
        timer.arm(clock.nanos(), 0, Long.MIN_VALUE);
        timer.arm(clock.nanos(), 255, Long.MAX_VALUE);
        passTolerance();
        assertThat(fired).extracting(Fired::payload).containsExactlyInAnyOrder(Long.MIN_VALUE, Long.MAX_VALUE);
        assertThat(fired).extracting(Fired::kind).containsExactlyInAnyOrder(0, 255);
    }

    @Test
    void cancel_armed_isTrueOnceAndNeverFires() {
        long handle = timer.arm(clock.nanos() + SECOND, 0, 1);
        assertThat(timer.cancel(handle)).isTrue();
        assertThat(timer.cancel(handle)).isFalse();
        assertThat(timer.size()).isZero();
        clock.advance(Duration.ofSeconds(5));
        fireDue(timer);
        assertThat(fired).isEmpty();
    }

    @Test
    void cancel_firedOrForeignHandle_isFalse() {
        long handle = timer.arm(clock.nanos(), 0, 1);
        passTolerance();
        assertThat(timer.cancel(handle)).isFalse();
        assertThat(timer.cancel(0)).isFalse();
        assertThat(timer.cancel(-1)).isFalse();
        assertThat(timer.cancel(Long.MAX_VALUE)).isFalse();
        assertThat(timer.cancel(handle ^ 0x3ff_0000L)).isFalse();
    }

    @Test
    void cancel_handleOfAnOlderTimer_doesNotTouchTheNewOne() {
        List<Long> old = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            long handle = timer.arm(clock.nanos() + SECOND, 0, i);
            old.add(handle);
            assertThat(timer.cancel(handle)).isTrue();
        }
        timer.arm(clock.nanos() + SECOND, 0, 77);
        assertThat(old).allMatch(handle -> !timer.cancel(handle));
        clock.advance(Duration.ofSeconds(2));
        fireDue(timer);
        assertThat(fired).extracting(Fired::payload).containsExactly(77L);
        assertThat(old).doesNotContain(fired.get(0).handle()).doesNotHaveDuplicates();
    }

    @Test
    void rearm_forLater_firesThenOnlyWithTheSameWords() {
        long moved = timer.rearm(timer.arm(clock.nanos() + SECOND, 7, 42), clock.nanos() + 100 * SECOND);
        clock.advance(Duration.ofNanos(100 * SECOND - 1));
        fireDue(timer);
        assertThat(fired).isEmpty();
        assertThat(timer.size()).isOne();
        passTolerance();
        assertThat(fired).containsExactly(new Fired(7, 42, moved));
        assertThat(timer.rearm(moved, clock.nanos() + SECOND)).isZero();
    }

    @Test
    void rearm_forEarlier_firesThenAndNotAgain() {
        long moved = timer.rearm(timer.arm(clock.nanos() + 100 * SECOND, 7, 42), clock.nanos() + SECOND);
        clock.advance(Duration.ofNanos(SECOND));
        passTolerance();
        assertThat(fired).containsExactly(new Fired(7, 42, moved));
        clock.advance(Duration.ofNanos(200 * SECOND));
        fireDue(timer);
        assertThat(fired).hasSize(1);
        assertThat(timer.size()).isZero();
    }

    @Test
    void rearm_cancelledOrForeignHandle_isZero() {
        long handle = timer.arm(clock.nanos() + SECOND, 0, 1);
        timer.cancel(handle);
        for (long foreign : new long[] {handle, 0, -1, Long.MAX_VALUE, handle ^ 0x3ff_0000L}) {
            assertThat(timer.rearm(foreign, clock.nanos() + SECOND)).isZero();
        }
        assertThat(timer.size()).isZero();
    }

    @Test
    void onTimer_throwing_harmsNoOtherTimer() {
        RefreshTimer own = newTimer(clock);
        List<Long> seen = new ArrayList<>();
        own.start((kind, payload, handle) -> {
            seen.add(payload);
            if (payload == 1) {
                throw new IllegalStateException("planted");
            }
        });
        for (int i = 0; i < 3; i++) {
            own.arm(clock.nanos(), 0, i);
        }
        clock.advance(Duration.ofNanos(2 * toleranceNanos()));
        fireDue(own);
        own.arm(clock.nanos(), 0, 3);
        clock.advance(Duration.ofNanos(2 * toleranceNanos()));
        fireDue(own);
        assertThat(seen).containsExactlyInAnyOrder(0L, 1L, 2L, 3L);
        own.stop();
    }

    @Test
    void onTimer_armingAndCancelling_isAllowed() {
        RefreshTimer own = newTimer(clock);
        long[] victim = new long[1];
        List<Long> seen = new ArrayList<>();
        own.start((kind, payload, handle) -> {
            seen.add(payload);
            if (payload == 1) {
                assertThat(own.cancel(victim[0])).isTrue();
                own.arm(clock.nanos(), 0, 2);
            }
        });
        victim[0] = own.arm(clock.nanos() + SECOND, 0, 9);
        own.arm(clock.nanos(), 0, 1);
        clock.advance(Duration.ofNanos(2 * toleranceNanos()));
        fireDue(own);
        clock.advance(Duration.ofSeconds(2));
        fireDue(own);
        assertThat(seen).containsExactly(1L, 2L);
        own.stop();
    }

    @Test
    void stop_armedTimers_areGivenBackOnce() {
        long deadlineNanos = clock.nanos() + SECOND;
        timer.arm(deadlineNanos, 3, 4);
        timer.cancel(timer.arm(deadlineNanos, 3, 5));
        assertThat(timer.stop()).containsExactly(new Armed(deadlineNanos, 3, 4));
        assertThat(timer.stop()).isEmpty();
        assertThat(timer.size()).isZero();
        assertThatThrownBy(() -> timer.arm(deadlineNanos, 0, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void arm_beforeStart_isRefused() {
        RefreshTimer own = newTimer(clock);
        assertThatThrownBy(() -> own.arm(0, 0, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(own.stop()).isEmpty();
    }

    /** Against a plain map: each timer fires in its window or is cancelled, and no step loses or repeats one. */
    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE - 1})
    void randomSteps_anyStart_agreeWithAMap(long startNanos) {
        long seed = Long.getLong("refresh.seed", System.nanoTime());
        Random random = new Random(seed);
        begin(startNanos);
        Map<Long, Due> model = new HashMap<>(); // by payload
        List<long[]> handles = new ArrayList<>(); // handle, payload
        long nextPayload = 0;
        for (int step = 0; step < 30_000; step++) {
            int dice = random.nextInt(100);
            if (dice < 15 && !handles.isEmpty()) {
                long[] chosen = handles.get(random.nextInt(handles.size()));
                long deadlineNanos = clock.nanos() + randomDelay(random);
                long moved = timer.rearm(chosen[0], deadlineNanos);
                Due due = model.get(chosen[1]);
                assertThat(moved != 0).as("seed %d step %d", seed, step).isEqualTo(due != null);
                if (due != null) {
                    chosen[0] = moved;
                    model.put(chosen[1], new Due(deadlineNanos, clock.nanos()));
                }
            } else if (dice < 60) {
                long deadlineNanos = clock.nanos() + randomDelay(random);
                handles.add(new long[] {timer.arm(deadlineNanos, (int) (nextPayload & 255), nextPayload), nextPayload});
                model.put(nextPayload++, new Due(deadlineNanos, clock.nanos()));
            } else if (dice < 90 && !handles.isEmpty()) {
                long[] chosen = handles.remove(random.nextInt(handles.size()));
                boolean isArmed = model.remove(chosen[1]) != null;
                assertThat(timer.cancel(chosen[0]))
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(isArmed);
            } else {
                clock.advance(Duration.ofNanos(Math.max(0, randomDelay(random) / 8)));
                fireDue(timer);
                checkFired(model, seed, step);
            }
            if (step % 1000 == 0) {
                assertThat(timer.size()).as("seed %d step %d", seed, step).isEqualTo(model.size());
            }
        }
        List<Armed> left = timer.stop();
        assertThat(left).as("seed %d", seed).hasSize(model.size());
        for (Armed armed : left) {
            Due due = model.get(armed.payload());
            assertThat(due == null ? null : due.deadlineNanos())
                    .as("seed %d", seed)
                    .isEqualTo(armed.deadlineNanos());
        }
    }

    private void checkFired(Map<Long, Due> model, long seed, int step) {
        for (Fired one : fired) {
            Due due = model.remove(one.payload());
            if (due == null) {
                throw new AssertionError("fired twice or cancelled: seed " + seed + " step " + step);
            }
            assertThat(lateNanos(due.deadlineNanos()))
                    .as("early: seed %d step %d", seed, step)
                    .isNotNegative();
        }
        fired.clear();
        for (Due due : model.values()) {
            long lateNanos = Math.min(lateNanos(due.deadlineNanos()), lateNanos(due.armedAtNanos()));
            if (lateNanos > toleranceNanos()) {
                assertThat(lateNanos).as("late: seed %d step %d", seed, step).isLessThanOrEqualTo(toleranceNanos());
            }
        }
    }

    private long lateNanos(long deadlineNanos) {
        return clock.nanos() - deadlineNanos;
    }

    /** From the past to years ahead, each power of two alike. */
    private static long randomDelay(Random random) {
        if (random.nextInt(20) == 0) {
            return -random.nextInt(1_000_000_000);
        }
        int bits = 10 + random.nextInt(random.nextInt(30) == 0 ? 50 : 30);
        return random.nextLong() >>> (63 - bits);
    }

    private void passTolerance() {
        clock.advance(Duration.ofNanos(toleranceNanos() + 1));
        fireDue(timer);
    }

    private void begin(long startNanos) {
        timer.stop();
        clock = new ManualClock(startNanos);
        timer = newTimer(clock);
        timer.start((kind, payload, handle) -> fired.add(new Fired(kind, payload, handle)));
    }

    private record Due(long deadlineNanos, long armedAtNanos) {}

    private record Fired(int kind, long payload, long handle) {}
}
