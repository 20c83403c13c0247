// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.ApiEndpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpApiServerFaultTest {
    private static final NettyLoops loops = NettyLoops.create();
    private static final String GOOD = "GET /good HTTP/1.1\r\nHost: a\r\n\r\n";

    private final AtomicInteger asked = new AtomicInteger();
    private final ApiEndpoint counting = (request, responder) -> {
        asked.incrementAndGet();
        responder.respond(HttpApiServerTest.ok(request.path()));
    };

    @AfterAll
    static void stopLoops() {
        assertThat(loops.shutdown(Duration.ofSeconds(10))).isTrue();
    }

    private HttpApiServer start() {
        return start(HttpApiServer.builder(counting));
    }

    private static HttpApiServer start(HttpApiServerBuilder builder) {
        HttpApiServer server = builder.loops(loops).build();
        server.start();
        return server;
    }

    private static void expectProblem(RawClient client, int status) throws IOException {
        expectProblem(client, status, "");
    }

    /** The answer is a problem document with one error that has this text, and the last of its connection. */
    private static void expectProblem(RawClient client, int status, String error) throws IOException {
        var answer = client.read();
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
        assertThat(answer.header("connection")).isEqualTo("close");
        assertThat(answer.body())
                .startsWith("{\"type\":\"urn:cdnrefresh:problem:")
                .contains("\"status\":" + status + ",\"detail\":\"")
                .containsPattern("\"errors\":\\[\\{\"field\":\"[A-Za-z-]+\",\"value\":\".+\",\"code\":\"[a-z-]+\","
                        + "\"allowed\":\".+\"}]}$")
                .contains(error);
        assertThat(client.isAtEnd()).isTrue();
    }

    /** Each hides a second request from one of two readers who disagree about where the first ends. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 5|Transfer-Encoding: chunked||0||",
                "Transfer-Encoding: chunked|Content-Length: 5||0||",
                "Content-Length: 0|Content-Length: 5||",
                "Content-Length: 5|Content-Length: 5||hello",
                "Content-Length: 5, 5||hello",
                "Content-Length: +5||hello",
                "Content-Length: -5||hello",
                "Content-Length: 0x5||hello",
                "Content-Length : 5||hello",
                "Content-Length: 5 5||hello",
                "Content-Length: 99999999999999999999||hello",
                "Transfer-Encoding: chunked, identity||0||",
                "Transfer-Encoding: identity||",
                "Transfer-Encoding: gzip, chunked||0||",
                "Transfer-Encoding: xchunked||0||",
                "Transfer-Encoding: chunked|Transfer-Encoding: chunked||0||",
                "Transfer-Encoding: chunked|Transfer-Encoding: identity||0||",
                "Transfer-Encoding : chunked||0||",
                "Transfer-Encoding: chunked||-1|x|0||",
                "Transfer-Encoding: chunked||0x3|abc|0||",
                "Transfer-Encoding: chunked||3|abcd|0||",
                "Transfer-Encoding: chunked||zz|",
                "Transfer-Encoding: chunked||80000000000000000|",
                "X: a\u0000b||",
                ": novalue||",
                "X y: 1||",
                "Host: b||",
            })
    void request_ambiguousFraming_isRefusedAndNothingAfterItRead(String rest) throws Exception {
        try (HttpApiServer server = start();
                RawClient client = new RawClient(server.port())) {
            client.send("POST /a HTTP/1.1\r\nHost: a\r\n" + rest.replace("|", "\r\n") + GOOD);
            expectProblem(client, 400);
            assertThat(asked).hasValue(0);
            assertThat(server.stats().rejected()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST /a HTTP/1.0|Host: a|Transfer-Encoding: chunked||0||",
                "POST /a HTTP/1.0|Host: a|Transfer-Encoding: chunked|Content-Length: 3||0||",
                "GET /a HTTP/1.1||",
                "GET /a b HTTP/1.1|Host: a||",
                "GET /a HTTP/1.1|Host: a|Authorization: Bearer x|authorization: Bearer y||",
                "POST /a HTTP/1.1|Host: a|Idempotency-Key: x|Idempotency-Key: y|Content-Length: 0||",
                "POST /a HTTP/1.1|Host: a|Content-Type: application/json|Content-Type: text/plain|Content-Length: 0||",
                "GET a HTTP/1.1|Host: a||",
                "GET * HTTP/1.1|Host: a||",
                "GET /a#b HTTP/1.1|Host: a||",
                "GET /\u00e4 HTTP/1.1|Host: a||",
                "GET ftp://a/ HTTP/1.1|Host: a||",
                "CONNECT a:80 HTTP/1.1|Host: a||",
                "G\u0000T /a HTTP/1.1|Host: a||",
                "/a|Host: a||",
                "garbage||",
                "GET /a HTTP/1.1x|Host: a||",
                "GET /a HTTPS/1.1|Host: a||",
                "GET /a HTTP/1.1\nHost: a\n\n",
            })
    void request_malformedHead_is400(String head) throws Exception {
        try (HttpApiServer server = start();
                RawClient client = new RawClient(server.port())) {
            client.send(head.replace("|", "\r\n") + GOOD);
            expectProblem(client, 400);
            assertThat(asked).hasValue(0);
        }
    }

    @Test
    void request_otherVersion_is505() throws Exception {
        try (HttpApiServer server = start();
                RawClient client = new RawClient(server.port())) {
            client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            var answer = client.read();
            assertThat(answer.status()).isIn(400, 505);
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @Test
    void body_declaredTooLong_is413BeforeItIsSent() throws Exception {
        try (HttpApiServer server = start(HttpApiServer.builder(counting).maxBodyBytes(100));
                RawClient client = new RawClient(server.port())) {
            client.send("POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1000000000\r\n\r\n");
            expectProblem(
                    client,
                    413,
                    "{\"field\":\"body\",\"value\":\"1000000000 bytes\",\"code\":\"too-long\",\"allowed\":\"at most 100 bytes\"}");
        }
    }

    @Test
    void body_tooLongByChunks_is413EvenWhileItIsBeingSent() throws Exception {
        try (HttpApiServer server = start(HttpApiServer.builder(counting).maxBodyBytes(100));
                RawClient client = new RawClient(server.port())) {
            client.send("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 20; i++) {
                client.send("400\r\n" + "x".repeat(1024) + "\r\n");
            }
            expectProblem(
                    client,
                    413,
                    "{\"field\":\"body\",\"value\":\"more than 100 bytes\",\"code\":\"too-long\",\"allowed\":\"at most 100 bytes\"}");
            assertThat(asked).hasValue(0);
        }
    }

    @Test
    void body_ofExactlyTheLimit_isTaken() throws Exception {
        try (HttpApiServer server = start(HttpApiServer.builder(counting).maxBodyBytes(100));
                RawClient client = new RawClient(server.port())) {
            client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n" + "x".repeat(100));
            assertThat(client.read().status()).isEqualTo(200);
            client.send("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + "x".repeat(100)
                    + "\r\n0\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    @Test
    void head_tooLong_is431Or414() throws Exception {
        try (HttpApiServer server =
                start(HttpApiServer.builder(counting).maxHeaderBytes(1024).maxLineBytes(512))) {
            try (RawClient client = new RawClient(server.port())) {
                client.send("GET /a HTTP/1.1\r\nHost: a\r\n" + "X-Bomb: 0123456789\r\n".repeat(200) + "\r\n");
                expectProblem(
                        client,
                        431,
                        "{\"field\":\"headers\",\"value\":\"more than 1024 bytes\",\"code\":\"too-long\",\"allowed\":\"at most 1024 bytes\"}");
            }
            try (RawClient client = new RawClient(server.port())) {
                client.send("GET /" + "a".repeat(600) + " HTTP/1.1\r\nHost: a\r\n\r\n");
                expectProblem(
                        client,
                        414,
                        "{\"field\":\"request-line\",\"value\":\"more than 512 bytes\",\"code\":\"too-long\",\"allowed\":\"at most 512 bytes\"}");
            }
        }
    }

    @Test
    void expect_unknown_is417() throws Exception {
        try (HttpApiServer server = start();
                RawClient client = new RawClient(server.port())) {
            client.send("POST /a HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n");
            expectProblem(
                    client,
                    417,
                    "{\"field\":\"Expect\",\"value\":\"tea\",\"code\":\"bad-value\",\"allowed\":\"100-continue\"}");
        }
    }

    @Test
    void error_afterGoodRequests_comesAtItsPlace() throws Exception {
        try (HttpApiServer server = start();
                RawClient client = new RawClient(server.port())) {
            client.send(GOOD + GOOD + "bad\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(client.read().status()).isEqualTo(200);
            expectProblem(client, 400);
        }
    }

    @Test
    void body_slow_is408() throws Exception {
        try (HttpApiServer server = start(HttpApiServer.builder(counting).bodyTimeout(Duration.ofMillis(100)));
                RawClient client = new RawClient(server.port())) {
            client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123");
            expectProblem(
                    client,
                    408,
                    "{\"field\":\"body\",\"value\":\"not complete\",\"code\":\"too-slow\",\"allowed\":\"all of it within 100 ms\"}");
            assertThat(server.stats().timeouts()).isEqualTo(1);
        }
    }

    @Test
    void head_slowOrIdle_isClosed() throws Exception {
        try (HttpApiServer server = start(HttpApiServer.builder(counting)
                        .headerTimeout(Duration.ofMillis(100))
                        .idleTimeout(Duration.ofMillis(300)));
                RawClient slow = new RawClient(server.port());
                RawClient idle = new RawClient(server.port())) {
            slow.send("GET /a HTTP/1.1\r\nHos");
            assertThat(slow.isAtEnd()).isTrue();
            idle.send(GOOD);
            assertThat(idle.read().status()).isEqualTo(200);
            assertThat(idle.isAtEnd()).isTrue();
            assertThat(server.stats().timeouts()).isEqualTo(2);
        }
    }

    @Test
    void client_readsNothing_isCutOffAndMemoryStaysBounded() throws Exception {
        byte[] big = new byte[256 * 1024];
        ApiEndpoint endpoint = (request, responder) -> {
            asked.incrementAndGet();
            responder.respond(new io.cdnrefresh.spi.ApiResponse(200, "text/plain", List.of(), big));
        };
        try (HttpApiServer server = start(HttpApiServer.builder(endpoint).writeTimeout(Duration.ofMillis(300)));
                RawClient client = new RawClient(server.port())) {
            client.send(GOOD.repeat(1000));
            Awaitility.await().until(() -> server.stats().open() == 0);
            assertThat(asked.get()).isLessThan(200);
            assertThat(server.stats().timeouts()).isEqualTo(1);
        }
    }

    @Test
    void flood_moreConnectionsThanAllowed_closesTheRestAndServesOn() throws Exception {
        try (HttpApiServer server = start(HttpApiServer.builder(counting).maxConnections(200))) {
            List<RawClient> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 1000; i++) {
                    clients.add(new RawClient(server.port()));
                }
                Awaitility.await().until(() -> server.stats().refused() == 800);
                assertThat(server.stats().open()).isEqualTo(200);
                int served = 0;
                for (RawClient client : clients) {
                    served += isServed(client) ? 1 : 0;
                }
                assertThat(served).isEqualTo(200);
            } finally {
                for (RawClient client : clients) {
                    client.close();
                }
            }
            Awaitility.await().until(() -> server.stats().open() == 0);
            try (RawClient after = new RawClient(server.port())) {
                assertThat(after.send(GOOD).read().status()).isEqualTo(200);
            }
        }
    }

    private static boolean isServed(RawClient client) {
        try {
            return client.send(GOOD).read().status() == 200;
        } catch (IOException e) {
            return false;
        }
    }
}
