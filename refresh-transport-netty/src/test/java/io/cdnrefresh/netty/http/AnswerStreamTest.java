// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.ApiStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AnswerStreamTest {
    private final NettyLoops loops = NettyLoops.create();
    private final Queue<ApiStream> streams = new ConcurrentLinkedQueue<>();
    private final HttpApiServer server = HttpApiServer.builder(
                    CorsEndpoint.allowing(List.of("https://ui.example.com"), this::answer))
            .loops(loops)
            .build();

    private void answer(ApiRequest request, ApiResponder responder) {
        ApiResponse head =
                new ApiResponse(200, "text/event-stream", List.of(), "first\n".getBytes(StandardCharsets.UTF_8));
        if (request.path().equals("/stream")) {
            streams.add(responder.stream(head));
        } else {
            responder.respond(head);
        }
    }

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void stop() {
        server.close();
        loops.close();
    }

    private Socket connect(String request) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(30_000);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private static String get(String path, String... headers) {
        return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + String.join("", headers) + "\r\n";
    }

    private ApiStream stream() {
        await().until(() -> !streams.isEmpty());
        return streams.remove();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void parts_ofAStream_arriveInOrderUntilItsEnd() throws IOException {
        try (Socket client = connect(get("/plain") + get("/stream") + get("/void"))) {
            ApiStream stream = stream();
            for (int i = 0; i < 1_000; i++) {
                assertThat(stream.write(bytes("part " + i + "\n"))).isTrue();
            }
            stream.close();
            assertThat(stream.write(bytes("too late"))).isFalse();
            String all = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            String[] answers = all.split("HTTP/1.1 200 OK", -1);
            assertThat(answers).hasSize(3);
            assertThat(answers[2]).contains("connection: close").doesNotContain("content-length");
            assertThat(answers[2].lines().filter(line -> line.startsWith("part ")))
                    .hasSize(1_000)
                    .startsWith("part 0")
                    .endsWith("part 999");
            assertThat(all).endsWith("part 999\n");
        }
        await().until(() -> server.stats().open() == 0);
        assertThat(server.stats().outstanding()).isZero();
    }

    @Test
    void clientThatDoesNotRead_isCutOff_andTheOtherIsNot() throws IOException {
        try (Socket deaf = connect(get("/stream"))) {
            ApiStream slow = stream();
            try (Socket client = connect(get("/stream"))) {
                ApiStream quick = stream();
                byte[] part = new byte[8 << 10];
                int sent = 0;
                while (slow.write(part) && sent < 10_000) {
                    sent++;
                }
                assertThat(sent).as("8 KiB parts before the cut").isLessThan(10_000);
                assertThat(quick.write(bytes("still here\n"))).isTrue();
                assertThat(readUntil(client.getInputStream(), "still here\n")).endsWith("still here\n");
                await().until(() -> server.stats().open() == 1);
            }
            assertThat(deaf.isConnected()).isTrue();
        }
    }

    private static String readUntil(InputStream in, String end) throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int next = in.read();
            if (next < 0) {
                return text.toString();
            }
            text.append((char) next);
        }
        return text.toString();
    }

    @Test
    void clientThatGoes_endsItsStream() throws IOException {
        connect(get("/stream")).close();
        ApiStream stream = stream();
        await().until(() -> !stream.write(bytes("anybody?\n")));
    }

    @Test
    void server_thatStops_endsStreams() throws IOException {
        try (Socket client = connect(get("/stream"))) {
            ApiStream stream = stream();
            readUntil(client.getInputStream(), "first\n");
            server.stopAccepting();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            await().until(() -> !stream.write(bytes("anybody?\n")));
        }
    }

    @Test
    void cors_onlyForAllowedOrigins() throws IOException {
        String close = "Connection: close\r\n";
        assertThat(all(get("/plain", "Origin: https://ui.example.com\r\n", close)))
                .contains("Access-Control-Allow-Origin: https://ui.example.com")
                .contains("Vary: Origin");
        assertThat(all(get("/plain", "Origin: https://evil.example.com\r\n", close)))
                .contains("first")
                .doesNotContain("Access-Control");
        assertThat(all(get("/plain", close))).doesNotContain("Access-Control");
        String preflight = "OPTIONS /v1/engine/task HTTP/1.1\r\nHost: a\r\nOrigin: https://ui.example.com\r\n"
                + "Access-Control-Request-Method: POST\r\n" + close + "\r\n";
        assertThat(all(preflight))
                .startsWith("HTTP/1.1 204")
                .contains("Access-Control-Allow-Methods: GET, HEAD, POST, PUT, DELETE");
    }

    private String all(String request) throws IOException {
        try (Socket client = connect(request)) {
            return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
