// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.ApiStream;
import io.cdnrefresh.spi.ProxyToken;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose token speaks for which device over HTTP. The transport is not started: who is let through gets 409 or 503. */
class PollTokenTest {
    private static final String SECRET = "s3cret";
    private static final NettyLoops loops = NettyLoops.create();

    private final ApiEndpoint shared =
            HttpEngineTransport.builder().loops(loops).token(SECRET).build().endpoint((request, responder) -> {});
    private final ApiEndpoint perDevice = HttpEngineTransport.builder()
            .loops(loops)
            .tokenPerDevice()
            .token(SECRET)
            .build()
            .endpoint((request, responder) -> {});

    @AfterAll
    static void end() {
        loops.close();
    }

    private record Post(String path, @Nullable String token, String text) implements ApiRequest {
        @Override
        public String method() {
            return "POST";
        }

        @Override
        public String query() {
            return "";
        }

        @Override
        public @Nullable String header(String name) {
            return name.equals("Authorization") && token != null ? "Bearer " + token : null;
        }

        @Override
        public byte[] body() {
            return text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String remote() {
            return "test";
        }

        @Override
        public String toString() {
            return path;
        }
    }

    private static int status(ApiEndpoint endpoint, String call, String device, @Nullable String token)
            throws Exception {
        String body = "{\"device\":\"" + device + "\",\"bootId\":\"b1\",\"reports\":[]}";
        CompletableFuture<ApiResponse> answer = new CompletableFuture<>();
        endpoint.onRequest(new Post("/v1/proxy/" + call, token, body), new ApiResponder() {
            @Override
            public void respond(ApiResponse response) {
                answer.complete(response);
            }

            @Override
            public ApiStream stream(ApiResponse head) {
                throw new IllegalStateException("nothing is streamed here");
            }
        });
        return answer.get(30, TimeUnit.SECONDS).status();
    }

    @ParameterizedTest
    @ValueSource(strings = {"poll", "report"})
    void tokenPerDevice_isForNoOtherDevice(String call) throws Exception {
        String own = ProxyToken.of(SECRET, "d1");
        assertThat(status(perDevice, call, "d1", own)).isIn(409, 503);
        assertThat(status(perDevice, call, "d2", own)).isEqualTo(401);
        assertThat(status(perDevice, call, "d1", SECRET)).isEqualTo(401);
        assertThat(status(perDevice, call, "d1", null)).isEqualTo(401);
    }

    @Test
    void sharedToken_isForEveryDevice() throws Exception {
        assertThat(status(shared, "poll", "d1", SECRET)).isIn(409, 503);
        assertThat(status(shared, "report", "d2", SECRET)).isIn(409, 503);
        assertThat(status(shared, "poll", "d1", ProxyToken.of(SECRET, "d1"))).isEqualTo(401);
        assertThat(status(shared, "poll", "d1", null)).isEqualTo(401);
    }

    @Test
    void tokens_areNotPrinted() {
        assertThat(new ProxyToken(SECRET, true).toString()).doesNotContain(SECRET);
    }
}
