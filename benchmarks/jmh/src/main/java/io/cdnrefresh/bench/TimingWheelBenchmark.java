// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.bench;

import io.cdnrefresh.timer.TimingWheel;
import io.netty.util.HashedWheelTimer;
import io.netty.util.Timeout;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What does it cost to arm a timer that is cancelled before it fires, with many others pending? {@code pair} cancels at
 * once; {@code rolling} cancels the timer armed 1,024 timers earlier by the same thread, as a report does.
 *
 * <p>Each at its best sane setting: 1 ms ticks, Netty with 8,192 slots, the executor with removal on cancel.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Threads(2)
public class TimingWheelBenchmark {
    private static final long DELAY_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final ThreadFactory DAEMONS = task -> {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    };

    /** The wheel of this project. */
    @State(Scope.Benchmark)
    public static class Wheel {
        /** Timers that stay armed all the time. */
        @Param("100000")
        int pending;

        private final TimingWheel timer = TimingWheel.builder().build();

        /** Arms the pending ones. */
        @Setup(Level.Trial)
        public void fill(Blackhole hole) {
            timer.start((kind, payload, handle) -> hole.consume(payload));
            Random random = new Random(1);
            for (int i = 0; i < pending; i++) {
                timer.arm(System.nanoTime() + delayOfPending(random), 0, i);
            }
        }

        /** Ends its threads. */
        @TearDown(Level.Trial)
        public void stop() {
            timer.stop();
        }
    }

    /** Netty's hashed wheel. */
    @State(Scope.Benchmark)
    public static class Netty {
        /** Timers that stay armed all the time. */
        @Param("100000")
        int pending;

        private final HashedWheelTimer timer = new HashedWheelTimer(DAEMONS, 1, TimeUnit.MILLISECONDS, 8192);

        /** Arms the pending ones. */
        @Setup(Level.Trial)
        public void fill() {
            Random random = new Random(1);
            for (int i = 0; i < pending; i++) {
                timer.newTimeout(TimingWheelBenchmark::onTimeout, delayOfPending(random), TimeUnit.NANOSECONDS);
            }
        }

        /** Ends its thread. */
        @TearDown(Level.Trial)
        public void stop() {
            timer.stop();
        }
    }

    /** The JDK's executor. */
    @State(Scope.Benchmark)
    public static class Executor {
        /** Timers that stay armed all the time. */
        @Param("100000")
        int pending;

        private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, DAEMONS);

        /** Arms the pending ones. */
        @Setup(Level.Trial)
        public void fill() {
            timer.setRemoveOnCancelPolicy(true);
            Random random = new Random(1);
            for (int i = 0; i < pending; i++) {
                Future<?> unused =
                        timer.schedule(TimingWheelBenchmark::nothing, delayOfPending(random), TimeUnit.NANOSECONDS);
            }
        }

        /** Ends its thread. */
        @TearDown(Level.Trial)
        public void stop() {
            timer.shutdownNow();
        }
    }

    /** The timers a thread may still cancel, oldest first. */
    @State(Scope.Thread)
    public static class Window {
        private final long[] handles = new long[1024];
        private final Timeout[] timeouts = new Timeout[1024];
        private final Future<?>[] futures = new Future<?>[1024];
        private int at;

        private int next() {
            at = (at + 1) & 1023;
            return at;
        }
    }

    /** Wheel, cancelled at once. */
    @Benchmark
    public boolean pairWheel(Wheel wheel) {
        return wheel.timer.cancel(wheel.timer.arm(System.nanoTime() + DELAY_NANOS, 0, 1));
    }

    /** Netty, cancelled at once. */
    @Benchmark
    public boolean pairNetty(Netty netty) {
        return netty.timer
                .newTimeout(TimingWheelBenchmark::onTimeout, DELAY_NANOS, TimeUnit.NANOSECONDS)
                .cancel();
    }

    /** Executor, cancelled at once. */
    @Benchmark
    public boolean pairExecutor(Executor executor) {
        return executor.timer
                .schedule(TimingWheelBenchmark::nothing, DELAY_NANOS, TimeUnit.NANOSECONDS)
                .cancel(false);
    }

    /** Wheel, cancelled later. */
    @Benchmark
    public boolean rollingWheel(Wheel wheel, Window window) {
        int slot = window.next();
        boolean cancelled = wheel.timer.cancel(window.handles[slot]);
        window.handles[slot] = wheel.timer.arm(System.nanoTime() + DELAY_NANOS, 0, slot);
        return cancelled;
    }

    /** Netty, cancelled later. */
    @Benchmark
    public boolean rollingNetty(Netty netty, Window window) {
        int slot = window.next();
        Timeout old = window.timeouts[slot];
        boolean cancelled = old != null && old.cancel();
        window.timeouts[slot] =
                netty.timer.newTimeout(TimingWheelBenchmark::onTimeout, DELAY_NANOS, TimeUnit.NANOSECONDS);
        return cancelled;
    }

    /** Executor, cancelled later. */
    @Benchmark
    public boolean rollingExecutor(Executor executor, Window window) {
        int slot = window.next();
        Future<?> old = window.futures[slot];
        boolean cancelled = old != null && old.cancel(false);
        window.futures[slot] =
                executor.timer.schedule(TimingWheelBenchmark::nothing, DELAY_NANOS, TimeUnit.NANOSECONDS);
        return cancelled;
    }

    private static void onTimeout(Timeout timeout) {}

    private static void nothing() {}

    private static long delayOfPending(Random random) {
        return TimeUnit.SECONDS.toNanos(60) + random.nextInt(Integer.MAX_VALUE) * 200L;
    }
}
