// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.EngineClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Requests with random damage. {@code -Drefresh.fuzz=1000000} is the long form, {@code -Drefresh.seed=} replays.
 */
final class HttpFuzzTest {
    private static final int MAX_BODY = 64;
    private static final String GOOD = "GET /good HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final List<String> SEEDS = List.of(
            GOOD,
            "POST /v1/engine/task HTTP/1.1\r\nHost: a:1\r\nContent-Length: 12\r\n\r\n{\"targets\":1",
            "POST /t HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "POST /t HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\"b\"\r\nx\r\n0\r\nT: v\r\n\r\n",
            "HEAD /h?q=%41 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            "DELETE /d HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            "PUT /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-B: 2, 3\r\n\r\n",
            "GET http://h.test/abs?x HTTP/1.1\r\nHost: h.test\r\n\r\n");
    private static final List<String> TOKENS = List.of(
            "\r\n",
            "\n",
            "\r",
            "\0",
            " ",
            "\t",
            ":",
            "\r\n\r\n",
            "\r\n ",
            "0\r\n\r\n",
            "\u00ff",
            "%00",
            "HTTP/1.1",
            "HTTP/9.9",
            "Content-Length: 3\r\n",
            "Content-Length: 99999\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip\r\n",
            "Host: b\r\n",
            "Expect: 100-continue\r\n",
            "Connection: close\r\n",
            "ffffffffffffffff\r\n",
            "A".repeat(600),
            "X: y\r\n".repeat(100),
            GOOD);

    private final ServerContext context = new ServerContext(
            HttpFuzzTest::answer,
            (request, problem) -> problem,
            new ServerLimits(
                    MAX_BODY,
                    512,
                    512,
                    100,
                    4,
                    100,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(10)),
            EngineClock.system());

    /** Holds every request to what the endpoint may rely on. */
    private static void answer(ApiRequest request, ApiResponder responder) {
        assertThat(request.method()).matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
        assertThat(request.path()).matches("/[!-~]*|\\*").doesNotContain("?");
        assertThat(request.query()).matches("[!-~]*");
        assertThat(request.body()).hasSizeLessThanOrEqualTo(MAX_BODY);
        responder.respond(HttpApiServerTest.ok("ok"));
    }

    private static String damaged(Random random) {
        StringBuilder text = new StringBuilder(SEEDS.get(random.nextInt(SEEDS.size())));
        for (int left = random.nextInt(4); left > 0; left--) {
            int at = random.nextInt(text.length() + 1);
            int to = Math.min(text.length(), at + random.nextInt(12));
            switch (random.nextInt(7)) {
                case 0 -> text.insert(at, TOKENS.get(random.nextInt(TOKENS.size())));
                case 1 -> text.delete(at, to);
                case 2 -> text.insert(at, text.substring(at, to));
                case 3 -> text.insert(at, (char) random.nextInt(256));
                case 4 -> text.setLength(at);
                case 5 -> text.append(SEEDS.get(random.nextInt(SEEDS.size())));
                default -> {
                    if (at < text.length()) {
                        text.setCharAt(at, (char) random.nextInt(256));
                    }
                }
            }
        }
        return text.toString();
    }

    @Test
    void anyBytes_decoded_neverBreakTheConnection() {
        long seed = Long.getLong("refresh.seed", 1);
        int rounds = Integer.getInteger("refresh.fuzz", 100_000);
        Random random = new Random(seed);
        ListAppender<ILoggingEvent> warnings = new ListAppender<>();
        warnings.start();
        Logger logger = (Logger) LoggerFactory.getLogger(ApiConnection.class);
        logger.addAppender(warnings);
        try {
            for (int i = 0; i < rounds; i++) {
                String text = damaged(random);
                String out = feed(text, random);
                assertThat(warnings.list)
                        .as("seed %d round %d: %s", seed, i, text)
                        .isEmpty();
                assertThat(out.isEmpty() || out.startsWith("HTTP/1.1 "))
                        .as("seed %d round %d: %s -> %s", seed, i, text, out)
                        .isTrue();
            }
        } finally {
            logger.detachAppender(warnings);
        }
        assertThat(context.counters.outstanding).hasValue(0);
        assertThat(feed(GOOD, random)).startsWith("HTTP/1.1 200 OK").endsWith("\r\n\r\nok");
    }

    /** Sends the bytes in random pieces; everything written, as text. */
    private String feed(String text, Random random) {
        EmbeddedChannel channel = new EmbeddedChannel();
        RequestDecoder decoder = new RequestDecoder(context.limits);
        ApiConnection connection = new ApiConnection(context, channel, decoder);
        channel.pipeline().addLast(decoder, connection);
        connection.channelActive(channel.pipeline().firstContext());
        byte[] bytes = text.getBytes(ISO_8859_1);
        int at = 0;
        while (at < bytes.length && channel.isOpen()) {
            int count = Math.min(bytes.length - at, 1 + random.nextInt(bytes.length));
            ByteBuf part = PooledByteBufAllocator.DEFAULT.buffer(count).writeBytes(bytes, at, count);
            channel.writeInbound(part);
            channel.runPendingTasks();
            at += count;
        }
        StringBuilder out = new StringBuilder();
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            out.append(part.toString(ISO_8859_1));
            part.release();
        }
        channel.finishAndReleaseAll();
        return out.toString();
    }

    @Test
    void anyBytes_overSockets_serverStillAnswers() throws Exception {
        Random random = new Random(Long.getLong("refresh.seed", 1));
        try (NettyLoops loops = NettyLoops.create();
                HttpApiServer server = HttpApiServer.builder(HttpFuzzTest::answer)
                        .loops(loops)
                        .maxBodyBytes(MAX_BODY)
                        .build()) {
            server.start();
            for (int i = 0; i < 2000; i++) {
                try (RawClient client = new RawClient(server.port())) {
                    client.socket.setSoLinger(true, 0); // leaves no port in TIME_WAIT
                    client.send(damaged(random));
                } catch (IOException e) {
                    // closed by the server: its right
                }
            }
            try (RawClient client = new RawClient(server.port())) {
                assertThat(client.send(GOOD).read().status()).isEqualTo(200);
            }
        }
    }
}
