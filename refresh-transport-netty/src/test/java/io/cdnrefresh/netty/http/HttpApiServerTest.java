// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

final class HttpApiServerTest {
    private static final NettyLoops loops = NettyLoops.create();

    /** A request that the test answers when it likes. */
    record Held(ApiRequest request, ApiResponder responder) {
        void answer(String body) {
            responder.respond(ok(body));
        }
    }

    private final BlockingQueue<Held> held = new LinkedBlockingQueue<>();
    private final ApiEndpoint holding = (request, responder) -> held.add(new Held(request, responder));

    @AfterAll
    static void stopLoops() {
        assertThat(loops.shutdown(Duration.ofSeconds(10))).isTrue();
    }

    static ApiResponse ok(String body) {
        return new ApiResponse(200, "text/plain", List.of("x-a", "1"), body.getBytes(ISO_8859_1));
    }

    /** Answers with what it saw. */
    static void echo(ApiRequest request, ApiResponder responder) {
        responder.respond(ok(request.method()
                + ' '
                + request.path()
                + '|'
                + request.query()
                + '|'
                + request.header("x-test")
                + '|'
                + new String(request.body(), ISO_8859_1)));
    }

    private static HttpApiServer start(ApiEndpoint endpoint) {
        return start(HttpApiServer.builder(endpoint));
    }

    private static HttpApiServer start(HttpApiServerBuilder builder) {
        HttpApiServer server = builder.loops(loops).build();
        server.start();
        return server;
    }

    private Held next() throws InterruptedException {
        Held next = held.poll(5, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return next;
    }

    @Test
    void request_everyPart_reachesTheEndpoint() throws Exception {
        try (HttpApiServer server = start(HttpApiServerTest::echo);
                RawClient client = new RawClient(server.port())) {
            var answer = client.send(
                            "POST /v1/task?a=%20&b HTTP/1.1\r\nHost: a\r\nX-TEST: t\r\nContent-Length: 5\r\n\r\nhello")
                    .read();
            assertThat(answer.body()).isEqualTo("POST /v1/task|a=%20&b|t|hello");
            assertThat(answer.header("content-type")).isEqualTo("text/plain");
            assertThat(answer.header("x-a")).isEqualTo("1");
            assertThat(answer.header("date")).matches("\\w{3}, \\d\\d \\w{3} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT");
            assertThat(answer.header("server")).isEmpty();
            assertThat(answer.header("connection")).isEmpty();
        }
    }

    @Test
    void request_chunkedOrByteByByte_isWhole() throws Exception {
        try (HttpApiServer server = start(HttpApiServerTest::echo);
                RawClient client = new RawClient(server.port())) {
            String head = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
            String chunked = head.concat("3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nT: 1\r\n\r\n");
            assertThat(client.send(chunked).read().body()).isEqualTo("POST /a||null|abcdefg");
            for (int i = 0; i < chunked.length(); i++) {
                client.send(chunked.substring(i, i + 1));
            }
            assertThat(client.read().body()).isEqualTo("POST /a||null|abcdefg");
        }
    }

    @Test
    void request_headMethod_isAnsweredWithoutBody() throws Exception {
        try (HttpApiServer server = start(HttpApiServerTest::echo);
                RawClient client = new RawClient(server.port())) {
            client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.read("HEAD").header("content-length")).isEqualTo("14");
            assertThat(client.read().body()).startsWith("GET /b");
        }
    }

    @Test
    void request_absoluteForm_losesItsAuthority() throws Exception {
        try (HttpApiServer server = start(HttpApiServerTest::echo);
                RawClient client = new RawClient(server.port())) {
            client.send("GET http://x.test:80/a?b HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.read().body()).startsWith("GET /a|b|");
        }
    }

    @Test
    void pipelined_answersOutOfOrder_areWrittenInOrder() throws Exception {
        try (HttpApiServer server = start(holding);
                RawClient client = new RawClient(server.port())) {
            StringBuilder requests = new StringBuilder();
            for (int i = 0; i < 10; i++) {
                requests.append("GET /").append(i).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            client.send(requests.toString());
            Awaitility.await().until(() -> held.size() == 10);
            List<Held> all = List.copyOf(held);
            for (int i = 9; i >= 0; i--) {
                all.get(i).answer(all.get(i).request().path());
            }
            for (int i = 0; i < 10; i++) {
                assertThat(client.read().body()).isEqualTo("/" + i);
            }
        }
    }

    @Test
    void pipelined_moreThanTheCap_areNotEvenDecoded() throws Exception {
        try (HttpApiServer server = start(HttpApiServer.builder(holding).maxPipelined(4));
                RawClient client = new RawClient(server.port())) {
            client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100));
            for (int i = 0; i < 100; i++) {
                Held one = next();
                assertThat(server.stats().outstanding()).isLessThanOrEqualTo(4);
                one.answer(String.valueOf(i));
            }
            for (int i = 0; i < 100; i++) {
                assertThat(client.read().body()).isEqualTo(String.valueOf(i));
            }
            assertThat(server.stats().requests()).isEqualTo(100);
        }
    }

    @Test
    void request_connectionClose_isHonoured() throws Exception {
        try (HttpApiServer server = start(HttpApiServerTest::echo);
                RawClient client = new RawClient(server.port())) {
            client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.read().header("connection")).isEqualTo("close");
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @Test
    void request_oldVersion_closesUnlessAskedNotTo() throws Exception {
        try (HttpApiServer server = start(HttpApiServerTest::echo);
                RawClient client = new RawClient(server.port())) {
            client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            assertThat(client.read().header("connection")).isEqualTo("keep-alive");
            client.send("GET /a HTTP/1.0\r\n\r\n");
            assertThat(client.read().header("connection")).isEqualTo("close");
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @Test
    void request_halfClosed_isStillAnswered() throws Exception {
        try (HttpApiServer server = start(holding);
                RawClient client = new RawClient(server.port())) {
            client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
            client.socket.shutdownOutput();
            next().answer("late");
            assertThat(client.read().body()).isEqualTo("late");
            assertThat(client.isAtEnd()).isTrue();
        }
    }

    @Test
    void expect_continue_isSaidOnceTheAnswersBeforeAreOut() throws Exception {
        try (HttpApiServer server = start(holding);
                RawClient client = new RawClient(server.port())) {
            client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
            client.send("POST /b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            next().answer("first");
            assertThat(client.read().body()).isEqualTo("first");
            assertThat(client.read().status()).isEqualTo(100);
            client.send("ok");
            next().answer("second");
            assertThat(client.read().body()).isEqualTo("second");
        }
    }

    @Test
    void endpoint_throwsOrAnswersUnsoundly_is500() throws Exception {
        ApiEndpoint bad = (request, responder) -> {
            if (request.path().equals("/throw")) {
                throw new IllegalStateException("secret");
            }
            responder.respond(new ApiResponse(200, "text/plain", List.of("a", "b\r\nc: d"), new byte[0]));
        };
        try (HttpApiServer server = start(bad);
                RawClient client = new RawClient(server.port())) {
            for (String path : List.of("/throw", "/unsound")) {
                var answer = client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
                        .read();
                assertThat(answer.status()).isEqualTo(500);
                assertThat(answer.body()).doesNotContain("secret");
            }
            assertThat(server.stats().outstanding()).isZero();
        }
    }

    @Test
    void endpoint_tooManyOutstanding_isShed() throws Exception {
        try (HttpApiServer server = start(HttpApiServer.builder(holding).maxOutstanding(1));
                RawClient one = new RawClient(server.port());
                RawClient two = new RawClient(server.port())) {
            one.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
            Held first = next();
            var shed = two.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n").read();
            assertThat(shed.status()).isEqualTo(503);
            assertThat(shed.header("retry-after")).isEqualTo("1");
            first.answer("ok");
            assertThat(one.read().status()).isEqualTo(200);
            two.send("GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
            next().answer("ok");
            assertThat(two.read().status()).isEqualTo(200);
        }
    }

    @Test
    void client_goneBeforeTheAnswer_harmsNobody() throws Exception {
        try (HttpApiServer server = start(holding)) {
            try (RawClient client = new RawClient(server.port())) {
                client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
                Awaitility.await().until(() -> !held.isEmpty());
                client.socket.setSoLinger(true, 0);
            }
            Awaitility.await().until(() -> server.stats().open() == 0);
            next().answer("nobody reads this");
            assertThat(server.stats().outstanding()).isZero();
        }
    }

    @Test
    void stopAccepting_requestUnderWay_isAnsweredWithClose() throws Exception {
        try (HttpApiServer server = start(holding);
                RawClient busy = new RawClient(server.port());
                RawClient idle = new RawClient(server.port())) {
            busy.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
            Held first = next();
            Awaitility.await().until(() -> server.stats().open() == 2);

            server.stopAccepting();

            assertThat(idle.isAtEnd()).isTrue();
            assertThatThrownBy(() -> new RawClient(server.port())).isInstanceOf(java.io.IOException.class);
            first.answer("done");
            var answer = busy.read();
            assertThat(answer.body()).isEqualTo("done");
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(busy.isAtEnd()).isTrue();
        }
    }

    @Test
    void stopAccepting_thenConnect_isRefused() {
        for (int round = 0; round < 500; round++) {
            try (HttpApiServer server = start(holding)) {
                server.stopAccepting();
                assertThatThrownBy(() -> new RawClient(server.port()).close())
                        .as("round %d", round)
                        .isInstanceOf(java.io.IOException.class);
            }
        }
    }

    @Test
    void shutdown_endpointNeverAnswers_isBoundedAndCounts() throws Exception {
        HttpApiServer server = start(holding);
        try (RawClient client = new RawClient(server.port())) {
            client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
            Held never = next();
            assertThat(server.shutdown(Duration.ofMillis(100))).isEqualTo(1);
            assertThat(client.isAtEnd()).isTrue();
            never.answer("too late");
        }
    }

    @Test
    void start_portTaken_isNamed() {
        try (HttpApiServer server = start(holding)) {
            HttpApiServer second = HttpApiServer.builder(holding)
                    .port(server.port())
                    .loops(loops)
                    .build();
            assertThatThrownBy(second::start)
                    .isInstanceOf(RefreshException.class)
                    .hasMessageContaining(String.valueOf(server.port()));
        }
    }
}
