// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.Verdict;
import io.cdnrefresh.engine.EngineOperations.WaitGoal;
import io.cdnrefresh.engine.EngineOperations.WaitQuery;
import io.cdnrefresh.engine.EngineOperations.WaitResult;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskProgress.Tally;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.TaskFilter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;

/**
 * One call of wait for all tasks of a label, whichever engines have them. The store says how they stand: what is told of a
 * task is committed. Between two looks, at least a second apart while nothing ends, it waits for one task after another that is
 * open. One step at a time, on whatever thread has the answer of the last.
 */
final class LabelWait {
    /** More are refused: a look reads every one of them. */
    static final int MOST_TASKS = 1_000;

    private static final int SHOWN_IDS = 100;
    private static final Duration SLICE = Duration.ofSeconds(1);
    /** A rest that is not worth another round. */
    private static final long LEAST_NANOS = 50_000_000;

    private final EngineOperations operations;
    private final EngineClock clock;
    private final Call call;
    private final TaskFilter filter;
    private final WaitGoal goal;
    private final long endNanos;
    private final ArrayDeque<TaskId> open = new ArrayDeque<>();
    private List<WaitResult> tasks = List.of();
    private long lookedNanos;
    private long askedNanos;

    LabelWait(
            EngineOperations operations,
            EngineClock clock,
            Call call,
            TaskFilter filter,
            WaitGoal goal,
            Duration timeout) {
        this.operations = operations;
        this.clock = clock;
        this.call = call;
        this.filter = filter;
        this.goal = goal;
        endNanos = clock.nanos() + timeout.toNanos();
    }

    void start() {
        look();
    }

    private void look() {
        lookedNanos = clock.nanos();
        operations.standing(filter, goal, MOST_TASKS + 1, this::onStanding);
    }

    private void onStanding(Answer<List<WaitResult>> answer) {
        if (!(answer instanceof Answer.Value<List<WaitResult>> value)) {
            call.answer(answer, this::noTask, any -> Replies.unavailable(EngineOperations.Cause.NOT_RUNNING, 1));
            return;
        }
        tasks = value.value();
        if (tasks.isEmpty()) {
            call.responder().respond(noTask().toResponse());
        } else if (tasks.size() > MOST_TASKS) {
            call.responder().respond(tooMany().toResponse());
        } else if (verdict() != Verdict.NOT_YET || isOver()) {
            end();
        } else {
            open.clear();
            tasks.stream()
                    .filter(task -> task.verdict() == Verdict.NOT_YET)
                    .forEach(task -> open.add(task.progress().id()));
            awaitNext();
        }
    }

    private void awaitNext() {
        TaskId next = open.poll();
        if (next == null || clock.nanos() - lookedNanos >= SLICE.toNanos()) {
            look();
            return;
        }
        askedNanos = clock.nanos();
        Duration rest = Duration.ofNanos(Math.max(0, endNanos - askedNanos));
        operations.await(new WaitQuery(next, goal, rest.compareTo(SLICE) < 0 ? rest : SLICE), this::onAwaited);
    }

    private void onAwaited(Answer<WaitResult> answer) {
        if (isOver()) {
            look();
        } else if (answer instanceof Answer.Value<WaitResult> value
                && value.value().verdict() != Verdict.NOT_YET) {
            awaitNext();
        } else if (clock.nanos() - askedNanos >= SLICE.toNanos() / 2) {
            look();
        } else if (!call.relay().later(this::look)) {
            // another engine has the task, or nobody has it in memory, and too many look again every second
            end();
        }
    }

    private boolean isOver() {
        return endNanos - clock.nanos() < LEAST_NANOS;
    }

    private Verdict verdict() {
        if (count(Verdict.IMPOSSIBLE) > 0) {
            return Verdict.IMPOSSIBLE;
        }
        return count(Verdict.NOT_YET) > 0 ? Verdict.NOT_YET : Verdict.REACHED;
    }

    private long count(Verdict verdict) {
        return tasks.stream().filter(task -> task.verdict() == verdict).count();
    }

    private void end() {
        call.answer(() -> WaitRoutes.answer(
                goal, verdict(), "too many devices of some tasks ended without it; see their /devices", this::write));
    }

    private void write(JsonWriter json) {
        json.field("label").value(label());
        json.field("reached").value(verdict() == Verdict.REACHED);
        json.field("tasks").value(tasks.size());
        json.field("tasksReached").value(count(Verdict.REACHED));
        ids(json, "tasksOpen", Verdict.NOT_YET);
        ids(json, "tasksImpossible", Verdict.IMPOSSIBLE);
        TaskViews.tally(json, sum());
    }

    private void ids(JsonWriter json, String name, Verdict verdict) {
        json.field(name).beginArray();
        tasks.stream()
                .filter(task -> task.verdict() == verdict)
                .limit(SHOWN_IDS)
                .forEach(task -> json.value(task.progress().id().toString()));
        json.endArray();
    }

    private Tally sum() {
        return tasks.stream()
                .map(WaitResult::tally)
                .reduce(
                        new Tally(0, 0, 0, 0, 0, 0, 0),
                        (a, b) -> new Tally(
                                a.total() + b.total(),
                                a.serving() + b.serving(),
                                a.applied() + b.applied(),
                                a.done() + b.done(),
                                a.failed() + b.failed(),
                                a.owed() + b.owed(),
                                a.unproven() + b.unproven()));
    }

    private String label() {
        return filter.labelKey() + ":" + filter.labelValue();
    }

    private Problem noTask() {
        return Problem.notFound("label", label(), "a label of a task that is kept");
    }

    private Problem tooMany() {
        String allowed = "a label of at most " + MOST_TASKS + " tasks";
        return Problem.of(
                422,
                "too-many-tasks",
                "The label has too many tasks to wait for in one call",
                "expected: " + allowed + "; refresh wait --label waits for them one by one",
                Fault.of("label", label(), Fault.TOO_MANY, allowed));
    }
}
