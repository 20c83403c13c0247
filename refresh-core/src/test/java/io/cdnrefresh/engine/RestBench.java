// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.codec.JsonGuard;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.Membership.Member;
import io.cdnrefresh.stats.RateMeter;
import io.cdnrefresh.stats.StatsRegistry;
import io.cdnrefresh.testkit.ManualClock;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A Rester over recorded operations; checks of every answer that it came once, is sound JSON and tells no secrets. */
final class RestBench {
    static final Relay ALONE = new Relay(
            new Relay.Others() {
                @Override
                public List<Member> members() {
                    return List.of();
                }

                @Override
                public boolean isSelf(int engine) {
                    return false;
                }

                @Override
                public @Nullable String address(int engine) {
                    return null;
                }
            },
            null,
            new PeerProof("", new ManualClock()));

    static final Device DEVICE = new Device(5, "d1", "g1", "parent", DeviceState.CATCHING_UP, "0.1", ManualClock.START);

    final RecordingOperations operations = new RecordingOperations();
    final ManualClock clock = new ManualClock();
    final StatsRegistry stats = new StatsRegistry(clock::nanos);
    final RateMeter requests = stats.meter("qps_boss");
    final RecordedAccess access;
    Relay relay = ALONE;
    ApiLimits limits = ApiLimits.DEFAULTS;
    Executor background = Runnable::run;

    RestBench() {
        access = new RecordedAccess(clock);
    }

    RestBench(RecordedAccess access) {
        this.access = access;
    }

    ApiResponse call(String method, String target, String body, String... headers) {
        return call(method, target, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    ApiResponse call(String method, String target, byte[] body, String... headers) {
        Rester rester = new Rester(operations, limits, clock, "1.2.3", background, requests, relay, access);
        List<ApiResponse> answers = new ArrayList<>();
        rester.onRequest(new Request(method, target, body, headers), answers::add);
        assertThat(answers).hasSize(1);
        ApiResponse answer = answers.get(0);
        assertThat(JsonGuard.check(answer.body())).as(text(answer)).isEqualTo(JsonGuard.SOUND);
        assertThat(text(answer))
                .doesNotContain("Exception")
                .doesNotContain("io.cdnrefresh")
                .doesNotContain("\tat ");
        return answer;
    }

    ApiResponse submit(String body, String... headers) {
        return call("POST", "/v1/engine/task", body, headers);
    }

    ApiResponse get(String target) {
        ApiResponse answer = call("GET", target, "");
        if (answer.status() == 200) {
            assertThat(answer.contentType()).isEqualTo("application/json");
            assertThat(header(answer, "Cache-Control")).isEqualTo("no-store");
        }
        return answer;
    }

    static String text(ApiResponse answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    static String header(ApiResponse answer, String name) {
        int at = answer.headers().indexOf(name);
        return at < 0 ? "" : answer.headers().get(at + 1);
    }

    static final class Request implements ApiRequest {
        private final String method;
        private final String target;
        private final byte[] body;
        private final Map<String, String> headers = new TreeMap<>();

        Request(String method, String target, byte[] body, String... headers) {
            this.method = method;
            this.target = target;
            this.body = body;
            for (int i = 0; i < headers.length; i += 2) {
                this.headers.put(headers[i].toLowerCase(Locale.ROOT), headers[i + 1]);
            }
        }

        @Override
        public String method() {
            return method;
        }

        @Override
        public String path() {
            int query = target.indexOf('?');
            return query < 0 ? target : target.substring(0, query);
        }

        @Override
        public String query() {
            int query = target.indexOf('?');
            return query < 0 ? "" : target.substring(query + 1);
        }

        @Override
        public @Nullable String header(String name) {
            return headers.get(name.toLowerCase(Locale.ROOT));
        }

        @Override
        public byte[] body() {
            return body;
        }

        @Override
        public String remote() {
            return "192.0.2.7:4711";
        }
    }
}
