// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.CallbackAttempt;
import io.cdnrefresh.spi.CallbackRow;
import io.cdnrefresh.spi.CallbackRow.State;
import io.cdnrefresh.spi.WebhookSecret;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Webhooks and their secrets. Thread-safe. */
final class CallbackRoutes {
    private static final String OF_TASK = "/v1/engine/task/{id}/callbacks";
    private static final String SECRETS = "/v1/admin/webhook-secrets";
    private static final List<String> FIELDS = List.of("tenant", "keepOld");
    private static final Duration KEEP = Duration.ofHours(24);
    private static final Duration LONGEST_KEEP = Duration.ofDays(30);

    private final Supplier<CallbackDesk> desk;
    private final Bodies bodies;
    private final OwnTasks own;

    CallbackRoutes(EngineOperations operations, Supplier<CallbackDesk> desk, Bodies bodies) {
        own = new OwnTasks(operations, TaskRoutes::id);
        this.desk = desk;
        this.bodies = bodies;
    }

    void addTo(Router router) {
        router.add("GET", OF_TASK, List.of(), own.only(this::ofTask))
                .add("POST", OF_TASK, List.of(), own.only(this::redeliver))
                .add("GET", "/v1/engine/callbacks", List.of("state", "limit"), this::all)
                .add("GET", SECRETS, List.of("tenant"), this::secrets)
                .add("POST", SECRETS, List.of(), this::rotate);
    }

    private void ofTask(Call call) {
        TaskId id = TaskRoutes.id(call);
        desk.get()
                .ofTask(
                        id,
                        call.then(
                                () -> TaskRoutes.notFound(id),
                                rows -> Replies.object(200, json -> {
                                    json.field("id").value(id.toString());
                                    rows(json, rows);
                                })));
    }

    private void redeliver(Call call) {
        TaskId id = TaskRoutes.id(call);
        desk.get()
                .redeliver(
                        id,
                        call.actor(),
                        call.then(
                                () -> TaskRoutes.notFound(id),
                                count -> Replies.object(202, json -> {
                                    json.field("id").value(id.toString());
                                    json.field("redelivering").value(count);
                                })));
    }

    private void all(Call call) {
        State state = call.query().word("state", CallbackRoutes::state);
        desk.get()
                .all(
                        state,
                        call.query().limit(),
                        call.then(CallbackRoutes::off, rows -> Replies.object(200, json -> rows(json, rows))));
    }

    private static Problem off() {
        return Problem.notFound("path", "callbacks", "an engine that delivers webhooks");
    }

    private static State state(String text) {
        for (State state : State.values()) {
            if (state.name().toLowerCase(Locale.ROOT).equals(text)) {
                return state;
            }
        }
        throw new IllegalArgumentException("state (expected: pending | delivered | dead | gone)");
    }

    private static void rows(JsonWriter json, List<CallbackRow> rows) {
        json.field("callbacks").beginArray();
        for (CallbackRow row : rows) {
            json.beginObject();
            json.field("webhookId").value(row.webhookId());
            json.field("task").value(row.task().toString());
            json.field("type").value(row.event());
            json.field("host").value(row.host());
            json.field("state").value(row.state().name());
            json.field("createdAt").value(row.createdAt().toString());
            json.field("attempts").value(row.attempts());
            json.field("next");
            if (row.state() == State.PENDING) {
                json.value(row.dueAt().toString());
            } else {
                json.nullValue();
            }
            json.field("giveUpAt").value(row.giveUpAt().toString());
            json.field("history").beginArray();
            row.history().forEach(attempt -> attempt(json, attempt));
            json.endArray();
            json.endObject();
        }
        json.endArray();
    }

    private static void attempt(JsonWriter json, CallbackAttempt attempt) {
        json.beginObject();
        json.field("at").value(attempt.at().toString());
        json.field("status").value(attempt.status());
        json.field("millis").value(attempt.millis());
        json.field("error").value(attempt.error());
        json.endObject();
    }

    private void secrets(Call call) {
        String tenant = call.query().parsed("tenant", text -> tenant("tenant", text));
        String named = tenant == null ? "" : tenant;
        desk.get()
                .secrets(
                        named,
                        call.then(
                                CallbackRoutes::off,
                                secrets -> Replies.object(200, json -> {
                                    json.field("tenant").value(named);
                                    json.field("secrets").beginArray();
                                    for (WebhookSecret secret : secrets) {
                                        json.beginObject();
                                        describe(json, secret);
                                        json.endObject();
                                    }
                                    json.endArray();
                                })));
    }

    /** Everything but the value. */
    private static void describe(JsonWriter json, WebhookSecret secret) {
        json.field("id").value(secret.id());
        json.field("createdAt").value(secret.createdAt().toString());
        json.field("endsAt");
        if (secret.endsAt() == null) {
            json.nullValue();
        } else {
            json.value(secret.endsAt().toString());
        }
    }

    private static String tenant(String field, String text) {
        return text.isEmpty() ? "" : Device.requireName(field, text);
    }

    private static final class Rotation {
        @Nullable
        String tenant;

        @Nullable
        Duration keepOld;
    }

    private void rotate(Call call) {
        Rotation wanted = new Rotation();
        List<Fault> faults = bodies.read(call.request(), body -> {
            body.object("", FIELDS, name -> {
                if (name.equals("tenant")) {
                    wanted.tenant = body.parsed(name, text -> tenant(name, text));
                } else {
                    wanted.keepOld = body.parsed(name, text -> TimeText.duration(text, Duration.ZERO, LONGEST_KEEP));
                }
            });
            return body.faults();
        });
        if (!faults.isEmpty()) {
            throw new ProblemException(Problem.invalid(faults));
        }
        String tenant = wanted.tenant == null ? "" : wanted.tenant;
        Duration keep = wanted.keepOld == null ? KEEP : wanted.keepOld;
        Supplier<Problem> off = CallbackRoutes::off;
        desk.get().rotate(tenant, keep, call.actor(), call.then(off, CallbackRoutes::shownOnce));
    }

    private static ApiResponse shownOnce(WebhookSecret secret) {
        return Replies.object(201, json -> {
            json.field("tenant").value(secret.tenant());
            describe(json, secret);
            json.field("secret").value(secret.value());
        });
    }
}
