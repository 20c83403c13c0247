// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.CancelResult;
import io.cdnrefresh.engine.EngineOperations.Cause;
import io.cdnrefresh.engine.EngineOperations.Coverage;
import io.cdnrefresh.engine.EngineOperations.DeviceRow;
import io.cdnrefresh.engine.EngineOperations.Page;
import io.cdnrefresh.engine.EngineOperations.PageRequest;
import io.cdnrefresh.engine.EngineOperations.TargetRow;
import io.cdnrefresh.engine.EngineOperations.TaskView;
import io.cdnrefresh.engine.EngineOperations.WaitGoal;
import io.cdnrefresh.engine.EngineOperations.WaitQuery;
import io.cdnrefresh.engine.EngineOperations.WaitResult;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.model.TaskProgress.Tally;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskHead;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.state.DeviceResults;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Answers questions about tasks: from memory when the task is there, else from the store. Thread-safe, never waits. */
final class TaskReads {
    private final int engine;
    private final EngineClock clock;
    private final Lane[] lanes;
    private final TaskQueries tasks;
    private final WorkerPool queries;
    private final DeviceRegistry devices;

    TaskReads(Own own, Lane[] lanes, TaskQueries tasks, WorkerPool queries, DeviceRegistry devices) {
        engine = own.engine;
        clock = own.clock;
        this.lanes = lanes;
        this.tasks = tasks;
        this.queries = queries;
        this.devices = devices;
    }

    /** The engine that answers, and its time. */
    record Own(int engine, EngineClock clock) {}

    /**
     * Looks a task up in memory, then in the store.
     *
     * @param live answers from memory, on the lane's thread
     * @param stored answers from the store, on a query thread
     */
    private <T> void look(
            TaskId id, BiConsumer<Lane, LiveTask> live, Function<TaskRow, Answer<T>> stored, Consumer<Answer<T>> done) {
        boolean isTaken = Lane.of(lanes, id.value()).queue().offer(lane -> {
            LiveTask task = lane.find(id.value());
            if (task != null) {
                live.accept(lane, task);
            } else {
                query(
                        () -> tasks.find(id)
                                .map(row -> owned(row, stored.apply(row)))
                                .orElseGet(Answer.Unknown::new),
                        done);
            }
        });
        if (!isTaken) {
            done.accept(new Answer.Unavailable<>(Cause.OVERLOADED, 1));
        }
    }

    /** What another engine may know better than the store is asked there. */
    private <T> Answer<T> owned(TaskRow row, Answer<T> stored) {
        return isOthers(row) ? new Answer.Elsewhere<>(row.owner(), stored) : stored;
    }

    private boolean isOthers(TaskRow row) {
        return row.owner().engine() != engine && !row.status().isSettled();
    }

    private <T> void query(Supplier<Answer<T>> question, Consumer<Answer<T>> done) {
        boolean isTaken = queries.tryRun(() -> {
            Answer<T> answer;
            try {
                answer = question.get();
            } catch (StoreException e) {
                answer = new Answer.Unavailable<>(Cause.STORE_DOWN, 1);
            }
            done.accept(answer);
        });
        if (!isTaken) {
            done.accept(new Answer.Unavailable<>(Cause.OVERLOADED, 1));
        }
    }

    void find(TaskId id, Consumer<Answer<TaskView>> done) {
        look(
                id,
                (lane, live) -> done.accept(new Answer.Value<>(view(live))),
                row -> new Answer.Value<>(view(row)),
                done);
    }

    private TaskView view(LiveTask live) {
        Tallies tallies = devices.tallies(Tallies.Subject.of(live));
        return new TaskView(live.body(), live.progress(tallies.all()), Stages.of(live), null);
    }

    private TaskView view(TaskRow row) {
        return view(whole(row));
    }

    private TaskView view(TaskHead head) {
        TaskRow row = head.row();
        Instant asOf = isOthers(row) ? clock.now() : null;
        return new TaskView(row.task(), progress(head, tallies(head).all()), Stages.of(row), asOf);
    }

    private static TaskHead whole(TaskRow row) {
        return new TaskHead(row, row.task().targets().size());
    }

    private static DeviceResults results(TaskRow row) {
        return results(whole(row));
    }

    private static DeviceResults results(TaskHead head) {
        return DeviceResults.fromBytes(
                head.row().devices(), head.targets(), head.row().status().results());
    }

    private Tallies tallies(TaskHead head) {
        TaskRow row = head.row();
        return devices.tallies(new Tallies.Subject(
                TaskTerms.of(row.task()),
                row.devices(),
                results(head),
                row.status().state()));
    }

    private static TaskProgress progress(TaskHead head, Tally tally) {
        TaskRow row = head.row();
        return new TaskProgress(
                row.id(),
                row.status().state(),
                head.targets(),
                row.status().counts(),
                tally,
                row.acceptedAt(),
                row.status().finalAt(),
                row.status().settledAt());
    }

    void await(WaitQuery query, Consumer<Answer<WaitResult>> done) {
        look(
                query.id(),
                (lane, live) -> lane.await(live, query, done),
                row -> new Answer.Value<>(standing(whole(row), query.goal())),
                done);
    }

    void standing(TaskFilter filter, WaitGoal goal, int limit, Consumer<Answer<List<WaitResult>>> done) {
        query(
                () -> new Answer.Value<>(tasks.list(filter, Long.MAX_VALUE, limit).stream()
                        .map(head -> standing(head, goal))
                        .toList()),
                done);
    }

    private WaitResult standing(TaskHead head, WaitGoal goal) {
        Tallies tallies = tallies(head);
        Tally tally = tallies.of(goal);
        return new WaitResult(tallies.verdict(goal, tally), progress(head, tallies.all()), tally);
    }

    void cancel(TaskId id, Consumer<Answer<CancelResult>> done) {
        Lane lane = Lane.of(lanes, id.value());
        boolean isTaken = lane.queue().offer(l -> {
            LiveTask live = l.find(id.value());
            if (live != null) {
                l.cancel(live, done);
            } else {
                cancelStored(id, lane, done);
            }
        });
        if (!isTaken) {
            done.accept(new Answer.Unavailable<>(Cause.OVERLOADED, 1));
        }
    }

    private void cancelStored(TaskId id, Lane lane, Consumer<Answer<CancelResult>> done) {
        boolean isTaken = queries.tryRun(() -> {
            Optional<TaskRow> row;
            try {
                row = tasks.find(id);
            } catch (StoreException e) {
                done.accept(new Answer.Unavailable<>(Cause.STORE_DOWN, 1));
                return;
            }
            if (row.isEmpty()) {
                done.accept(new Answer.Unknown<>());
            } else if (row.get().status().state().isFinal()) {
                boolean isCancelled = row.get().status().state() == TaskState.CANCELLED;
                done.accept(
                        new Answer.Value<>(isCancelled ? CancelResult.ALREADY_CANCELLED : CancelResult.ALREADY_FINAL));
            } else if (isOthers(row.get())) {
                // its own engine has to be asked
                done.accept(new Answer.Elsewhere<>(row.get().owner(), new Answer.Unavailable<>(Cause.NOT_RUNNING, 1)));
            } else if (!lane.queue().put(l -> l.cancel(l.adopt(row.get()), done))) {
                // it waits for its time in the store: it comes into memory to be withdrawn
                done.accept(new Answer.Unavailable<>(Cause.NOT_RUNNING, 1));
            }
        });
        if (!isTaken) {
            done.accept(new Answer.Unavailable<>(Cause.OVERLOADED, 1));
        }
    }

    void deviceResults(TaskId id, @Nullable Outcome only, PageRequest page, Consumer<Answer<Page<DeviceRow>>> done) {
        look(
                id,
                (lane, live) -> done.accept(new Answer.Value<>(
                        rows(new ResultRows(live.devices(), live.results, devices.view()), only, page))),
                row -> new Answer.Value<>(
                        rows(new ResultRows(row.devices(), results(row), devices.view()), only, page)),
                done);
    }

    private static Page<DeviceRow> rows(ResultRows rows, @Nullable Outcome only, PageRequest page) {
        return rows.page(only, page);
    }

    void targetResults(TaskId id, String device, @Nullable Outcome only, Consumer<Answer<List<TargetRow>>> done) {
        Device known = devices.view().device(device);
        if (known == null) {
            done.accept(new Answer.Unknown<>());
            return;
        }
        look(
                id,
                (lane, live) -> done.accept(new ResultRows(live.devices(), live.results, devices.view())
                        .targets(live.body().targets(), known, only)),
                row -> new ResultRows(row.devices(), results(row), devices.view())
                        .targets(row.task().targets(), known, only),
                done);
    }

    void list(TaskFilter filter, PageRequest page, Consumer<Answer<Page<TaskView>>> done) {
        query(
                () -> {
                    List<TaskHead> rows = tasks.list(filter, page.from(), page.limit() + 1);
                    boolean hasMore = rows.size() > page.limit();
                    List<TaskHead> shown = hasMore ? rows.subList(0, page.limit()) : rows;
                    long next = hasMore ? shown.get(shown.size() - 1).row().id().value() : -1;
                    return new Answer.Value<>(
                            new Page<>(shown.stream().map(this::view).toList(), next));
                },
                done);
    }

    void explain(
            Target url,
            @Nullable String tenant,
            @Nullable Instant since,
            int limit,
            Consumer<Answer<List<Coverage>>> done) {
        TaskFilter filter = new TaskFilter(tenant, null, null, null, null, null, since);
        query(
                () -> new Answer.Value<>(tasks.explain(url, filter, limit).stream()
                        .map(head -> new Coverage(
                                view(head),
                                new ResultRows(head.row().devices(), results(head), devices.view()).appliedOn()))
                        .toList()),
                done);
    }

    /** Whether there is such a task, in memory or in the store, that the task's tenant may know of. */
    void exists(TaskId id, String tenant, Consumer<Answer<Boolean>> done) {
        look(
                id,
                (lane, live) -> done.accept(isKnownTo(tenant, live.body().tenant())),
                row -> isKnownTo(tenant, row.task().tenant()),
                done);
    }

    private static Answer<Boolean> isKnownTo(String tenant, String owner) {
        return tenant.isEmpty() || tenant.equals(owner) ? new Answer.Value<>(true) : new Answer.Unknown<>();
    }

    /** The row as the store has it. Blocks; query threads only. */
    Optional<TaskRow> stored(TaskId id) {
        return tasks.find(id);
    }
}
