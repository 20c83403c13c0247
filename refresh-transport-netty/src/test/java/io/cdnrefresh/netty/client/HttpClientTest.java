// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.netty.NettyLoops;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

final class HttpClientTest {
    private static final NettyLoops loops = NettyLoops.create();
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    @AfterAll
    static void stopLoops() {
        assertThat(loops.shutdown(Duration.ofSeconds(10))).isTrue();
    }

    private static HttpClient client() {
        return HttpClient.builder().loops(loops).build();
    }

    private static HttpCall.Builder call(ScriptedServer server, String method) {
        return HttpCall.to(method, server.host(), server.port(), "/a.css?x=1").timeout(Duration.ofSeconds(5));
    }

    private static HttpReply await(HttpClient client, HttpCall call) throws Exception {
        return send(client, call).get(10, TimeUnit.SECONDS);
    }

    private static CompletableFuture<HttpReply> send(HttpClient client, HttpCall call) {
        CompletableFuture<HttpReply> reply = new CompletableFuture<>();
        client.execute(call, answer -> {
            if (!reply.complete(answer)) {
                throw new IllegalStateException("told twice: " + answer);
            }
        });
        return reply;
    }

    private static HttpReply.Kind failure(HttpReply reply) {
        assertThat(reply).isInstanceOf(HttpReply.Failed.class);
        return ((HttpReply.Failed) reply).kind();
    }

    private static HttpReply.Response response(HttpReply reply) {
        assertThat(reply).isInstanceOf(HttpReply.Response.class);
        return (HttpReply.Response) reply;
    }

    @Test
    void execute_oneAfterTheOther_reusesTheConnection() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> peer.serveAll());
                HttpClient client = client()) {
            for (int i = 0; i < 20; i++) {
                response(await(client, call(server, "PURGE").build()));
            }
            assertThat(server.accepted()).isEqualTo(1);
            assertThat(client.stats().created()).isEqualTo(1);
            assertThat(client.stats().reused()).isEqualTo(19);
            assertThat(client.stats().idle()).isEqualTo(1);
            assertThat(client.stats().active()).isZero();
        }
    }

    @Test
    void execute_ownHost_writesExactlyWhatWasAsked() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> peer.serveAll());
                HttpClient client = client()) {
            await(
                    client,
                    call(server, "PURGE")
                            .authority("www.example.com")
                            .header("X-Purge", "soft")
                            .build());
            assertThat(server.heads)
                    .containsExactly("PURGE /a.css?x=1 HTTP/1.1\r\nhost: www.example.com\r\nX-Purge: soft\r\n\r\n");
        }
    }

    @Test
    void execute_bodyOfBothKinds_isCountedAndPrefixKept() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.readHead();
                    peer.send("HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 10\r\n\r\n0123456789");
                    peer.readHead();
                    peer.send(
                            "HTTP/1.1 206 Some\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n");
                    peer.serveAll();
                });
                HttpClient client = client()) {
            List<Long> progress = new ArrayList<>();
            var first =
                    response(await(client, call(server, "GET").keepBodyBytes(4).build()));
            var second = response(await(
                    client,
                    call(server, "GET")
                            .keepBodyBytes(6)
                            .pace(bytes -> {
                                progress.add((long) bytes);
                                return 1_000_000;
                            })
                            .build()));

            assertThat(first.header("x-a")).isEqualTo("1");
            assertThat(first.bodyBytes()).isEqualTo(10);
            assertThat(first.bodyPrefix()).asString().isEqualTo("0123");
            assertThat(second.status()).isEqualTo(206);
            assertThat(second.bodyPrefix()).asString().isEqualTo("abcdef");
            assertThat(progress.stream().mapToLong(Long::longValue).sum()).isEqualTo(7);
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void execute_headAnd204And304_haveNoBody() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.readHead();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
                    peer.readHead();
                    peer.send("HTTP/1.1 204 No\r\n\r\n");
                    peer.readHead();
                    peer.send("HTTP/1.1 304 No\r\nContent-Length: 10\r\n\r\n");
                    peer.serveAll();
                });
                HttpClient client = client()) {
            assertThat(response(await(client, call(server, "HEAD").build())).bodyBytes())
                    .isZero();
            assertThat(response(await(client, call(server, "GET").build())).status())
                    .isEqualTo(204);
            assertThat(response(await(client, call(server, "GET").build())).status())
                    .isEqualTo(304);
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void execute_interimResponses_areSkipped() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.readHead();
                    peer.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + OK);
                    peer.serveAll();
                });
                HttpClient client = client()) {
            assertThat(response(await(client, call(server, "GET").build())).status())
                    .isEqualTo(200);
            assertThat(response(await(client, call(server, "GET").build())).status())
                    .isEqualTo(200);
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void execute_redirect_isNotFollowed() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.readHead();
                    peer.send("HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n");
                    peer.serveAll();
                });
                HttpClient client = client()) {
            assertThat(response(await(client, call(server, "GET").build())).status())
                    .isEqualTo(302);
            assertThat(server.heads).hasSize(1);
        }
    }

    @Test
    void execute_idleConnectionClosedByServer_isRepeatedOnce() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    if (peer.number > 1) {
                        peer.serveAll();
                        return;
                    }
                    peer.readHead();
                    peer.send(OK);
                    peer.readHead(); // the race: the request arrives while the server is closing
                    second.countDown();
                });
                HttpClient client = client()) {
            response(await(client, call(server, "PURGE").build()));
            response(await(client, call(server, "PURGE").build()));
            assertThat(second.getCount()).isZero();
            assertThat(client.stats().retried()).isEqualTo(1);
            assertThat(client.stats().created()).isEqualTo(2);
        }
    }

    @Test
    void execute_postOnClosedIdleConnection_isNotRepeated() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    peer.readHead();
                    peer.send(OK);
                    peer.readHead();
                });
                HttpClient client = client()) {
            response(await(client, call(server, "POST").build()));
            assertThat(failure(await(client, call(server, "POST").build()))).isEqualTo(HttpReply.Kind.RESET);
            assertThat(client.stats().retried()).isZero();
        }
    }

    @Test
    void execute_newConnectionClosed_isNotRepeated() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> peer.readHead());
                HttpClient client = client()) {
            assertThat(failure(await(client, call(server, "PURGE").build()))).isEqualTo(HttpReply.Kind.RESET);
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void execute_manyPurges_stayWithinTheCap() throws Exception {
        int calls = 10_000;
        try (ScriptedServer server = new ScriptedServer(peer -> peer.serveAll());
                HttpClient client = HttpClient.builder()
                        .loops(loops)
                        .maxInFlightPerHost(8)
                        .maxWaitingPerHost(calls)
                        .build()) {
            CountDownLatch done = new CountDownLatch(calls);
            AtomicInteger good = new AtomicInteger();
            for (int i = 0; i < calls; i++) {
                client.execute(
                        HttpCall.to("PURGE", server.host(), server.port(), "/" + i)
                                .timeout(Duration.ofSeconds(60))
                                .build(),
                        reply -> {
                            if (reply instanceof HttpReply.Response) {
                                good.incrementAndGet();
                            }
                            done.countDown();
                        });
            }
            assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(good).hasValue(calls);
            assertThat(client.stats().created()).isLessThanOrEqualTo(8);
            assertThat(client.stats().waiting()).isZero();
            assertThat(server.accepted()).isLessThanOrEqualTo(8);
        }
    }

    @Test
    void execute_queueFull_failsAtOnce() throws Exception {
        Semaphore gate = new Semaphore(0);
        try (ScriptedServer server = new ScriptedServer(peer -> {
                    while (!peer.readHead().isEmpty()) {
                        gate.acquire();
                        peer.send(OK);
                    }
                });
                HttpClient client = HttpClient.builder()
                        .loops(loops)
                        .maxInFlightPerHost(2)
                        .maxWaitingPerHost(3)
                        .build()) {
            List<CompletableFuture<HttpReply>> replies = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                replies.add(send(client, call(server, "PURGE").build()));
            }
            Awaitility.await()
                    .until(() -> client.stats().active() == 2 && client.stats().waiting() == 3);

            assertThat(failure(await(client, call(server, "PURGE").build()))).isEqualTo(HttpReply.Kind.QUEUE_FULL);

            gate.release(100);
            for (var reply : replies) {
                response(reply.get(5, TimeUnit.SECONDS));
            }
            assertThat(client.stats().refused()).isEqualTo(1);
        }
    }

    @Test
    void execute_totalCapReached_idleConnectionElsewhereGivesWay() throws Exception {
        try (ScriptedServer one = new ScriptedServer(peer -> peer.serveAll());
                ScriptedServer two = new ScriptedServer(peer -> peer.serveAll());
                HttpClient client =
                        HttpClient.builder().loops(loops).maxConnections(1).build()) {
            for (int i = 0; i < 10; i++) {
                response(await(client, call(one, "PURGE").build()));
                response(await(client, call(two, "PURGE").build()));
            }
            assertThat(client.stats().created()).isEqualTo(20);
            assertThat(client.stats().idle()).isEqualTo(1);
        }
    }

    @Test
    void execute_idleForLong_connectionIsClosed() throws Exception {
        try (ScriptedServer server = new ScriptedServer(peer -> peer.serveAll());
                HttpClient client = HttpClient.builder()
                        .loops(loops)
                        .idleTimeout(Duration.ofMillis(50))
                        .build()) {
            response(await(client, call(server, "GET").build()));
            Awaitility.await().until(() -> client.stats().closed() == 1);
            assertThat(client.stats().idle()).isZero();
            response(await(client, call(server, "GET").build()));
        }
    }
}
