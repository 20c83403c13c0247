// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One foreign request on its way: what it asks of the engine, and the one answer to it. Used by one thread at a time: the
 * front's, then those that bring the engine's answers.
 */
final class Exchange {
    private static final Logger logger = LoggerFactory.getLogger(Exchange.class);
    private static final String TASK = "/v1/engine/task";

    /**
     * What the engine answered.
     *
     * @param body its JSON; empty if there is none
     */
    record Reply(ApiResponse response, Map<String, Object> body) {
        static Reply of(ApiResponse response) {
            return new Reply(response, json(response));
        }

        int status() {
            return response.status();
        }

        @Nullable
        String header(String name) {
            List<String> headers = response.headers();
            for (int i = 0; i + 1 < headers.size(); i += 2) {
                if (headers.get(i).equalsIgnoreCase(name)) {
                    return headers.get(i + 1);
                }
            }
            return null;
        }

        /** What was refused, in our words. */
        Refusal refusal() {
            String type = JsonTree.asText(body.get("type"));
            String word = type.substring(type.lastIndexOf(':') + 1);
            String detail = JsonTree.asText(body.get("detail"));
            Object fault =
                    JsonTree.asList(body.get("errors")).stream().findFirst().orElse(null);
            String value = JsonTree.asText(JsonTree.asMap(fault).get("value"));
            return new Refusal(
                    response.status() < 400 ? 500 : response.status(),
                    word.isEmpty() ? "internal" : word,
                    value.isEmpty() ? detail : detail + ": " + value,
                    seconds(header("Retry-After")));
        }

        private static int seconds(@Nullable String text) {
            return text != null && text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
        }
    }

    /**
     * A task that was accepted.
     *
     * @param rateLimit what is left of the tightest limit, as the engine told it; null if there is none
     */
    record Accepted(String id, NativeTask task, @Nullable String rateLimit) {}

    private final ApiEndpoint engine;
    private final Dialect dialect;
    private final String client;
    private final ApiRequest request;
    private final ApiResponder responder;
    private final AtomicBoolean isAnswered = new AtomicBoolean();
    private @Nullable String token;
    private @Nullable String keyId;

    Exchange(ApiEndpoint engine, Dialect dialect, String client, ApiRequest request, ApiResponder responder) {
        this.engine = engine;
        this.dialect = dialect;
        this.client = client;
        this.request = request;
        this.responder = responder;
    }

    ApiRequest request() {
        return request;
    }

    @Nullable
    String header(String name) {
        return request.header(name);
    }

    /** Whether a header is there, whatever its value. */
    boolean has(String name) {
        return request.header(name) != null;
    }

    /** The text of the key that the client carries. */
    void authenticate(@Nullable String key) {
        token = key;
    }

    /** The id of a key that a signature has proven. */
    void prove(@Nullable String id) {
        keyId = id;
    }

    /** Works on the request; whatever fails is answered. */
    void start() {
        guarded(() -> dialect.onRequest(this));
    }

    /** Goes on with a value once it is there; the stage never fails. */
    <T> void then(CompletionStage<T> stage, Consumer<T> step) {
        var unused = stage.thenAccept(value -> guarded(() -> step.accept(value)));
    }

    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (Refusal refusal) {
            refuse(refusal);
        } catch (IllegalArgumentException invalid) {
            refuse(Refusal.invalid(String.valueOf(invalid.getMessage())));
        } catch (RuntimeException failure) {
            logger.error(
                    "request failed client={} method={} path={}", client, request.method(), request.path(), failure);
            refuse(Refusal.internal());
        }
    }

    void refuse(Refusal refusal) {
        answer(dialect.refused(request, refusal));
    }

    void answer(ApiResponse response) {
        if (isAnswered.compareAndSet(false, true)) {
            responder.respond(response);
        }
    }

    /** Asks the engine for something that stands. */
    void ask(String path, String query, Consumer<Reply> then) {
        call("GET", path, query, Map.of(), new byte[0], then);
    }

    /** Hands a task in, in as many parts as it takes, one after the other; a refusal of any part is the answer. */
    void submit(NativeTask task, @Nullable RetryKeys keys, boolean isRepeat, Consumer<List<Accepted>> then) {
        next(task.cut(), new ArrayList<>(), keys, isRepeat, then);
    }

    private void next(
            List<NativeTask> parts,
            List<Accepted> done,
            @Nullable RetryKeys keys,
            boolean isRepeat,
            Consumer<List<Accepted>> then) {
        if (done.size() == parts.size()) {
            then.accept(done);
            return;
        }
        NativeTask part = parts.get(done.size());
        byte[] body = part.toJson(client);
        Map<String, String> headers = new HashMap<>();
        headers.put("content-type", "application/json");
        if (keys != null) {
            headers.put("idempotency-key", keys.keyOf(token + "|" + keyId, body, isRepeat));
        }
        call("POST", TASK, "", headers, body, reply -> {
            String id = JsonTree.asText(reply.body().get("id"));
            if (reply.status() != 202 || id.isEmpty()) {
                throw reply.refusal();
            }
            done.add(new Accepted(id, part, reply.header("RateLimit")));
            next(parts, done, keys, isRepeat, then);
        });
    }

    private void call(
            String method, String path, String query, Map<String, String> extra, byte[] body, Consumer<Reply> then) {
        Map<String, String> headers = new HashMap<>(extra);
        if (token != null) {
            headers.put("authorization", "Bearer " + token);
        }
        String trace = request.header("traceparent");
        if (trace != null) {
            headers.put("traceparent", trace);
        }
        NativeRequest asked = new NativeRequest(method, path, query, headers, body, request.remote(), keyId);
        engine.onRequest(asked, response -> guarded(() -> then.accept(Reply.of(response))));
    }

    private static Map<String, Object> json(ApiResponse response) {
        if (response.body().length == 0) {
            return Map.of();
        }
        try {
            return JsonTree.object(response.body());
        } catch (Refusal notJson) {
            return Map.of();
        }
    }
}
