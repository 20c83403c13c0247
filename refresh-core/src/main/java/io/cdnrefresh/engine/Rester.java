// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.event.EventBus;
import io.cdnrefresh.model.EngineEvent;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.stats.RateMeter;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * The API of the engine: everything between bytes and {@link EngineOperations}.
 *
 * <p>Thread-safe; works on the calling thread and never blocks it. What would take long (compiling a pattern) goes to
 * the background executor; when that refuses, the answer is 503. Every failure becomes a problem document that holds no
 * internal name.
 */
final class Rester implements ApiEndpoint {
    private final Router router;
    private final RateMeter requests;
    private final EventStreams streams;
    private volatile CallbackDesk callbacks = CallbackDesk.NONE;

    /**
     * Creates the API.
     *
     * @param version what {@code /version} tells
     * @param background runs what takes long; may throw {@link java.util.concurrent.RejectedExecutionException}
     * @param requests counts every request
     */
    Rester(
            EngineOperations operations,
            ApiLimits limits,
            EngineClock clock,
            String version,
            Executor background,
            RateMeter requests,
            Relay relay,
            AccessOperations access) {
        this.requests = requests;
        router = new Router(relay, access.door());
        Bodies bodies = new Bodies(limits.bodyBytes());
        new TaskRoutes(operations, access.door(), limits, clock, background, bodies).addTo(router);
        new OperatorRoutes(operations, access.door(), clock, version, bodies).addTo(router);
        new CallbackRoutes(operations, () -> callbacks, bodies).addTo(router);
        streams = new EventStreams(
                parts -> OperatorRoutes.figures(operations, parts).body(), access.door());
        streams.addTo(router);
        new LoginRoutes(access.door(), bodies).addTo(router);
        new AdminRoutes(access, clock, bodies).addTo(router);
        ApiDocument.addTo(router);
    }

    /** Answers what is asked about webhooks; before that there are none. */
    void tellOf(CallbackDesk desk) {
        callbacks = desk;
    }

    /** Shows what happens to those who watch. */
    void listenTo(EventBus events) {
        var unused = events.subscribe(EngineEvent.class, streams::onEvent);
    }

    /** Every route as method, path and query parameters. */
    List<String> routes() {
        return router.described();
    }

    @Override
    public void onRequest(ApiRequest request, ApiResponder responder) {
        requests.mark();
        try {
            router.route(request, responder);
        } catch (ProblemException refusal) {
            responder.respond(refusal.problem().toResponse());
        } catch (RuntimeException failure) {
            responder.respond(Call.failed(request, failure));
        }
    }
}
