// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.bench;

import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.spi.ApiRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How many bytes does one accepted URL allocate, over all threads, from the bytes of the request's body to the bytes of the
 * frame for the devices? Run with {@code -prof gc}; {@code gc.alloc.rate.norm} is bytes a URL.
 *
 * <p>The way is the whole product's but for sockets: API, intake, saver, {@link MemoryStore}, lane, feed, the binary
 * encoding of a frame. What stays in memory (the task, its row) is in it. Nobody reports, so nothing ends; every shot has
 * a new engine.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 15)
@Measurement(iterations = 10)
public class IntakeAllocationBenchmark {
    private static final int SINGLES = 20_000;
    private static final int BATCHES = 100;
    private static final int BATCH = 1_000;
    private static final int WINDOW = 1_000;

    private final Request[] singles = new Request[SINGLES];
    private final Request[] batches = new Request[BATCHES];
    private final AtomicInteger answered = new AtomicInteger();
    private @Nullable CountingTransport transport;
    private @Nullable RefreshEngine engine;

    /** Makes the requests: every URL is another one. */
    @Setup(Level.Trial)
    public void write() {
        for (int i = 0; i < SINGLES; i++) {
            singles[i] = new Request(body(i, 1));
        }
        for (int i = 0; i < BATCHES; i++) {
            batches[i] = new Request(body(i * BATCH, BATCH));
        }
    }

    private static byte[] body(int first, int count) {
        StringBuilder text = new StringBuilder("{\"targets\":[");
        for (int i = first; i < first + count; i++) {
            text.append(i == first ? "" : ",")
                    .append("\"https://www.example.com/assets/site/image-")
                    .append(i)
                    .append(".jpg\"");
        }
        return text.append("]}").toString().getBytes(StandardCharsets.UTF_8);
    }

    /** A new engine with one connected device. */
    @Setup(Level.Iteration)
    public void start() {
        CountingTransport device = new CountingTransport();
        RefreshEngine started = RefreshEngine.builder()
                .store(new MemoryStore())
                .transport(device)
                .options(EngineOptions.DEFAULTS.toBuilder().lanes(2).build())
                .build();
        started.start();
        device.join();
        answered.set(0);
        transport = device;
        engine = started;
    }

    /** Ends the engine. */
    @TearDown(Level.Iteration)
    public void stop() {
        if (engine != null) {
            engine.shutdown(Duration.ofSeconds(10));
        }
    }

    /** One URL a request. */
    @Benchmark
    @OperationsPerInvocation(SINGLES)
    public int oneUrl() {
        return run(singles);
    }

    /** A thousand URLs a request. */
    @Benchmark
    @OperationsPerInvocation(BATCHES * BATCH)
    public int thousandUrls() {
        return run(batches);
    }

    private int run(Request[] requests) {
        RefreshEngine target = engine;
        CountingTransport device = transport;
        if (target == null || device == null) {
            throw new IllegalStateException("not started");
        }
        for (int i = 0; i < requests.length; i++) {
            while (i - answered.get() >= WINDOW) {
                LockSupport.parkNanos(10_000);
            }
            target.api().onRequest(requests[i], response -> {
                if (response.status() != 202) {
                    throw new IllegalStateException(new String(response.body(), StandardCharsets.UTF_8));
                }
                answered.incrementAndGet();
            });
        }
        while (answered.get() < requests.length || device.commands() < requests.length) {
            LockSupport.parkNanos(10_000);
        }
        return device.bytes();
    }

    private static final class Request implements ApiRequest {
        private final byte[] body;

        Request(byte[] body) {
            this.body = body;
        }

        @Override
        public String method() {
            return "POST";
        }

        @Override
        public String path() {
            return "/v1/engine/task";
        }

        @Override
        public String query() {
            return "";
        }

        @Override
        public @Nullable String header(String name) {
            return null;
        }

        @Override
        public byte[] body() {
            return body;
        }

        @Override
        public String remote() {
            return "127.0.0.1";
        }
    }
}
