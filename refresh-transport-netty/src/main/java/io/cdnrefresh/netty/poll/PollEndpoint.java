// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.ProxyToken;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** The routes of proxies before those of the API. Thread-safe; bodies are read on the caller's thread. */
final class PollEndpoint implements ApiEndpoint {
    private static final String PREFIX = "/v1/proxy/";

    private final HttpEngineTransport transport;
    private final ProxyToken token;
    private final EngineClock clock;
    private final ApiEndpoint next;

    PollEndpoint(HttpEngineTransport transport, ProxyToken token, EngineClock clock, ApiEndpoint next) {
        this.transport = transport;
        this.clock = clock;
        this.next = next;
        this.token = token;
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
        } else if (!token.isPerDevice() && !isAllowed(request, token.secret())) {
            unauthorized(responder);
        } else {
            try {
                route.run();
            } catch (IllegalArgumentException wrong) {
                responder.respond(Answers.problem(400, "invalid-request", String.valueOf(wrong.getMessage()), null));
            }
        }
    }

    private static void unauthorized(ApiResponder responder) {
        responder.respond(Answers.problem(401, "unauthorized", "expected: Authorization: Bearer TOKEN", null));
    }

    private static boolean isAllowed(ApiRequest request, @Nullable String expected) {
        if (expected == null) {
            return true;
        }
        String header = request.header("Authorization");
        byte[] wanted = ("Bearer " + expected).getBytes(StandardCharsets.UTF_8);
        return header != null && MessageDigest.isEqual(wanted, header.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether the request speaks for no other device than its token is for. */
    private boolean isOf(String device, ApiRequest request) {
        return !token.isPerDevice() || isAllowed(request, token.expected(device));
    }

    private void welcome(ApiResponder responder) {
        EngineEpoch epoch = transport.epochIfStarted();
        responder.respond(
                epoch == null ? HttpEngineTransport.notRunning() : Answers.welcome(epoch, transport.heartbeat()));
    }

    private void poll(ApiRequest request, ApiResponder responder) {
        PollRequest poll = PollRequest.decode(request.body(), clock.now());
        if (isOf(poll.hello().device(), request)) {
            transport.execute(() -> transport.onPoll(poll, responder));
        } else {
            unauthorized(responder);
        }
    }

    private void report(ApiRequest request, ApiResponder responder) {
        ReportRequest report = ReportRequest.decode(request.body(), clock.now());
        if (isOf(report.device(), request)) {
            transport.execute(() -> transport.onReport(report, responder));
        } else {
            unauthorized(responder);
        }
    }
}
