// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.EngineClock;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** The routes of proxies before those of the API. Thread-safe; bodies are read on the caller's thread. */
final class PollEndpoint implements ApiEndpoint {
    private static final String PREFIX = "/v1/proxy/";

    private final HttpEngineTransport transport;
    private final byte @Nullable [] credentials;
    private final EngineClock clock;
    private final ApiEndpoint next;

    PollEndpoint(HttpEngineTransport transport, @Nullable String token, EngineClock clock, ApiEndpoint next) {
        this.transport = transport;
        this.clock = clock;
        this.next = next;
        credentials = token == null ? null : ("Bearer " + token).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void onRequest(ApiRequest request, ApiResponder responder) {
        if (!request.path().startsWith(PREFIX)) {
            next.onRequest(request, responder);
            return;
        }
        boolean isPost = request.method().equals("POST");
        boolean isGet = request.method().equals("GET");
        switch (request.path().substring(PREFIX.length())) {
            case "poll" -> call(request, responder, isPost, () -> poll(request, responder));
            case "report" -> call(request, responder, isPost, () -> report(request, responder));
            case "engine" -> call(request, responder, isGet, () -> welcome(responder));
            default -> responder.respond(Answers.problem(404, "not-found", "path: unknown", null));
        }
    }

    private void call(ApiRequest request, ApiResponder responder, boolean isMethod, Runnable route) {
        if (!isMethod) {
            responder.respond(Answers.problem(405, "method-not-allowed", "expected: POST, or GET for engine", null));
        } else if (!isAllowed(request.header("Authorization"))) {
            responder.respond(Answers.problem(401, "unauthorized", "expected: Authorization: Bearer TOKEN", null));
        } else {
            try {
                route.run();
            } catch (IllegalArgumentException wrong) {
                responder.respond(Answers.problem(400, "invalid-request", String.valueOf(wrong.getMessage()), null));
            }
        }
    }

    private boolean isAllowed(@Nullable String header) {
        return credentials == null
                || header != null && MessageDigest.isEqual(credentials, header.getBytes(StandardCharsets.UTF_8));
    }

    private void welcome(ApiResponder responder) {
        EngineEpoch epoch = transport.epochIfStarted();
        responder.respond(
                epoch == null ? HttpEngineTransport.notRunning() : Answers.welcome(epoch, transport.heartbeat()));
    }

    private void poll(ApiRequest request, ApiResponder responder) {
        PollRequest poll = PollRequest.decode(request.body(), clock.now());
        transport.execute(() -> transport.onPoll(poll, responder));
    }

    private void report(ApiRequest request, ApiResponder responder) {
        ReportRequest report = ReportRequest.decode(request.body(), clock.now());
        transport.execute(() -> transport.onReport(report, responder));
    }
}
