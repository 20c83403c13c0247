// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.local.LocalCoordinator;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.spi.SharedCounters;
import io.cdnrefresh.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WindowLimiterTest {
    private static final RateLimit HUNDRED = new RateLimit(100, Duration.ofSeconds(10));
    private static final long START = 1_763_805_600_000L;

    private final Counters shared = new Counters();

    /** Counters that can be cut off, lose answers or forget everything. */
    private static final class Counters {
        private SharedCounters known = empty();
        private boolean isDown;
        private boolean losesAnswers;

        private static SharedCounters empty() {
            return LocalCoordinator.builder().clock(new ManualClock()).build().counters();
        }

        SharedCounters of() {
            return (window, engine, totals, keepSeconds) -> {
                if (isDown) {
                    return CompletableFuture.failedFuture(new CompletionException("down", null));
                }
                CompletionStage<Map<String, Long>> sums = known.sync(window, engine, totals, keepSeconds);
                return losesAnswers ? CompletableFuture.failedFuture(new CompletionException("lost", null)) : sums;
            };
        }
    }

    private WindowLimiter limiter(String engine, int engines, boolean isHard) {
        return new WindowLimiter(shared.of(), engine, () -> engines, isHard, Duration.ofSeconds(5), 1_000);
    }

    private static int take(WindowLimiter limiter, RateLimit limit, int tries, long nowMillis) {
        Allowance allowance = limiter.allowance("t", limit, nowMillis);
        int taken = 0;
        for (int i = 0; i < tries; i++) {
            taken += allowance.tryAcquire(1, nowMillis) ? 1 : 0;
        }
        return taken;
    }

    @Test
    void tryAcquire_oneEngine_exactlyTheLimitInEachWindow() {
        WindowLimiter limiter = limiter("a", 1, false);

        assertThat(take(limiter, HUNDRED, 250, START)).isEqualTo(100);
        assertThat(take(limiter, HUNDRED, 250, START + 9_999)).isZero();
        assertThat(take(limiter, HUNDRED, 250, START + 10_000)).isEqualTo(100);
        assertThat(take(limiter, HUNDRED, 250, START + 3_000_000)).isEqualTo(100);
    }

    @Test
    void tryAcquire_moreThanIsLeft_takesNothing() {
        WindowLimiter limiter = limiter("a", 1, false);
        Allowance allowance = limiter.allowance("t", HUNDRED, START);

        assertThat(allowance.tryAcquire(60, START)).isTrue();
        assertThat(allowance.tryAcquire(60, START)).isFalse();
        assertThat(allowance.state(START).left()).isEqualTo(40);
        assertThat(allowance.state(START + 1_000).resetMillis()).isEqualTo(9_000);
        allowance.giveBack(60, START);
        assertThat(allowance.tryAcquire(100, START)).isTrue();
    }

    @Test
    void giveBack_ofAnEarlierWindow_isIgnored() {
        WindowLimiter limiter = limiter("a", 1, false);
        Allowance allowance = limiter.allowance("t", HUNDRED, START);
        assertThat(allowance.tryAcquire(60, START)).isTrue();
        assertThat(allowance.tryAcquire(100, START + 10_000)).isTrue();

        allowance.giveBack(60, START);

        assertThat(allowance.tryAcquire(1, START + 10_000)).isFalse();
    }

    @Test
    void tick_othersHaveTaken_onlyTheRestIsLeft() {
        WindowLimiter one = limiter("a", 2, false);
        WindowLimiter other = limiter("b", 2, false);
        assertThat(take(one, HUNDRED, 70, START)).isEqualTo(70);
        assertThat(take(other, HUNDRED, 10, START)).isEqualTo(10);

        one.tick(START);
        other.tick(START);

        assertThat(take(other, HUNDRED, 100, START)).isEqualTo(20);
        assertThat(take(one, HUNDRED, 100, START)).as("not told yet").isEqualTo(30);
    }

    @Test
    void tick_answersLostAndRepeated_nothingIsCountedTwice() {
        WindowLimiter one = limiter("a", 2, false);
        WindowLimiter other = limiter("b", 2, false);
        take(one, HUNDRED, 30, START);
        shared.losesAnswers = true;
        one.tick(START);
        shared.losesAnswers = false;
        one.tick(START + 5_000);
        one.tick(START + 10_000 - 1);

        take(other, HUNDRED, 1, START + 6_000);
        other.tick(START + 6_000);

        assertThat(take(other, HUNDRED, 100, START + 6_000)).isEqualTo(69);
    }

    @Test
    void tick_countersComeBackEmpty_knowEverythingAfterOneRound() {
        WindowLimiter one = limiter("a", 2, false);
        WindowLimiter other = limiter("b", 2, false);
        take(one, HUNDRED, 30, START);
        one.tick(START);
        shared.known = Counters.empty();
        one.tick(START + 5_000);
        take(other, HUNDRED, 1, START + 6_000);

        other.tick(START + 6_000);

        assertThat(take(other, HUNDRED, 100, START + 6_000)).isEqualTo(69);
    }

    @Test
    void tick_cutOff_engineTakesItsShareOnly() {
        WindowLimiter limiter = limiter("a", 4, false);
        take(limiter, HUNDRED, 20, START);
        shared.isDown = true;
        limiter.tick(START);
        limiter.tick(START + 5_000);

        assertThat(limiter.isCutOff()).isTrue();
        assertThat(take(limiter, HUNDRED, 200, START + 6_000))
                .as("a quarter of the 80 that were left")
                .isEqualTo(20);
        assertThat(take(limiter, HUNDRED, 200, START + 10_000)).isEqualTo(25);
        shared.isDown = false;
        limiter.tick(START + 11_000);
        assertThat(limiter.isCutOff()).isFalse();
        assertThat(take(limiter, HUNDRED, 200, START + 11_000)).isEqualTo(75);
    }

    @Test
    void tryAcquire_fourSoftEngines_overshootIsWithinItsBound() {
        overshoot(false, (limit, most) -> limit + 3L * Math.min(limit, most));
    }

    @Test
    void tryAcquire_fourHardEngines_neverMoreThanTheLimit() {
        overshoot(true, (limit, most) -> limit);
    }

    private interface Bound {
        long of(long limit, long mostBetweenRounds);
    }

    /** Four engines, random load, answers lost and cuts; a long window with many rounds. */
    private void overshoot(boolean isHard, Bound bound) {
        Random random = new Random(7);
        RateLimit limit = new RateLimit(10_000, Duration.ofMinutes(2));
        for (int run = 0; run < 50; run++) {
            shared.known = Counters.empty();
            List<WindowLimiter> engines = new ArrayList<>();
            for (String name : List.of("a", "b", "c", "d")) {
                engines.add(limiter(name, 4, isHard));
            }
            long[] taken = new long[4];
            long[] sinceRound = new long[4];
            long most = 0;
            long load = 1L + random.nextInt(500);
            for (int second = 0; second < 120; second++) {
                shared.isDown = random.nextInt(10) == 0;
                shared.losesAnswers = random.nextInt(10) == 0;
                for (int e = 0; e < 4; e++) {
                    int took =
                            take(engines.get(e), limit, (int) load / (1 + random.nextInt(4)), START + second * 1_000L);
                    taken[e] += took;
                    sinceRound[e] += took;
                    most = Math.max(most, sinceRound[e]);
                    engines.get(e).tick(START + second * 1_000L);
                    if (second % 5 == 0 && !shared.isDown && !shared.losesAnswers) {
                        sinceRound[e] = 0;
                    }
                }
            }
            long all = taken[0] + taken[1] + taken[2] + taken[3];
            assertThat(all).isLessThanOrEqualTo(bound.of(limit.count(), most));
            boolean isMore = load * 120 > 4 * limit.count();
            assertThat(!isMore || all >= limit.count() * 9 / 10)
                    .as("and close to it: %d", all)
                    .isTrue();
        }
    }

    @Test
    void tryAcquire_manyThreads_neverMoreThanTheLimit() throws InterruptedException {
        WindowLimiter limiter = limiter("a", 1, false);
        RateLimit limit = new RateLimit(50_000, Duration.ofSeconds(10));
        Allowance allowance = limiter.allowance("t", limit, START);
        AtomicLong taken = new AtomicLong();
        CountDownLatch ended = new CountDownLatch(4);
        for (int t = 0; t < 4; t++) {
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 50_000; i++) {
                    taken.addAndGet(allowance.tryAcquire(3, START) ? 3 : 0);
                }
                ended.countDown();
            });
            thread.start();
        }
        ended.await();

        assertThat(taken.get()).isBetween(49_000L, 50_000L);
    }

    @Test
    void allowance_tooManySubjects_shareOne() {
        WindowLimiter limiter = new WindowLimiter(shared.of(), "a", () -> 1, false, Duration.ofSeconds(5), 10);
        for (int i = 0; i < 10; i++) {
            limiter.allowance("s" + i, HUNDRED, START);
        }

        assertThat(limiter.allowance("x", HUNDRED, START)).isSameAs(limiter.allowance("y", HUNDRED, START));
        assertThat(limiter.size()).isEqualTo(11);
        limiter.tick(START + 30_000);
        assertThat(limiter.size()).isZero();
    }
}
