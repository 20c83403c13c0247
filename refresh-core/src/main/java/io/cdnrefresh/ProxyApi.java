// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.codec.MetricText;
import io.cdnrefresh.proxy.ProxyAgent;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import java.util.List;

/** The proxy's own small API. Thread-safe. */
final class ProxyApi implements ApiEndpoint {
    private final RefreshProxy proxy;
    private final ProxyAgent agent;
    private final String id;
    private final String version;

    ProxyApi(RefreshProxy proxy, ProxyAgent agent, String id, String version) {
        this.proxy = proxy;
        this.agent = agent;
        this.id = id;
        this.version = version;
    }

    @Override
    public void onRequest(ApiRequest request, ApiResponder responder) {
        responder.respond(answer(request));
    }

    private ApiResponse answer(ApiRequest request) {
        String path = request.path();
        if (!path.equals("/healthz") && !path.equals("/stats") && !path.equals("/metrics")) {
            return json(404, new JsonWriter(64).beginObject().field("title").value("Not Found"));
        }
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            return json(
                    405,
                    new JsonWriter(64).beginObject().field("title").value("Method Not Allowed"),
                    "Allow",
                    "GET, HEAD");
        }
        if (path.equals("/metrics")) {
            return new ApiResponse(200, MetricText.TYPE, List.of(), MetricText.write(proxy.metrics()));
        }
        JsonWriter body = new JsonWriter(1_024).beginObject();
        body.field("device").value(id);
        body.field("version").value(version);
        body.field("ready").value(agent.isReady());
        body.field("reason").value(agent.notReadyReason());
        body.field("down").beginArray();
        agent.counters().down.forEach(body::value);
        body.endArray();
        if (path.equals("/healthz")) {
            return json(agent.isReady() ? 200 : 503, body);
        }
        proxy.stats().write(body);
        return json(200, body);
    }

    private static ApiResponse json(int status, JsonWriter body, String... headers) {
        String type = status < 400 || status == 503 ? "application/json" : "application/problem+json";
        return new ApiResponse(status, type, List.of(headers), body.endObject().toArray());
    }
}
