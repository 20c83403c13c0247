// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.netty.testkit.PlainHttp;
import io.cdnrefresh.netty.testkit.PlainHttp.Reply;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SmallCacheTest {
    private final DemoOrigin origin = new DemoOrigin(0);
    private SmallCache cache = SmallCache.builder().build();

    @BeforeEach
    void start() {
        origin.start();
        cache = reverse().build().start();
    }

    @AfterEach
    void close() {
        cache.close();
        origin.close();
    }

    private SmallCache.Builder reverse() {
        return SmallCache.builder().origin(new InetSocketAddress(InetAddress.getLoopbackAddress(), origin.port()));
    }

    private Reply get(String path, String... headers) {
        return PlainHttp.get(cache.port(), "a.test", path, headers);
    }

    private Reply purge(String path) {
        return PlainHttp.send(cache.port(), "PURGE", "a.test", path);
    }

    @Test
    void get_twice_missThenHitWithAge() {
        assertThat(get("/a").header("X-Cache")).isEqualTo("MISS");
        Reply hit = get("/a");
        assertThat(hit.header("X-Cache")).isEqualTo("HIT");
        assertThat(hit.header("Age")).isEqualTo("0");
        assertThat(hit.body()).hasSize(512).startsWith("version 1\n".getBytes(StandardCharsets.UTF_8));
        assertThat(origin.hits("/a")).isEqualTo(1);
    }

    @Test
    void get_afterMaxAge_fetchesAgain() {
        origin.maxAge(Duration.ofSeconds(1));
        get("/a");
        await().atMost(Duration.ofSeconds(5)).until(() -> get("/a").header("X-Cache"), "MISS"::equals);
    }

    @Test
    void get_maxAgeZero_isNeverStored() {
        origin.maxAge(Duration.ZERO);
        get("/a");
        assertThat(get("/a").header("X-Cache")).isEqualTo("MISS");
        assertThat(cache.storedBytes()).isZero();
    }

    @Test
    void purge_variants_removesAllAndOnlyThisHost() {
        get("/vary/a");
        get("/vary/a", "Accept-Encoding: gzip");
        assertThat(get("/vary/a", "Accept-Encoding: gzip").header("Content-Encoding"))
                .isEqualTo("gzip");
        PlainHttp.get(cache.port(), "b.test", "/vary/a");
        origin.bump();
        assertThat(purge("/vary/a").status()).isEqualTo(200);
        assertThat(purge("/vary/a").status()).isEqualTo(404);
        assertThat(get("/vary/a").version()).isEqualTo(2);
        assertThat(get("/vary/a", "Accept-Encoding: gzip").version()).isEqualTo(2);
        assertThat(PlainHttp.get(cache.port(), "B.TEST", "/vary/a").version()).isEqualTo(1);
    }

    @Test
    void onlyIfCached_absent_is504AndAsksNobody() {
        assertThat(get("/a", "Cache-Control: only-if-cached").status()).isEqualTo(504);
        assertThat(origin.totalHits()).isZero();
        get("/a");
        assertThat(get("/a", "Cache-Control: only-if-cached").status()).isEqualTo(200);
    }

    @Test
    void get_manyAtOnce_fetchOnce() {
        origin.delay(Duration.ofMillis(300));
        List<CompletableFuture<Reply>> replies = Stream.generate(() -> CompletableFuture.supplyAsync(() -> get("/a")))
                .limit(8)
                .toList();
        replies.forEach(reply -> assertThat(reply.join().version()).isEqualTo(1));
        assertThat(origin.hits("/a")).isLessThan(8); // pool threads may start late, but never eight fetches at once
    }

    @Test
    void purge_duringFetch_oldCopyIsNotKept() {
        assertThat(versionAfterPurgeDuringFetch()).isEqualTo(2);
    }

    @Test
    void purge_duringFetchWithRefillRace_oldCopyComesBack() {
        cache.close();
        cache = reverse().withRefillRace().build().start();
        assertThat(versionAfterPurgeDuringFetch()).isEqualTo(1);
    }

    private int versionAfterPurgeDuringFetch() {
        origin.delay(Duration.ofMillis(500));
        CompletableFuture<Reply> first = CompletableFuture.supplyAsync(() -> get("/a"));
        await().until(() -> origin.hits("/a") == 1);
        origin.bump();
        assertThat(purge("/a").status()).isEqualTo(404);
        assertThat(first.join().version()).isEqualTo(1);
        return get("/a").version();
    }

    @Test
    void get_moreThanMemory_evictsTheEldest() {
        cache.close();
        cache = reverse().maxBytes(64 * 1024).build().start();
        origin.bodyBytes(10_000);
        for (int i = 0; i < 20; i++) {
            get("/" + i);
        }
        assertThat(cache.storedBytes()).isBetween(10_000L, 64L * 1024);
        assertThat(get("/19").header("X-Cache")).isEqualTo("HIT");
        assertThat(get("/0").header("X-Cache")).isEqualTo("MISS");
    }

    @Test
    void get_tooLarge_is502() {
        origin.bodyBytes(9 * 1024 * 1024);
        assertThat(get("/large").status()).isEqualTo(502);
    }

    @Test
    void get_originAway_is502() {
        origin.close();
        assertThat(get("/a").status()).isEqualTo(502);
    }

    @Test
    void close_rightAfterStart_freesThePort() {
        for (int round = 0; round < 1_000; round++) {
            DemoOrigin shortLived = new DemoOrigin(0).start();
            shortLived.close();
            assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), shortLived.port()).close())
                    .as("round %d", round)
                    .isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void forwardProxy_absoluteUrl_fetchesThatHost() {
        cache.close();
        cache = SmallCache.builder().build().start();
        String host = "127.0.0.1:" + origin.port();
        Reply miss = PlainHttp.get(cache.port(), "ignored", "http://" + host + "/f?x=1");
        assertThat(miss.header("X-Cache")).isEqualTo("MISS");
        assertThat(PlainHttp.get(cache.port(), host, "/f?x=1").header("X-Cache"))
                .isEqualTo("HIT");
        assertThat(PlainHttp.send(cache.port(), "PURGE", "ignored", "http://" + host + "/f?x=1")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void forwardProxy_itself_endsInsteadOfLooping() {
        cache.close();
        cache = SmallCache.builder().build().start();
        assertThat(PlainHttp.get(cache.port(), "127.0.0.1:" + cache.port(), "/").status())
                .isEqualTo(508);
    }

    @Test
    void requests_oneAfterTheOtherOnOneConnection_areAllAnswered() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), cache.port())) {
            socket.setSoTimeout(10_000);
            for (int i = 0; i < 10; i++) {
                String request = "HEAD /k" + i / 2 + " HTTP/1.1\r\nHost: a.test\r\n\r\n";
                socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                StringBuilder head = new StringBuilder();
                while (head.indexOf("\r\n\r\n") < 0) {
                    head.append((char) socket.getInputStream().read());
                }
                assertThat(head).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void requests_pipelined_areAnsweredInOrder() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), cache.port())) {
            String first = "GET /p1 HTTP/1.1\r\nHost: a.test\r\n\r\n";
            String second = "PURGE /p1 HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write((first + second).getBytes(StandardCharsets.US_ASCII));
            String text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(text)
                    .startsWith("HTTP/1.1 200")
                    .contains("X-Cache: MISS")
                    .endsWith("purged\n");
        }
    }

    @Test
    void start_portTaken_isRefused() {
        SmallCache second = SmallCache.builder().port(cache.port()).build();
        assertThatThrownBy(second::start).isInstanceOf(RefreshException.class);
    }
}
