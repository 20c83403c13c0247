// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineHost.Ticket;
import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.Submission;
import io.cdnrefresh.engine.EngineOperations.SubmitResult;
import io.cdnrefresh.model.EngineState;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.spi.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The way in for the process that embeds the engine: it needs no key. Thread-safe. */
final class EmbedderDoor {
    private final EngineLifecycle lifecycle;

    EmbedderDoor(EngineLifecycle lifecycle) {
        this.lifecycle = lifecycle;
    }

    /** Hands a task in as an embedder does. */
    CompletionStage<Ticket> submit(RefreshTask task) {
        CompletableFuture<Ticket> answer = new CompletableFuture<>();
        EngineCore core = lifecycle.core();
        if (core == null || lifecycle.state() != EngineState.SERVING) {
            answer.completeExceptionally(refused(Category.RETRYABLE, "the engine is " + lifecycle.state()));
            return answer;
        }
        TaskId after = task.options().after();
        if (after == null) {
            submit(core, task, answer);
        } else {
            core.reads.exists(after, task.tenant(), found -> {
                if (found instanceof Answer.Value || found instanceof Answer.Elsewhere) {
                    submit(core, task, answer);
                } else {
                    boolean isUnknown = found instanceof Answer.Unknown;
                    answer.completeExceptionally(refused(
                            isUnknown ? Category.PERMANENT : Category.RETRYABLE, "after: " + after + ": " + found));
                }
            });
        }
        return answer;
    }

    private void submit(EngineCore core, RefreshTask task, CompletableFuture<Ticket> answer) {
        List<CompletableFuture<TaskProgress>> handle = new ArrayList<>(1);
        List<TaskId> ids = new ArrayList<>(1);
        core.intake.submit(
                new Submission(task, null, Caller.LOCAL),
                id -> {
                    ids.add(id);
                    handle.add(lifecycle.notifier().handle(id));
                },
                result -> {
                    if (result instanceof Answer.Value<SubmitResult> value
                            && value.value() instanceof SubmitResult.Accepted accepted) {
                        answer.complete(new Ticket(accepted.id(), handle.get(0)));
                    } else {
                        ids.forEach(lifecycle.notifier()::dropHandle);
                        boolean isRetryable = result instanceof Answer.Unavailable
                                || result instanceof Answer.Value<SubmitResult> refused
                                        && refused.value() instanceof SubmitResult.Limited;
                        answer.completeExceptionally(refused(
                                isRetryable ? Category.RETRYABLE : Category.PERMANENT, "task refused: " + result));
                    }
                });
    }

    private static StoreException refused(Category category, String reason) {
        return new StoreException(category, reason, null);
    }
}
