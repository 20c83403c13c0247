// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.engine.EngineOperations.Cause;
import io.cdnrefresh.engine.EngineOperations.SubmitResult;
import io.cdnrefresh.limit.Allowance;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.ApiResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;

/** Answers as bytes. What never changes is encoded once. */
final class Replies {
    static final String JSON = "application/json";
    static final List<String> NO_STORE = List.of("Cache-Control", "no-store");

    private static final String TASK_PATH = "/v1/engine/task/";
    private static final byte[] ID = ascii("{\"id\":\"");
    private static final byte[] ACCEPTED = ascii("\",\"state\":\"ACCEPTED\",\"targets\":");
    private static final byte[] NOT_DURABLE = ascii(",\"durable\":false");
    private static final byte[] END = ascii("}");

    private Replies() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** 202 to a submission; {@code invalid} lists what was left out, if anything. */
    static ApiResponse accepted(SubmitResult.Accepted accepted, List<Fault> invalid) {
        TaskId id = accepted.id();
        JsonWriter json =
                new JsonWriter(96).raw(ID).rawDigits(id.value()).raw(ACCEPTED).rawDigits(accepted.targets());
        if (!accepted.isDurable()) {
            json.raw(NOT_DURABLE);
        }
        if (!invalid.isEmpty()) {
            Fault.write(json, "invalid", invalid);
        }
        Allowance.State limit = accepted.tightest();
        List<String> headers = limit == null
                ? List.of("Location", TASK_PATH + id)
                : List.of("Location", TASK_PATH + id, "RateLimit-Policy", policy(limit), "RateLimit", rateLimit(limit));
        return new ApiResponse(202, JSON, headers, json.raw(END).toArray());
    }

    /** What a limit allows, and below how it stands: draft-ietf-httpapi-ratelimit-headers-10. */
    private static String policy(Allowance.State state) {
        return quoted(state) + ";q=" + state.limit().count() + ";w="
                + state.limit().window().toSeconds();
    }

    private static String rateLimit(Allowance.State state) {
        return quoted(state) + ";r=" + state.left() + ";t=" + seconds(state);
    }

    private static String quoted(Allowance.State state) {
        return '"' + state.subject().replaceAll("[^\\x21\\x23-\\x5b\\x5d-\\x7e]", "_") + '"';
    }

    private static long seconds(Allowance.State state) {
        return Math.max(1, (state.resetMillis() + 999) / 1_000);
    }

    /** 429: a limit has no room for the task. */
    static Problem limited(Allowance.State state) {
        String after = Long.toString(seconds(state));
        String allowed = state.limit().count() + " in " + state.limit().window().toSeconds() + " s, " + state.left()
                + " left for " + after + " s";
        return Problem.of(
                        429,
                        "limited",
                        "A limit is used up",
                        "nothing was accepted; try again in " + after + " s",
                        Fault.of(state.subject(), Long.toString(state.left()), Fault.NOT_NOW, allowed))
                .withHeaders("Retry-After", after, "RateLimit-Policy", policy(state), "RateLimit", rateLimit(state));
    }

    /** 202 to a submission that was accepted before. */
    static ApiResponse replayed(TaskId id, int targets, Instant acceptedAt) {
        JsonWriter json =
                new JsonWriter(128).raw(ID).rawDigits(id.value()).raw(ACCEPTED).rawDigits(targets);
        json.field("acceptedAt").value(acceptedAt.toString()).endObject();
        return new ApiResponse(
                202, JSON, List.of("Location", TASK_PATH + id, "Idempotency-Replayed", "true"), json.toArray());
    }

    /** An object. */
    static ApiResponse object(int status, Consumer<JsonWriter> members) {
        JsonWriter json = new JsonWriter(512).beginObject();
        members.accept(json);
        return new ApiResponse(status, JSON, NO_STORE, json.endObject().toArray());
    }

    private static Problem notNow(int status, String code, String title, String detail, String after) {
        Fault fault = Fault.of("engine", code, Fault.NOT_NOW, "the same request after " + after + " s");
        return Problem.of(status, code, title, detail, fault);
    }

    /** Why there is no answer now. */
    static ApiResponse unavailable(Cause cause, int retryAfterSeconds) {
        String after = Integer.toString(Math.max(1, retryAfterSeconds));
        String later = "nothing was accepted; try again later";
        String elsewhere = "try again; another engine will answer";
        Problem problem = switch (cause) {
            case OVERLOADED -> notNow(503, "overloaded", "Too much is waiting", later, after);
            case LIMITED -> notNow(429, "limited", "Your limit is used up", later, after);
            case STORE_DOWN ->
                notNow(
                        503,
                        "store-down",
                        "The task store does not answer",
                        "nothing was changed; try again later",
                        after);
            case DRAINING -> notNow(503, "draining", "This engine takes no new work", elsewhere, after);
            case NOT_RUNNING -> notNow(503, "not-running", "This engine is not running", elsewhere, after);
        };
        boolean mustLeave = cause == Cause.DRAINING || cause == Cause.NOT_RUNNING;
        return (mustLeave
                        ? problem.withHeaders("Retry-After", after, "Connection", "close")
                        : problem.withHeaders("Retry-After", after))
                .toResponse();
    }
}
