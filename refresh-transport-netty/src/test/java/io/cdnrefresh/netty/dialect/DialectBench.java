// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All dialects in front of an engine that answers what it is told to and remembers what it was asked. */
final class DialectBench implements ApiEndpoint {
    static final String TASK = "/v1/engine/task";

    final ManualClock clock = new ManualClock();
    final List<ApiRequest> asked = new ArrayList<>();
    private final Map<String, ArrayDeque<ApiResponse>> scripted = new TreeMap<>();
    final DialectEndpoint.Builder builder = DialectEndpoint.builder(this)
            .dialects(DialectEndpoint.NAMES)
            .zone("z1", List.of("www.shop.com", "img.shop.com"))
            .zone("wild", List.of("*.wide.com"))
            .clock(clock);
    private @Nullable DialectEndpoint endpoint;
    private int tasks;

    /** A request as a client sends it; names of headers in any spelling. */
    record Sent(String method, String target, TreeMap<String, String> headers, byte[] body) implements ApiRequest {
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
        public String remote() {
            return "192.0.2.1:1234";
        }
    }

    /** {@code headers} are names and values by turns. */
    static Sent sent(String method, String target, String body, String... headers) {
        TreeMap<String, String> map = new TreeMap<>(Map.of("host", "www.shop.com"));
        for (int i = 0; i < headers.length; i += 2) {
            map.put(headers[i].toLowerCase(Locale.ROOT), headers[i + 1]);
        }
        return new Sent(method, target, map, body.getBytes(UTF_8));
    }

    /** The next answers to a method and path; without any, tasks are accepted and waits are over. */
    void give(String methodAndPath, ApiResponse... answers) {
        scripted.computeIfAbsent(methodAndPath, any -> new ArrayDeque<>()).addAll(List.of(answers));
    }

    static ApiResponse json(int status, String body, String... headers) {
        return new ApiResponse(
                status,
                "application/json",
                List.of(headers),
                body.replace('\'', '"').getBytes(UTF_8));
    }

    static ApiResponse problem(int status, String word, String detail, String... headers) {
        return json(
                status,
                "{'type':'urn:cdnrefresh:problem:" + word + "','title':'t','status':" + status + ",'detail':'" + detail
                        + "','errors':[]}",
                headers);
    }

    @Override
    public void onRequest(ApiRequest request, ApiResponder responder) {
        asked.add(request);
        ArrayDeque<ApiResponse> answers = scripted.get(request.method() + ' ' + request.path());
        if (answers != null && !answers.isEmpty()) {
            responder.respond(answers.remove());
        } else if (request.method().equals("POST")) {
            responder.respond(json(202, "{'id':'" + ++tasks + "','state':'ACCEPTED','targets':1}"));
        } else {
            responder.respond(json(200, "{'id':'1','reached':true}"));
        }
    }

    ApiResponse call(String method, String target, String body, String... headers) {
        return call(sent(method, target, body, headers));
    }

    ApiResponse call(Sent sent) {
        DialectEndpoint built = endpoint;
        if (built == null) {
            built = builder.build();
            endpoint = built;
        }
        List<ApiResponse> answers = new ArrayList<>();
        built.onRequest(sent, answers::add);
        assertThat(answers).as("%s %s", sent.method(), sent.target()).hasSize(1);
        return answers.get(0);
    }

    static String text(ApiResponse response) {
        return new String(response.body(), UTF_8).replace('"', '\'').strip();
    }

    /** The bodies of the submissions, with single quotes and without what all have. */
    List<String> submitted() {
        return asked.stream()
                .filter(request -> request.method().equals("POST"))
                .map(request -> new String(request.body(), UTF_8)
                        .replace('"', '\'')
                        .replace(",'mode':'hard'", "")
                        .replaceAll(",'labels':\\{[^}]*}", ""))
                .toList();
    }

    DialectBench without(Duration wait) {
        builder.wait(wait);
        return this;
    }
}
