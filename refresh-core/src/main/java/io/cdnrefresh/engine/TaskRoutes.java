// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.CancelResult;
import io.cdnrefresh.engine.EngineOperations.PageRequest;
import io.cdnrefresh.engine.EngineOperations.Submission;
import io.cdnrefresh.engine.EngineOperations.SubmitResult;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.IdempotencyKey;
import io.cdnrefresh.spi.TaskFilter;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Everything about tasks. Thread-safe. */
final class TaskRoutes {
    private static final String TASK = "/v1/engine/task";
    private static final String IDEMPOTENCY_KEY = "Idempotency-Key";

    private final EngineOperations operations;
    private final FrontDoor door;
    private final OwnTasks own;
    private final ApiLimits limits;
    private final EngineClock clock;
    private final Executor background;
    private final Bodies bodies;
    private final TraceParent traces;

    TaskRoutes(
            EngineOperations operations,
            FrontDoor door,
            ApiLimits limits,
            EngineClock clock,
            Executor background,
            Bodies bodies) {
        this.door = door;
        own = new OwnTasks(operations, TaskRoutes::id);
        this.operations = operations;
        this.limits = limits;
        this.clock = clock;
        this.background = background;
        this.bodies = bodies;
        this.traces = new TraceParent(new SecureRandom().nextLong(), clock::nanos);
    }

    void addTo(Router router) {
        router.add("POST", TASK, List.of(), this::submit)
                .add("GET", TASK, List.of("state", "type", "host", "label", "since", "cursor", "limit"), this::list)
                .add("GET", TASK + "/{id}", List.of(), own.only(this::find))
                .add("DELETE", TASK + "/{id}", List.of(), own.only(this::cancel))
                .add("GET", TASK + "/{id}/devices", List.of("outcome", "cursor", "limit"), own.only(this::devices))
                .add("GET", TASK + "/{id}/devices/{device}/targets", List.of("outcome"), own.only(this::targets))
                .add(
                        "GET",
                        "/v1/engine/explain",
                        List.of("url", "since", "limit"),
                        new ExplainRoute(operations, door)::explain);
        new WaitRoutes(operations, own, limits, clock).addTo(router);
    }

    private void submit(Call call) {
        TaskAssembly assembly = bodies.read(call.request(), reader -> {
            TaskBody body = new TaskBody(reader, limits, clock.now());
            body.read();
            return new TaskAssembly(body, limits);
        });
        assembly.prepare();
        if (!assembly.needsCompile()) {
            submit(call, assembly);
            return;
        }
        try {
            background.execute(() -> call.run(() -> {
                assembly.compile();
                submit(call, assembly);
            }));
        } catch (RejectedExecutionException full) {
            call.responder().respond(Replies.unavailable(EngineOperations.Cause.OVERLOADED, 1));
        }
    }

    private void submit(Call call, TaskAssembly assembly) {
        RefreshTask asked = assembly.task(traces.of(call.request().header("traceparent")));
        RefreshTask task = new TaskRights(call.caller(), AdminRoutes.known(door)).allow(asked, assembly.tenant());
        IdempotencyKey key = idempotency(call);
        if (assembly.isDryRun()) {
            operations.dryRun(
                    task,
                    call.then(run -> Replies.object(200, json -> {
                        if (call.caller().isAdmin()) {
                            TaskViews.dryRun(json, task, run, assembly.invalid());
                        } else {
                            TenantViews.dryRun(json, task, run, assembly.invalid());
                        }
                    })));
            return;
        }
        Submission submission = new Submission(task, key, call.caller());
        Consumer<Answer<SubmitResult>> done = call.then(result -> submitted(submission, result, assembly.invalid()));
        operations.submit(submission, done);
    }

    private static @Nullable IdempotencyKey idempotency(Call call) {
        String key = call.request().header(IDEMPOTENCY_KEY);
        if (key == null) {
            return null;
        }
        if (key.isEmpty() || key.length() > 255 || key.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw new ProblemException(Problem.invalid(Fault.of(
                    IDEMPOTENCY_KEY, key, Fault.BAD_VALUE, "1 to 255 printable ASCII characters without spaces")));
        }
        return new IdempotencyKey(
                call.caller().tenant(), key, hash(call.request().body()));
    }

    /** FNV-1a. A submitter who finds two bodies with one hash deceives only itself. */
    private static long hash(byte[] body) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : body) {
            hash = (hash ^ b & 0xff) * 0x100000001b3L;
        }
        return hash;
    }

    private static ApiResponse submitted(Submission submission, SubmitResult result, List<Fault> invalid) {
        if (result instanceof SubmitResult.Accepted accepted) {
            return Replies.accepted(accepted, invalid);
        }
        if (result instanceof SubmitResult.Replayed replayed) {
            return Replies.replayed(replayed.id(), replayed.targets(), replayed.acceptedAt());
        }
        return refused(submission, result).toResponse();
    }

    private static Problem refused(Submission submission, SubmitResult result) {
        RefreshTask task = submission.task();
        if (result instanceof SubmitResult.NoDevices) {
            String allowed = "a scope with at least one device";
            Fault fault = Fault.of("scope", TaskViews.shown(task.options().scope()), Fault.TOO_FEW, allowed);
            return Problem.of(422, "no-devices", "The scope holds no device", "expected: " + allowed, fault);
        }
        if (result instanceof SubmitResult.Limited limited) {
            return Replies.limited(limited.limit());
        }
        if (result instanceof SubmitResult.KeyReused reused) {
            String detail = "its first use made task " + reused.original() + ", expected: a new key for a new body";
            return Problem.of(
                    422,
                    "idempotency-key-reused",
                    "The idempotency key was used with another body",
                    detail,
                    keyConflict(submission, "a new key for a new body, or the body of task " + reused.original()));
        }
        if (result instanceof SubmitResult.InProgress) {
            return Problem.of(
                            409,
                            "in-progress",
                            "The first use of the key is still being accepted",
                            "try again in a moment",
                            keyConflict(submission, "the same request after 1 s"))
                    .withHeaders("Retry-After", "1");
        }
        if (result instanceof SubmitResult.UnknownAfter unknown) {
            Fault fault = Fault.of("after", unknown.after().toString(), "unknown-task", "the id of an existing task");
            return Problem.of(
                    422, "unknown-after", "The task to wait for does not exist", "after: no such task", fault);
        }
        if (result instanceof SubmitResult.NotCapable incapable) {
            Fault fault = Fault.of(
                    "type",
                    task.kind().wireName(),
                    "not-capable",
                    "what a device in scope can do: " + incapable.reason());
            return Problem.of(422, "not-capable", "No device in scope can do this", incapable.reason(), fault);
        }
        throw new IllegalStateException("submit result " + result.getClass().getSimpleName());
    }

    private static Fault keyConflict(Submission submission, String allowed) {
        IdempotencyKey key = submission.idempotency();
        return Fault.of(IDEMPOTENCY_KEY, key == null ? "" : key.key(), Fault.CONFLICT, allowed);
    }

    private void find(Call call) {
        TaskId id = id(call);
        operations.find(id, call.then(unknown(id), view -> Replies.object(200, json -> TaskViews.full(json, view))));
    }

    private void cancel(Call call) {
        TaskId id = id(call);
        operations.cancel(id, call.actor(), call.then(unknown(id), result -> cancelled(id, result)));
    }

    private static ApiResponse cancelled(TaskId id, CancelResult result) {
        return switch (result) {
            case CANCELLING ->
                Replies.object(202, json -> {
                    json.field("id").value(id.toString());
                    json.field("cancelling").value(true);
                });
            case ALREADY_CANCELLED ->
                Replies.object(200, json -> {
                    json.field("id").value(id.toString());
                    json.field("state").value(TaskState.CANCELLED.name());
                });
            case ALREADY_FINAL ->
                Problem.of(
                                409,
                                "already-final",
                                "The task has ended",
                                "a task that has ended cannot be cancelled",
                                Fault.of("id", id.toString(), Fault.CONFLICT, "the id of a task that has not ended"))
                        .toResponse();
        };
    }

    private void devices(Call call) {
        Outcome only = call.query().word("outcome", text -> Outcome.parse("outcome", text));
        PageRequest page = new PageRequest(call.query().cursor(0), call.query().limit());
        TaskId id = id(call);
        if (!call.caller().isAdmin()) {
            PageRequest all = new PageRequest(0, Device.MAX_DEVICES);
            operations.deviceResults(
                    id,
                    only,
                    all,
                    call.then(
                            unknown(id), rows -> Replies.object(200, json -> TenantViews.devices(json, rows.rows()))));
            return;
        }
        operations.deviceResults(
                id,
                only,
                page,
                call.then(unknown(id), rows -> Replies.object(200, json -> TaskViews.devices(json, rows))));
    }

    private void targets(Call call) {
        Outcome only = call.query().word("outcome", text -> Outcome.parse("outcome", text));
        String device = call.variable(1);
        if (!call.caller().isAdmin()) {
            throw new ProblemException(FrontDoor.forbidden(
                    "admin-only",
                    "Nodes are for admin keys to see",
                    "an admin key, or /devices of the task",
                    List.of()));
        }
        operations.targetResults(
                id(call),
                device,
                only,
                call.then(
                        () -> Problem.notFound("device", device, "a device of a task that is kept"),
                        rows -> Replies.object(200, json -> TaskViews.targets(json, device, rows))));
    }

    private void list(Call call) {
        QueryParameters query = call.query();
        TaskState state = query.word("state", text -> TaskState.parse("state", text));
        TaskKind kind = query.word("type", text -> TaskKind.parse("type", text));
        String host = query.parsed("host", text -> Target.host(text).host());
        String[] label = query.parsed("label", TaskRoutes::label);
        Instant since = since(query);
        String tenant = call.caller().isAdmin() ? null : call.caller().tenant();
        TaskFilter filter = new TaskFilter(
                tenant, state, kind, host, label == null ? null : label[0], label == null ? null : label[1], since);
        operations.list(
                filter,
                new PageRequest(query.cursor(Long.MAX_VALUE), query.limit()),
                call.then(page -> Replies.object(200, json -> TaskViews.tasks(json, page))));
    }

    static @Nullable Instant since(QueryParameters query) {
        return query.parsed("since", text -> TimeText.instant(text, Instant.parse("9999-12-31T23:59:59Z")));
    }

    static String[] label(String text) {
        int colon = text.indexOf(':');
        if (colon < 0 || !Label.isKey(text.substring(0, colon)) || !Label.isValue(text.substring(colon + 1))) {
            throw new IllegalArgumentException("label (expected: key:value, " + Label.ALLOWED + ")");
        }
        return new String[] {text.substring(0, colon), text.substring(colon + 1)};
    }

    static Supplier<Problem> unknown(TaskId id) {
        return () -> notFound(id);
    }

    static Problem notFound(TaskId id) {
        return Problem.notFound("id", id.toString(), "the id of a task that is kept");
    }

    static TaskId id(Call call) {
        try {
            return TaskId.parse(call.variable(0));
        } catch (IllegalArgumentException refusal) {
            throw new ProblemException(Problem.invalid(Fault.refused(-1, "id", call.variable(0), refusal)));
        }
    }
}
