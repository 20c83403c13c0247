// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.timers;

import io.cdnrefresh.goals.Fork;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * The process of one candidate. A command is {@code workload timers producers}; rates are answered as operations a second
 * and processor nanoseconds an operation.
 */
final class TimerWork {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long SOON = 30 * SECOND; // timers that are cancelled: 30 to 60 s
    private static final long FAR = 3_600 * SECOND; // timers that stay: one to two hours
    private static final int OPERATIONS = 1_000_000;
    private static final int CYCLE = 63; // the clock is read once for so many operations, and one

    private final String candidate;
    private final LongAdder fired = new LongAdder();
    private final int timers;
    private final int producers;

    private TimerWork(String candidate, int timers, int producers) {
        this.candidate = candidate;
        this.timers = timers;
        this.producers = producers;
    }

    /** Takes the candidate's name. */
    public static void main(String[] arguments) throws IOException {
        Fork.serve(command -> {
            String[] words = command.split(" ", -1);
            TimerWork work = new TimerWork(arguments[0], Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            return switch (words[0]) {
                case "pair" -> work.pair();
                case "rolling" -> work.rolling();
                case "random" -> work.random();
                case "expiry" -> work.expiry();
                case "bytes" -> work.bytes();
                case "late" -> work.late();
                default -> throw new IllegalArgumentException("workload: " + words[0]);
            };
        });
    }

    private Timers open(int slots, IntConsumer onFire) {
        return switch (candidate) {
            case "wheel" -> new WheelTimers(slots, onFire);
            case "netty-1ms" -> new NettyTimers(slots, onFire, 1, 8192);
            case "netty-100ms" -> new NettyTimers(slots, onFire, 100, 512);
            case "kafka" -> new KafkaTimers(slots, onFire);
            case "agrona-lock" -> new AgronaTimers(slots, onFire);
            case "agrona-single" -> new AgronaSingle(slots);
            case "executor" -> new ExecutorTimers(slots, onFire);
            default -> throw new IllegalArgumentException("candidate: " + candidate);
        };
    }

    private void count(int slot) {
        fired.increment();
    }

    private void fill(Timers tested) {
        Producers.run(producers, p -> arm(tested, p), () -> {});
        LockSupport.parkNanos(Math.max(20_000_000L, timers * 40L)); // put-off work of the filling
    }

    private void arm(Timers tested, int producer) {
        SplittableRandom random = new SplittableRandom(producer);
        long nowNanos = System.nanoTime();
        for (int slot = first(producer); slot < first(producer + 1); slot++) {
            nowNanos = (slot & CYCLE) == 0 ? System.nanoTime() : nowNanos;
            tested.arm(slot, nowNanos, nowNanos + FAR + random.nextLong(FAR));
        }
    }

    /** Where a producer's slots begin. */
    private int first(int producer) {
        return (int) ((long) timers * producer / producers);
    }

    /** Arm and cancel at once, beside the others that stay. */
    private double[] pair() {
        try (Timers tested = open(timers + producers, this::count)) {
            fill(tested);
            int each = OPERATIONS / producers;
            Producers.Took took = Producers.run(
                    producers,
                    p -> {
                        SplittableRandom random = new SplittableRandom(p);
                        long nowNanos = 0;
                        for (int i = 0; i < each; i++) {
                            nowNanos = (i & CYCLE) == 0 ? System.nanoTime() : nowNanos;
                            tested.arm(timers + p, nowNanos, nowNanos + SOON + random.nextLong(SOON));
                            tested.cancel(timers + p);
                        }
                    },
                    () -> tested.settle(timers, 2 * SOON));
            return took.perSecondAndNanos((long) each * producers);
        }
    }

    /** Cancel the oldest, arm a new one: all timers are in the window. */
    private double[] rolling() {
        try (Timers tested = open(timers, this::count)) {
            fill(tested);
            int each = Math.max(OPERATIONS, 2 * timers) / producers; // turns enough to meet what was put off
            Producers.Took took = Producers.run(
                    producers,
                    p -> {
                        SplittableRandom random = new SplittableRandom(p);
                        int slot = first(p);
                        long nowNanos = 0;
                        for (int i = 0; i < each; i++) {
                            nowNanos = (i & CYCLE) == 0 ? System.nanoTime() : nowNanos;
                            tested.cancel(slot);
                            tested.arm(slot, nowNanos, nowNanos + FAR + random.nextLong(FAR));
                            slot = slot + 1 == first(p + 1) ? first(p) : slot + 1;
                        }
                    },
                    () -> tested.settle(timers, 0));
            return took.perSecondAndNanos((long) each * producers);
        }
    }

    /** Arm all, then cancel all in random order. */
    private double[] random() {
        int[] order = new int[timers];
        for (int i = 0; i < timers; i++) {
            order[i] = i;
        }
        Random random = new Random(1);
        for (int p = 0; p < producers; p++) {
            for (int i = first(p + 1) - 1; i > first(p); i--) {
                int other = first(p) + random.nextInt(i - first(p) + 1);
                int slot = order[i];
                order[i] = order[other];
                order[other] = slot;
            }
        }
        try (Timers tested = open(timers, this::count)) {
            Producers.Took took = Producers.run(
                    producers,
                    p -> {
                        arm(tested, p);
                        for (int i = first(p); i < first(p + 1); i++) {
                            tested.cancel(order[i]);
                        }
                    },
                    () -> tested.settle(0, 2 * FAR));
            return took.perSecondAndNanos(timers);
        }
    }

    /** Arm all with deadlines spread over a fifth of a second, or a whole one if they are many, and let them fire. */
    private double[] expiry() {
        CountDownLatch all = new CountDownLatch(1);
        AtomicInteger left = new AtomicInteger(timers);
        Timers tested = open(timers, slot -> {
            if (left.decrementAndGet() == 0) {
                all.countDown();
            }
        });
        try (tested) {
            long beginNanos = System.nanoTime() + Math.max(50_000_000L, timers * 2_000L);
            long spanNanos = timers <= 100_000 ? SECOND / 5 : SECOND;
            Producers.Took took = Producers.run(
                    producers,
                    p -> {
                        SplittableRandom random = new SplittableRandom(p);
                        long nowNanos = System.nanoTime();
                        for (int slot = first(p); slot < first(p + 1); slot++) {
                            nowNanos = (slot & CYCLE) == 0 ? System.nanoTime() : nowNanos;
                            tested.arm(slot, nowNanos, beginNanos + random.nextLong(spanNanos));
                        }
                    },
                    () -> Producers.await(all));
            double lateMillis = (System.nanoTime() - beginNanos - spanNanos) / 1e6;
            double cpuNanos = (double) took.cpuNanos() / timers;
            return new double[] {1e9 / cpuNanos, cpuNanos, lateMillis};
        }
    }

    /** Heap of an armed timer, the caller's table of handles not counted. */
    private double[] bytes() {
        try (Timers tested = open(timers, this::count)) {
            long before = heap();
            fill(tested);
            return new double[] {(double) (heap() - before) / timers};
        }
    }

    private static long heap() {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        memory.gc();
        memory.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }

    /** Lateness in microseconds of few timers on an idle process: median, 99 %, most, and how many were early. */
    private double[] late() {
        AtomicLongArray deadlines = new AtomicLongArray(timers);
        double[] lateMicros = new double[timers];
        Timers tested = open(timers, slot -> {
            lateMicros[slot] = (System.nanoTime() - deadlines.get(slot)) / 1e3;
            fired.increment();
        });
        try (tested) {
            SplittableRandom random = new SplittableRandom(1);
            long beginNanos = System.nanoTime() + SECOND / 10;
            for (int slot = 0; slot < timers; slot++) {
                long nowNanos = System.nanoTime();
                long delayNanos = beginNanos - nowNanos + random.nextLong(SECOND / 5);
                deadlines.set(slot, nowNanos + delayNanos);
                tested.arm(slot, nowNanos, nowNanos + delayNanos);
            }
            while (fired.sum() < timers) {
                LockSupport.parkNanos(1_000_000);
            }
        }
        Arrays.sort(lateMicros);
        long early = Arrays.stream(lateMicros).filter(late -> late < 0).count();
        return new double[] {lateMicros[timers / 2], lateMicros[(int) (timers * 0.99)], lateMicros[timers - 1], early};
    }
}
