// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.bench;

import io.cdnrefresh.state.ReplicatedCache;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/** Are several copies that are read in turn faster than one immutable snapshot behind a volatile, when all threads read? */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Threads(2)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ReplicatedCacheBenchmark {
    private static final int DEVICES = 1_000;

    private volatile long[] snapshot = copy(1);
    private ReplicatedCache<Long, long[]> one = cache(1);
    private ReplicatedCache<Long, long[]> four = cache(4);

    private static long[] copy(long version) {
        long[] devices = new long[DEVICES];
        Arrays.fill(devices, version);
        return devices;
    }

    private static ReplicatedCache<Long, long[]> cache(int copies) {
        return new ReplicatedCache<>(
                copies,
                1L,
                new ReplicatedCache.Source<>(() -> 1L, version -> version),
                ReplicatedCacheBenchmark::copy,
                work -> false,
                new Deaf());
    }

    private static final class Deaf implements ReplicatedCache.Listener<long[]> {
        @Override
        public void onChange(long[] old, long[] now) {}

        @Override
        public void onStale(String reason) {}
    }

    /** Fresh data for each fork. */
    @Setup
    public void setUp() {
        snapshot = copy(1);
        one = cache(1);
        four = cache(4);
    }

    /** One snapshot. */
    @Benchmark
    public long volatileSnapshot() {
        return snapshot[DEVICES / 2];
    }

    /** The class with one copy. */
    @Benchmark
    public long oneCopy() {
        return one.get()[DEVICES / 2];
    }

    /** The class with four copies. */
    @Benchmark
    public long fourCopiesInTurn() {
        return four.get()[DEVICES / 2];
    }
}
