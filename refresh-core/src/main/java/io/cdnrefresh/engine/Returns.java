// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.Submission;
import io.cdnrefresh.engine.EngineOperations.SubmitResult;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskRow;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** How parked work gets back into the stages of an engine. Thread-safe. */
final class Returns implements DelayControl.Ways {
    private final EngineCore core;
    private final Notifier notifier;

    Returns(EngineCore core, Notifier notifier) {
        this.core = core;
        this.notifier = notifier;
    }

    @Override
    public void adopt(TaskRow row) {
        core.adopt(row);
    }

    @Override
    public void adoptReported(TaskRow row, int device, Report report) {
        Lane.of(core.lanes, row.id().value()).queue().put(lane -> {
            lane.adopt(row);
            lane.onReports(device, List.of(report), () -> {});
        });
    }

    @Override
    public void submitAll(List<RefreshTask> tasks, Consumer<Boolean> done) {
        AtomicInteger open = new AtomicInteger(tasks.size());
        AtomicBoolean isDone = new AtomicBoolean(true);
        Consumer<Boolean> one = isOne -> {
            isDone.compareAndSet(true, isOne);
            if (open.decrementAndGet() == 0) {
                done.accept(isDone.get());
            }
        };
        tasks.forEach(task -> submit(task, one));
    }

    private void submit(RefreshTask task, Consumer<Boolean> done) {
        AtomicReference<@Nullable TaskId> given = new AtomicReference<>();
        core.intake.submit(
                new Submission(task, null, Caller.LOCAL),
                id -> {
                    given.set(id);
                    CompletableFuture<TaskProgress> unused = notifier.handle(id)
                            .whenComplete(
                                    (progress, e) -> done.accept(e == null && progress.state() == TaskState.DONE));
                },
                answer -> {
                    boolean isAccepted = answer instanceof Answer.Value<SubmitResult> value
                            && value.value() instanceof SubmitResult.Accepted;
                    if (!isAccepted) {
                        TaskId id = given.get();
                        if (id != null) {
                            notifier.dropHandle(id);
                        }
                        done.accept(false);
                    }
                });
    }
}
