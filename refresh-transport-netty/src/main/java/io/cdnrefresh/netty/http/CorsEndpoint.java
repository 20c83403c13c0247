// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.ApiStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets web pages of some origins use an API (CORS, the Fetch standard). Requests of other origins are answered as if there
 * were no such thing, and browsers keep those answers from the page. Immutable, thread-safe.
 */
public final class CorsEndpoint implements ApiEndpoint {
    private static final List<String> PREFLIGHT = List.of(
            "Access-Control-Allow-Methods",
            "GET, HEAD, POST, PUT, DELETE",
            "Access-Control-Allow-Headers",
            "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, traceparent",
            "Access-Control-Max-Age",
            "600");

    private final Set<String> origins;
    private final ApiEndpoint next;

    private CorsEndpoint(Set<String> origins, ApiEndpoint next) {
        this.origins = origins;
        this.next = next;
    }

    /** An endpoint that these origins may use, {@code scheme://host[:port]} each; the endpoint itself if there are none. */
    public static ApiEndpoint allowing(Collection<String> origins, ApiEndpoint next) {
        requireNonNull(next, "next");
        return origins.isEmpty() ? next : new CorsEndpoint(Set.copyOf(origins), next);
    }

    @Override
    public void onRequest(ApiRequest request, ApiResponder responder) {
        String origin = request.header("Origin");
        if (origin == null || !origins.contains(origin)) {
            next.onRequest(request, responder);
        } else if (request.method().equals("OPTIONS") && request.header("Access-Control-Request-Method") != null) {
            responder.respond(allow(new ApiResponse(204, "", PREFLIGHT, new byte[0]), origin));
        } else {
            next.onRequest(request, new Allowing(responder, origin));
        }
    }

    private static ApiResponse allow(ApiResponse response, @Nullable String origin) {
        List<String> headers = new ArrayList<>(response.headers());
        headers.addAll(List.of("Access-Control-Allow-Origin", requireNonNull(origin), "Vary", "Origin"));
        headers.addAll(List.of("Access-Control-Expose-Headers", "Location, Retry-After, Idempotency-Replayed"));
        return new ApiResponse(response.status(), response.contentType(), headers, response.body());
    }

    private record Allowing(ApiResponder responder, String origin) implements ApiResponder {
        @Override
        public void respond(ApiResponse response) {
            responder.respond(allow(response, origin));
        }

        @Override
        public ApiStream stream(ApiResponse head) {
            return responder.stream(allow(head, origin));
        }
    }
}
