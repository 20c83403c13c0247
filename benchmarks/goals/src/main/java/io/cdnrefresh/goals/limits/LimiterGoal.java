// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.limits;

import com.sun.management.ThreadMXBean;
import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import io.cdnrefresh.limit.Allowance;
import io.cdnrefresh.limit.WindowLimiter;
import io.cdnrefresh.local.LocalCoordinator;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.spi.SharedCounters;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;

/**
 * P13: one {@code tryAcquire} with its handle resolved and the time passed in against one addition to an uncontended
 * {@link LongAdder}; and how far four engines overshoot a limit while answers get lost and engines are cut off, in
 * simulated time.
 */
public final class LimiterGoal {
    private static final long START = 1_763_805_600_000L;
    private static final int CALLS = 5_000_000;
    private static final int ENGINES = 4;
    private static final int SYNC_SECONDS = 5;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final GoalRun run;
    private long taken;

    private LimiterGoal(GoalRun run) {
        this.run = run;
    }

    /** Takes --quick. */
    public static void main(String[] arguments) {
        LimiterGoal goal =
                new LimiterGoal(GoalRun.begin("P13", arguments, "9 pairs and 200 windows; not 31 and 2,000", false));
        goal.cost();
        goal.overshoot(false);
        goal.overshoot(true);
        goal.run.finish();
    }

    private void cost() {
        WindowLimiter limiter = new WindowLimiter(
                (window, engine, totals, keep) -> CompletableFuture.completedFuture(totals),
                "a",
                () -> 1,
                false,
                Duration.ofSeconds(SYNC_SECONDS),
                1_000);
        Allowance allowance = limiter.allowance("t", new RateLimit(1_000_000_000_000L, Duration.ofDays(1)), START);
        LongAdder adder = new LongAdder();
        for (int i = 0; i < 5; i++) {
            acquire(allowance);
            add(adder);
        }
        long bytes = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
        acquire(allowance);
        double each =
                (double) (threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - bytes) / CALLS;
        Pairs pairs = Pairs.measure(run.isQuick() ? 9 : 31, () -> acquire(allowance), () -> add(adder));
        run.say(new Table("one thread", "M/s", "LongAdder : ours")
                .row("tryAcquire", acquire(allowance) / 1e6, 1 / pairs.median())
                .row("LongAdder", add(adder) / 1e6, 1));
        run.say(taken + " granted");
        run.score().atLeast("tryAcquire : LongAdder, cost at most 3 times", pairs, 1 / 3.0);
        run.score().atMost("B/op", each, 0.01);
    }

    private double acquire(Allowance allowance) {
        long start = System.nanoTime();
        for (int i = 0; i < CALLS; i++) {
            taken += allowance.tryAcquire(1, START + (i & 1_023)) ? 1 : 0;
        }
        return CALLS * 1e9 / (System.nanoTime() - start);
    }

    private double add(LongAdder adder) {
        long start = System.nanoTime();
        for (int i = 0; i < CALLS; i++) {
            adder.increment();
        }
        taken += adder.sum() & 1;
        return CALLS * 1e9 / (System.nanoTime() - start);
    }

    /** Counters whose answers may be lost, by engine. */
    private static final class Counters {
        final SharedCounters known = LocalCoordinator.builder().build().counters();
        final boolean[] isCut = new boolean[ENGINES];
        boolean losesAnswers;

        SharedCounters of(int index) {
            return (window, engine, totals, keepSeconds) -> {
                if (isCut[index]) {
                    return CompletableFuture.failedFuture(new IllegalStateException("cut off"));
                }
                CompletionStage<Map<String, Long>> sums = known.sync(window, engine, totals, keepSeconds);
                return losesAnswers ? CompletableFuture.failedFuture(new IllegalStateException("answer lost")) : sums;
            };
        }
    }

    /** The most that a window let through, in parts of its limit and of the documented bound. */
    private void overshoot(boolean isHard) {
        Random random = new Random(1);
        RateLimit limit = new RateLimit(100_000, Duration.ofMinutes(1));
        Table table = new Table(
                isHard ? "4 hard engines, 3 times the limit offered" : "4 soft engines, 3 times the limit offered",
                "worst : limit",
                "mean : limit",
                "worst : bound");
        for (Trouble trouble : Trouble.values()) {
            double worst = 0;
            double worstOfBound = 0;
            double sum = 0;
            int windows = run.isQuick() ? 200 : 2_000;
            for (int i = 0; i < windows; i++) {
                long[] all = window(random, limit, isHard, trouble);
                worst = Math.max(worst, (double) all[0] / limit.count());
                worstOfBound = Math.max(worstOfBound, (double) all[0] / all[1]);
                sum += (double) all[0] / limit.count();
            }
            table.row(trouble.name(), worst, sum / windows, worstOfBound);
            run.score()
                    .atMost((isHard ? "hard, " : "soft, ") + trouble + ": worst window to its bound", worstOfBound, 1);
        }
        run.say(table);
    }

    private enum Trouble {
        NONE,
        LOST_ANSWERS,
        PARTITION
    }

    /** What one window let through, and its bound. */
    private static long[] window(Random random, RateLimit limit, boolean isHard, Trouble trouble) {
        Counters counters = new Counters();
        List<WindowLimiter> engines = new ArrayList<>();
        List<Allowance> allowances = new ArrayList<>();
        for (int e = 0; e < ENGINES; e++) {
            WindowLimiter engine = new WindowLimiter(
                    counters.of(e), "e" + e, () -> ENGINES, isHard, Duration.ofSeconds(SYNC_SECONDS), 1_000);
            engines.add(engine);
            allowances.add(engine.allowance("t", limit, START));
        }
        long most = 0;
        long all = 0;
        long[] sinceRound = new long[ENGINES];
        for (int second = 0; second < 60; second++) {
            long now = START + second * 1_000L;
            counters.losesAnswers = trouble == Trouble.LOST_ANSWERS && random.nextInt(3) == 0;
            for (int e = 0; e < ENGINES; e++) {
                counters.isCut[e] = trouble == Trouble.PARTITION && (e < 2 || second > 40);
                long offered = 3 * limit.count() / 60 / ENGINES * (1 + random.nextInt(2));
                for (long i = 0; i < offered; i += 50) {
                    if (allowances.get(e).tryAcquire(50, now)) {
                        all += 50;
                        sinceRound[e] += 50;
                    }
                }
                most = Math.max(most, sinceRound[e]);
                engines.get(e).tick(now);
                if (second % SYNC_SECONDS == 0 && !counters.losesAnswers && !counters.isCut[e]) {
                    sinceRound[e] = 0;
                }
            }
        }
        long bound = isHard ? limit.count() : limit.count() + (ENGINES - 1) * Math.min(limit.count(), most);
        return new long[] {all, bound};
    }
}
