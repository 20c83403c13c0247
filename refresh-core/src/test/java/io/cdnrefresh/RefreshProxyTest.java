// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProbeResult;
import io.cdnrefresh.spi.ProxyHealth;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RefreshProxyTest {
    private final PlainCache cache = new PlainCache();

    private RefreshProxy.Builder proxy(LocalTransport hub) {
        return RefreshProxy.builder()
                .id("edge-1")
                .version("1.0")
                .transport(hub.proxySide())
                .cache(ProxyCache.front("plain", cache));
    }

    @Test
    void start_realTimeAndLocalTransport_verifiesAndShutsDownClean() {
        try (LocalTransport hub = LocalTransport.create()) {
            Engine engine = new Engine(hub.engineSide());
            RefreshProxy proxy = proxy(hub).build();
            proxy.start();
            Awaitility.await()
                    .until(() -> engine.hello.get() != null && proxy.stats().links() == 1);
            engine.send(1, RefreshTask.purge("http://h.test/a"));

            Awaitility.await()
                    .until(() -> engine.reports.stream()
                            .anyMatch(report -> report.isFinal() && report.outcome() == Outcome.VERIFIED));
            assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .contains("proxy-agent");
            // this engine says nothing of the node's standing: after a while that means "caught up with"
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> answer(proxy, "GET", "/healthz").status() == 200);
            assertThat(proxy.stats().verified()).isEqualTo(1);

            ShutdownReport report = proxy.shutdown(Duration.ofSeconds(10));
            assertThat(report.leftUndone()).isEmpty();
            assertThat(report.clean()).isTrue();
            assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .doesNotContain("proxy-agent");
            proxy.close();
        }
    }

    @Test
    void shutdown_callUnderWay_saysWhatIsLeft() {
        try (LocalTransport hub = LocalTransport.create()) {
            cache.isHanging = true;
            Engine engine = new Engine(hub.engineSide());
            RefreshProxy proxy = proxy(hub).build();
            proxy.start();
            Awaitility.await()
                    .until(() -> engine.hello.get() != null && proxy.stats().links() == 1);
            engine.send(1, RefreshTask.purge("http://h.test/a"));
            Awaitility.await().until(() -> proxy.stats().inFlight() == 1);

            ShutdownReport report = proxy.shutdown(Duration.ofMillis(50));
            assertThat(report.clean()).isFalse();
            assertThat(report.leftUndone()).containsEntry("commands", 1).containsEntry("calls", 1);
        }
    }

    @Test
    void api_beforeAnEngineIsMet_healthzIs503AndStatsAreJson() {
        try (LocalTransport hub = LocalTransport.manual()) {
            RefreshProxy proxy = proxy(hub).callerRuns().build();
            assertThat(answer(proxy, "GET", "/healthz").status()).isEqualTo(503);
            ApiResponse stats = answer(proxy, "GET", "/stats");
            assertThat(stats.status()).isEqualTo(200);
            assertThat(new String(stats.body(), StandardCharsets.UTF_8))
                    .startsWith("{\"device\":\"edge-1\"")
                    .contains("\"refillsCaught\":0");
            assertThat(answer(proxy, "POST", "/stats").status()).isEqualTo(405);
            assertThat(answer(proxy, "GET", "/other").status()).isEqualTo(404);
        }
    }

    @Test
    void build_faults_namesAllOfThem() {
        assertThatThrownBy(() -> RefreshProxy.builder().build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("id: ")
                .hasMessageContaining("cache: ")
                .hasMessageContaining("transport: ");
        assertThatThrownBy(() -> ProxyOptions.builder().urlInFlight(0).build())
                .hasMessage("urlInFlight: 0 (expected: 1..65536)");
    }

    private static ApiResponse answer(RefreshProxy proxy, String method, String path) {
        AtomicReference<ApiResponse> answer = new AtomicReference<>();
        proxy.api().onRequest(new Request(method, path), answer::set);
        return java.util.Objects.requireNonNull(answer.get());
    }

    private record Request(String method, String path) implements ApiRequest {
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
            return new byte[0];
        }

        @Override
        public String remote() {
            return "test";
        }
    }

    private static final class PlainCache implements CacheServer {
        private volatile boolean isHanging;

        @Override
        public void purge(PurgeRequest request, Listener<CacheResult> listener) {
            if (!isHanging) {
                listener.onResult(new CacheResult.Gone(Instant.now(), true, Duration.ofMillis(30)));
            }
        }

        @Override
        public void probe(PurgeRequest request, Listener<ProbeResult> listener) {
            listener.onResult(ProbeResult.Absent.ONE);
        }

        @Override
        public void close() {}
    }

    /** Accepts the first proxy and acknowledges everything. */
    private static final class Engine implements EngineTransport.Handler {
        private final EngineTransport transport;
        private final AtomicReference<@Nullable Hello> hello = new AtomicReference<>();
        private final ConcurrentLinkedQueue<Report> reports = new ConcurrentLinkedQueue<>();

        Engine(EngineTransport transport) {
            this.transport = transport;
            transport.start(new EngineEpoch(1, 1), this);
        }

        void send(long id, RefreshTask task) {
            Command command = new Command(new TaskId(id), 0, task, Instant.now().plusSeconds(600), List.of());
            Frame frame = transport.encode(id, List.of(command));
            transport.publish(frame, DeviceSet.of(0));
            frame.release();
        }

        @Override
        public void onHello(Hello from, EngineTransport.HelloResponder responder) {
            responder.accept(0);
            transport.resume(0, () -> null);
            hello.set(from);
        }

        @Override
        public void onReports(int device, List<Report> batch, Runnable acknowledge) {
            reports.addAll(batch);
            acknowledge.run();
        }

        @Override
        public void onHeartbeat(int device, ProxyHealth health) {}

        @Override
        public void onLagging(int device, long fromSequence) {}

        @Override
        public void onGone(int device, String reason) {}
    }
}
