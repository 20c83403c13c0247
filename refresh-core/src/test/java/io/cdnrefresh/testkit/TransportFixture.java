// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.ProxyTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;

/** Engines, proxies, commands and reports for {@link TransportContract}. */
abstract class TransportFixture {
    static final Duration DEADLINE = Duration.ofSeconds(10);

    private final List<EngineTransport> engines = new ArrayList<>();
    private final List<ProxyTransport> proxies = new ArrayList<>();
    private final List<Frame> frames = new ArrayList<>();

    /** An engine's transport that is not started. */
    protected abstract EngineTransport newEngine();

    /**
     * A proxy's transport, not started, that dials these engines; they are started. It dials again within a second, and
     * sends a heartbeat each second or more often.
     */
    protected abstract ProxyTransport newProxy(List<EngineTransport> started);

    /** References that a frame has. */
    protected abstract int references(Frame frame);

    static ConditionFactory await() {
        return Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2));
    }

    /** Ends everything and counts references. */
    @AfterEach
    void shutDown_always_leavesNoFrame() {
        proxies.forEach(proxy -> proxy.shutdown(DEADLINE));
        engines.forEach(engine -> engine.shutdown(DEADLINE));
        frames.forEach(Frame::release);
        await().untilAsserted(() ->
                assertThat(frames.stream().mapToInt(this::references).sum()).isZero());
        // an instance may be used for all tests of its class
        proxies.clear();
        engines.clear();
        frames.clear();
    }

    RecordingEngine engine(int id, long epoch) {
        RecordingEngine engine = new RecordingEngine(newEngine());
        engines.add(engine.transport);
        engine.transport.start(new EngineEpoch(id, epoch), engine);
        return engine;
    }

    RecordingProxy proxy(String device, RecordingEngine... dialled) {
        RecordingProxy proxy = new RecordingProxy(
                newProxy(List.of(dialled).stream().map(e -> e.transport).toList()), device);
        proxies.add(proxy.transport);
        return proxy;
    }

    RecordingProxy joined(String device, RecordingEngine... dialled) {
        RecordingProxy proxy = proxy(device, dialled);
        proxy.transport.start(proxy);
        await().until(() -> proxy.joined.size() >= dialled.length);
        return proxy;
    }

    /** A frame of the test's: released at its end. */
    Frame frame(RecordingEngine engine, long first, int count) {
        Frame frame = engine.transport.encode(first, commands(first, count));
        frames.add(frame);
        return frame;
    }

    static List<Command> commands(long first, int count) {
        return LongStream.range(first, first + count)
                .mapToObj(n -> new Command(
                        new TaskId(n << 12 | 1),
                        (int) (n & 3),
                        RefreshTask.purge("http://www.example.com/ä/" + n, "https://static.example.com/b?n=" + n),
                        Instant.ofEpochSecond(1_795_000_000L + n, 5),
                        List.of()))
                .toList();
    }

    static List<Long> sequences(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    static List<Report> reports(long sequence) {
        return List.of(
                new Report(
                        new TaskId(sequence),
                        1,
                        sequence,
                        true,
                        Outcome.VERIFIED,
                        List.of(new TargetResult(3, Outcome.FAILED, "status 500 ü")),
                        Instant.ofEpochSecond(1_795_000_000L, 7_000_000)),
                new Report(new TaskId(sequence), 2, sequence, false, Outcome.PURGED, List.of(), Instant.EPOCH));
    }
}
