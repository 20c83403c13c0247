// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.PeerCaller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes calls on to other engines through the pooled client. Thread-safe; closes nothing. */
public final class PeerCalls implements PeerCaller {
    private static final Logger logger = LoggerFactory.getLogger(PeerCalls.class);
    private static final int MAX_ANSWER_BYTES = 16 << 20;
    private static final List<String> PASSED_ON =
            List.of("Authorization", PEER, "Content-Type", "Accept", "traceparent");
    private static final Set<String> OWN =
            Set.of("content-type", "content-length", "transfer-encoding", "connection", "keep-alive", "date", "server");

    private final HttpClient client;
    private final boolean isSecure;

    /** {@code isSecure}: the APIs of the others speak TLS. */
    public PeerCalls(HttpClient client, boolean isSecure) {
        this.client = client;
        this.isSecure = isSecure;
    }

    @Override
    public void call(
            String address, ApiRequest request, String query, Duration timeout, Consumer<Optional<ApiResponse>> done) {
        HttpCall call;
        try {
            call = toCall(address, request, query, timeout);
        } catch (IllegalArgumentException e) {
            logger.warn("call not passed on peer={} cause={}", address, e.getMessage());
            done.accept(Optional.empty());
            return;
        }
        client.execute(call, reply -> {
            if (reply instanceof HttpReply.Response response) {
                done.accept(Optional.of(answer(response)));
            } else {
                logger.debug("peer did not answer peer={} reply={}", address, reply);
                done.accept(Optional.empty());
            }
        });
    }

    private HttpCall toCall(String address, ApiRequest request, String query, Duration timeout) {
        int colon = address.lastIndexOf(':');
        if (colon < 1) {
            throw new IllegalArgumentException("address: " + address + " (expected: host:port)");
        }
        int port = Integer.parseInt(address.substring(colon + 1));
        String path = query.isEmpty() ? request.path() : request.path() + "?" + query;
        HttpCall.Builder call = HttpCall.to(request.method(), address.substring(0, colon), port, path)
                .header(RELAYED, "1")
                .body(request.body())
                .timeout(timeout)
                .maxBodyBytes(MAX_ANSWER_BYTES)
                .keepBodyBytes(MAX_ANSWER_BYTES);
        for (String name : PASSED_ON) {
            String value = request.header(name);
            if (value != null) {
                call.header(name, value);
            }
        }
        return (isSecure ? call.secure() : call).build();
    }

    private static ApiResponse answer(HttpReply.Response response) {
        List<String> headers = new ArrayList<>();
        for (int i = 0; i + 1 < response.headers().size(); i += 2) {
            if (!OWN.contains(response.headers().get(i).toLowerCase(java.util.Locale.ROOT))) {
                headers.add(response.headers().get(i));
                headers.add(response.headers().get(i + 1));
            }
        }
        String type = response.header("Content-Type");
        return new ApiResponse(response.status(), type == null ? "" : type, headers, response.bodyPrefix());
    }
}
