// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.engine.EngineOperations.Verdict;
import io.cdnrefresh.engine.EngineOperations.WaitGoal;
import io.cdnrefresh.engine.EngineOperations.WaitQuery;
import io.cdnrefresh.engine.EngineOperations.WaitResult;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.TaskFilter;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** Waiting for one task, and for all tasks of a label. Thread-safe. */
final class WaitRoutes {
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

    private final EngineOperations operations;
    private final OwnTasks own;
    private final ApiLimits limits;
    private final EngineClock clock;

    WaitRoutes(EngineOperations operations, OwnTasks own, ApiLimits limits, EngineClock clock) {
        this.operations = operations;
        this.own = own;
        this.limits = limits;
        this.clock = clock;
    }

    void addTo(Router router) {
        router.add(
                        "GET",
                        "/v1/engine/task/{id}/wait",
                        List.of("until", "quorum", "of", "group", "timeout"),
                        own.only(this::forTask))
                .add(
                        "GET",
                        "/v1/engine/wait",
                        List.of("label", "until", "quorum", "of", "group", "timeout"),
                        this::forLabel);
    }

    private void forTask(Call call) {
        WaitQuery query = new WaitQuery(TaskRoutes.id(call), goal(call.query()), timeout(call.query()));
        new TaskWait(operations, clock, call, query, TaskRoutes.unknown(query.id())).start();
    }

    private void forLabel(Call call) {
        String[] label = call.query().parsed("label", TaskRoutes::label);
        if (label == null) {
            throw new ProblemException(
                    Problem.invalid(Fault.of("label", "", Fault.MISSING_FIELD, "key:value, such as release:42")));
        }
        String tenant = call.caller().isAdmin() ? null : call.caller().tenant();
        TaskFilter filter = new TaskFilter(tenant, null, null, null, label[0], label[1], null);
        new LabelWait(operations, clock, call, filter, goal(call.query()), timeout(call.query())).start();
    }

    private static WaitGoal goal(QueryParameters query) {
        Boolean isApplied = query.parsed("until", text -> either(text, "until", "applied", "verified"));
        Boolean isServing = query.parsed("of", text -> either(text, "of", "serving", "all"));
        Double quorum = query.parsed("quorum", WaitRoutes::percent);
        return new WaitGoal(
                isApplied != null && isApplied,
                quorum == null ? 100 : quorum,
                isServing == null || isServing,
                query.parsed("group", text -> Device.requireName("group", text)));
    }

    private Duration timeout(QueryParameters query) {
        Duration longest = limits.longestWait();
        Duration timeout = query.parsed("timeout", text -> TimeText.duration(text, Duration.ZERO, longest));
        if (timeout != null) {
            return timeout;
        }
        return DEFAULT_TIMEOUT.compareTo(longest) < 0 ? DEFAULT_TIMEOUT : longest;
    }

    private static boolean either(String text, String name, String yes, String no) {
        if (!text.equals(yes) && !text.equals(no)) {
            throw new IllegalArgumentException(name + " (expected: " + yes + " | " + no + ")");
        }
        return text.equals(yes);
    }

    private static double percent(String text) {
        double percent = text.matches("[0-9]{1,3}(\\.[0-9]{1,6})?") ? Double.parseDouble(text) : 0;
        if (percent <= 0 || percent > 100) {
            throw new IllegalArgumentException(
                    "quorum (expected: percent as a plain number, more than 0, at most 100)");
        }
        return percent;
    }

    static ApiResponse waited(WaitGoal goal, WaitResult result) {
        return answer(goal, result.verdict(), "too many devices ended without it; see /devices of the task", json -> {
            json.field("id").value(result.progress().id().toString());
            json.field("state").value(result.progress().state().name());
            json.field("reached").value(result.verdict() == Verdict.REACHED);
            TaskViews.tally(json, result.tally());
        });
    }

    /** 200 reached, 202 not yet, 409 impossible; each with what is given. */
    static ApiResponse answer(WaitGoal goal, Verdict verdict, String detail, Consumer<JsonWriter> body) {
        if (verdict == Verdict.IMPOSSIBLE) {
            Fault fault = Fault.of(
                    "quorum",
                    Double.toString(goal.quorumPercent()),
                    Fault.CONFLICT,
                    "a share that the devices which have not ended without it can reach");
            return Problem.of(409, "impossible", "This can no longer be reached", detail, fault)
                    .toResponse(body);
        }
        return Replies.object(verdict == Verdict.REACHED ? 200 : 202, body);
    }
}
