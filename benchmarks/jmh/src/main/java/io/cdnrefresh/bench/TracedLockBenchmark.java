// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.bench;

import io.cdnrefresh.diag.LockLedger;
import io.cdnrefresh.diag.TracedLock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does a lock cost that could be traced and is not, beside a plain one? And what does it cost traced? One thread,
 * nobody else wants the lock: take it, add one, give it back.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class TracedLockBenchmark {
    private final ReentrantLock plain = new ReentrantLock();
    private final TracedLock untraced = new TracedLock("off");
    private final TracedLock traced = new TracedLock("on");
    private long count;

    /** Creates the locks and the ledger of one of them. */
    public TracedLockBenchmark() {
        new LockLedger(System::nanoTime, Duration.ofSeconds(1)).trace(List.of(traced));
    }

    /** The reference. */
    @Benchmark
    public long plain() {
        plain.lock();
        try {
            return ++count;
        } finally {
            plain.unlock();
        }
    }

    /** The product with tracing off. */
    @Benchmark
    public long untraced() {
        untraced.lock();
        try {
            return ++count;
        } finally {
            untraced.unlock();
        }
    }

    /** The product with tracing on. */
    @Benchmark
    public long traced() {
        traced.lock();
        try {
            return ++count;
        } finally {
            traced.unlock();
        }
    }
}
