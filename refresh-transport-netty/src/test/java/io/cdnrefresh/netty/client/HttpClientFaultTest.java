// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.netty.NettyLoops;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpClientFaultTest {
    private static final NettyLoops loops = NettyLoops.create();

    @AfterAll
    static void stopLoops() {
        assertThat(loops.shutdown(Duration.ofSeconds(10))).isTrue();
    }

    private static HttpClient client() {
        return HttpClient.builder().loops(loops).build();
    }

    private static CompletableFuture<HttpReply> send(HttpClient client, HttpCall call) {
        CompletableFuture<HttpReply> reply = new CompletableFuture<>();
        client.execute(call, reply::complete);
        return reply;
    }

    private static HttpReply.Kind failure(CompletableFuture<HttpReply> reply) throws Exception {
        HttpReply answer = reply.get(10, TimeUnit.SECONDS);
        assertThat(answer).isInstanceOf(HttpReply.Failed.class);
        return ((HttpReply.Failed) answer).kind();
    }

    private static HttpCall call(ScriptedServer server) {
        return HttpCall.to("GET", server.host(), server.port(), "/").build();
    }

    @ParameterizedTest
    @CsvSource({
        "'HTTP/1.1 200 OK|Content-Length: 10||12345', TRUNCATED",
        "'HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|12345|', TRUNCATED",
        "'HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|123', TRUNCATED",
        "'HTTP/1.1 200 OK|Content-Le', RESET",
        "'HTTP/1.1 100 Continue||', RESET",
        "'', RESET",
        "'SSH-2.0-OpenSSH_9.2|', MALFORMED",
        "'HTTP/1.1 101 Switching||', MALFORMED",
        "'HTTP/1.1 200 OK|Transfer-Encoding: chunked||zz|', MALFORMED",
        "'HTTP/1.1 200 OK|Content-Length: 5|Content-Length: 6||12345', MALFORMED",
    })
    void execute_brokenResponse_namesTheFault(String sent, HttpReply.Kind expected) throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.readHead();
                    peer.send(sent.replace("|", "\r\n"));
                });
                HttpClient client = client()) {
            assertThat(failure(send(client, call(server)))).isEqualTo(expected);
            assertThat(client.stats().failed()).isEqualTo(1);
            assertThat(client.stats().active()).isZero();
        }
    }

    @Test
    void execute_resetAmidTheBody_isTruncated() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.readHead();
                    peer.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
                    assertThat(seen.await(5, TimeUnit.SECONDS)).isTrue();
                    peer.reset();
                });
                HttpClient client = client()) {
            HttpCall call = HttpCall.to("GET", server.host(), server.port(), "/")
                    .pace(bytes -> {
                        seen.countDown();
                        return 0;
                    })
                    .build();
            assertThat(failure(send(client, call))).isEqualTo(HttpReply.Kind.TRUNCATED);
        }
    }

    @Test
    void execute_bodyUntilClose_isComplete() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.readHead();
                    peer.send("HTTP/1.0 200 OK\r\n\r\nuntil the end");
                });
                HttpClient client = client()) {
            var reply = send(client, call(server)).get(5, TimeUnit.SECONDS);
            assertThat(reply)
                    .isInstanceOfSatisfying(
                            HttpReply.Response.class,
                            response -> assertThat(response.bodyBytes()).isEqualTo(13));
        }
    }

    @Test
    void execute_moreThanOneResponse_connectionIsNotUsedAgain() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.readHead();
                    peer.send(
                            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 404 Forged\r\nContent-Length: 0\r\n\r\n");
                    peer.serveAll();
                });
                HttpClient client = client()) {
            for (int i = 0; i < 3; i++) {
                assertThat(send(client, call(server)).get(5, TimeUnit.SECONDS))
                        .isInstanceOfSatisfying(
                                HttpReply.Response.class,
                                response -> assertThat(response.status()).isEqualTo(200));
            }
            assertThat(client.stats().created()).isEqualTo(3);
        }
    }

    @Test
    void execute_noAnswer_timesOut() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.readHead();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n1");
                    peer.readHead();
                });
                HttpClient client = client()) {
            HttpCall call = HttpCall.to("GET", server.host(), server.port(), "/")
                    .timeout(Duration.ofMillis(100))
                    .build();
            assertThat(failure(send(client, call))).isEqualTo(HttpReply.Kind.TIMEOUT);
        }
    }

    @Test
    void execute_tooMuchBody_isRefused() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.readHead();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345");
                });
                HttpClient client = client()) {
            HttpCall call = HttpCall.to("GET", server.host(), server.port(), "/")
                    .maxBodyBytes(4)
                    .build();
            assertThat(failure(send(client, call))).isEqualTo(HttpReply.Kind.BODY_TOO_LARGE);
        }
    }

    @Test
    void execute_nobodyListens_isConnectFailure() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (HttpClient client = client()) {
            HttpCall call = HttpCall.to("GET", "127.0.0.1", port, "/").build();
            assertThat(failure(send(client, call))).isEqualTo(HttpReply.Kind.CONNECT);
            HttpCall unknown =
                    HttpCall.to("GET", "no-such-host.invalid", port, "/").build();
            assertThat(failure(send(client, unknown))).isIn(HttpReply.Kind.CONNECT, HttpReply.Kind.TIMEOUT);
        }
    }

    @Test
    void execute_tlsToPlainServer_isConnectFailure() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> peer.serveAll());
                HttpClient client = HttpClient.builder()
                        .loops(loops)
                        .connectTimeout(Duration.ofMillis(300))
                        .build()) {
            HttpCall call = HttpCall.to("GET", server.host(), server.port(), "/")
                    .secure()
                    .build();
            assertThat(failure(send(client, call))).isEqualTo(HttpReply.Kind.CONNECT);
        }
    }

    @Test
    void close_callsUnderWayAndWaiting_tellsEveryListener() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
            peer.readHead();
            peer.readHead();
        })) {
            HttpClient client =
                    HttpClient.builder().loops(loops).maxInFlightPerHost(4).build();
            List<CompletableFuture<HttpReply>> replies = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                replies.add(send(client, call(server)));
            }
            client.close();
            for (var reply : replies) {
                assertThat(failure(reply)).isEqualTo(HttpReply.Kind.CLOSED);
            }
            assertThat(failure(send(client, call(server)))).isEqualTo(HttpReply.Kind.CLOSED);
            assertThat(client.stats().waiting()).isZero();
            assertThat(client.stats().active()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "/a b", "/a\r\nX: y", "/a\u0000", "/a#f", "ftp://h/", "/\ud800"})
    void build_badPath_isRefused(String path) {
        assertThatThrownBy(() -> HttpCall.to("GET", "h", 80, path).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("path: ");
    }

    @ParameterizedTest
    @CsvSource({
        "Host,x",
        "content-length,1",
        "Transfer-Encoding,chunked",
        "'a b',x",
        "X,'a\rb'",
        "X,'a\nb'",
        "X,a\u0000b"
    })
    void build_badHeader_isRefused(String name, String value) {
        assertThatThrownBy(() ->
                        HttpCall.to("GET", "h", 80, "/").header(name, value).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("header");
    }

    @Test
    void build_badMethodOrAuthority_isRefused() {
        assertThatThrownBy(() -> HttpCall.to("GET /x", "h", 80, "/").build())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() ->
                        HttpCall.to("GET", "h", 80, "/").authority("a\r\nb").build())
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HttpCall.to("GET", "u@h", 80, "/").build())
                .isInstanceOf(IllegalArgumentException.class);
    }
}
