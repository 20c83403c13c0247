// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.ProxyOptions;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.testkit.ScriptedServer;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.ProxyTransport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Proxy and driver before a cache that lies or breaks off: whatever it does, nothing is VERIFIED. */
class FaultyNodeTest {
    private static final String OLD = "Age: 100\r\nX-Refresh-Stored: 1700000000\r\n";

    private final NettyLoops loops = NettyLoops.builder().build();
    private final HttpClient client = HttpClient.builder().loops(loops).build();
    private final ScriptedServer server = new ScriptedServer();

    @AfterEach
    void close() {
        client.close();
        loops.close();
        server.close();
    }

    private Report purge(String driver) throws Exception {
        return purge(driver, Duration.ofSeconds(20));
    }

    private Report purge(String driver, Duration timeout) throws Exception {
        CacheServer cache = CacheDrivers.create(
                CacheSettings.builder(driver, "http://127.0.0.1:" + server.port())
                        .timeout(timeout)
                        .urlFence(Duration.ofMillis(10))
                        .build(),
                client);
        ProxyOptions options = ProxyOptions.builder()
                .maxAttempts(2)
                .firstRetry(Duration.ofMillis(1))
                .purgeRepeats(1)
                .build();
        OneCommand engine = new OneCommand();
        RefreshProxy proxy = RefreshProxy.builder()
                .id("node-1")
                .transport(engine)
                .cache(ProxyCache.front(driver, cache))
                .options(options)
                .build();
        try {
            proxy.start();
            return engine.end.get(60, TimeUnit.SECONDS);
        } finally {
            proxy.shutdown(Duration.ZERO);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ats", "varnish", "nginx", "squid", "http"})
    void answers200AndKeepsTheObject_isStaleAgain(String driver) throws Exception {
        server.always("HTTP/1.1 200 OK\r\n" + OLD + "Content-Length: 0\r\n\r\n");
        assertThat(purge(driver).outcome()).isEqualTo(Outcome.STALE_AGAIN);
    }

    /** 200 to every PURGE; the object is there until the given look, and gone from then on. */
    private void removesBeforeLook(int look) {
        int[] looks = {0};
        server.by(head -> {
            boolean isThere = head.startsWith("HEAD /x") && ++looks[0] < look;
            int status = head.startsWith("HEAD") && !isThere ? 504 : 200;
            return "HTTP/1.1 " + status + " X\r\n" + (isThere ? OLD : "") + "Content-Length: 0\r\n\r\n";
        });
    }

    private long looks() {
        return server.requests().stream()
                .filter(request -> request.startsWith("HEAD /x"))
                .count();
    }

    @ParameterizedTest
    @ValueSource(strings = {"varnish", "nginx", "squid", "http"})
    void removesLate_beforeTheLastLook_isVerifiedByThatLook(String driver) throws Exception {
        removesBeforeLook(2);
        assertThat(purge(driver).outcome()).isEqualTo(Outcome.VERIFIED);
        assertThat(looks()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ats", "varnish", "nginx", "squid", "http"})
    void removesLate_afterTheLastLook_isNeverVerified(String driver) throws Exception {
        removesBeforeLook(3);
        assertThat(purge(driver).outcome()).isEqualTo(Outcome.STALE_AGAIN);
        assertThat(looks()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ats", "varnish", "nginx", "squid", "http"})
    void neverAnswers_isFailed(String driver) throws Exception {
        server.silent();
        assertThat(purge(driver, Duration.ofMillis(300)).outcome()).isEqualTo(Outcome.FAILED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200 OK\r\nContent-",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "nonsense\r\n\r\n"
            })
    void breaksOffOrLiesAboutItsLength_isFailed(String bytes) throws Exception {
        server.thenClose(bytes);
        assertThat(purge("http").outcome()).isEqualTo(Outcome.FAILED);
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 404, 500})
    void answersEverythingAlike_isNotVerified(int status) throws Exception {
        server.always("HTTP/1.1 " + status + " X\r\nContent-Length: 0\r\n\r\n");
        assertThat(purge("varnish").outcome()).isIn(Outcome.PURGED, Outcome.ABSENT, Outcome.FAILED);
    }

    /** An engine that has one command to give. */
    private static final class OneCommand implements ProxyTransport {
        private final CompletableFuture<Report> end = new CompletableFuture<>();

        @Override
        public void start(Handler handler) {
            EngineLink link = new EngineLink(new EngineEpoch(1, 1), "test", 1);
            handler.onLink(link);
            handler.onJoined(link);
            RefreshTask task = RefreshTask.purge("http://a.test/x");
            handler.onCommands(
                    link,
                    0,
                    List.of(new Command(new TaskId(7), 0, task, Instant.now().plusSeconds(60), List.of())));
        }

        @Override
        public boolean report(EngineLink link, long batch, List<Report> reports) {
            reports.stream().filter(Report::isFinal).forEach(end::complete);
            return true;
        }

        @Override
        public void heartbeat() {}

        @Override
        public void shutdown(Duration deadline) {}
    }
}
