// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.TaskView;
import io.cdnrefresh.model.TaskId;
import java.util.function.Consumer;
import java.util.function.Function;

/** Keeps a caller to the tasks of its tenant: another's is as if it did not exist. Thread-safe. */
final class OwnTasks {
    private final EngineOperations operations;
    private final Function<Call, TaskId> ids;

    /** {@code ids} reads the id that a call names; throws {@link ProblemException} if it names none. */
    OwnTasks(EngineOperations operations, Function<Call, TaskId> ids) {
        this.operations = operations;
        this.ids = ids;
    }

    /** The handler, for those who may see the task. An admin may see every task, and is not asked about. */
    Consumer<Call> only(Consumer<Call> handler) {
        return call -> {
            if (call.caller().isAdmin()) {
                handler.accept(call);
                return;
            }
            TaskId id = ids.apply(call);
            operations.find(id, answer -> call.run(() -> enter(call, id, answer, handler)));
        };
    }

    private static void enter(Call call, TaskId id, Answer<TaskView> answer, Consumer<Call> handler) {
        Answer<TaskView> known = answer instanceof Answer.Elsewhere<TaskView> elsewhere ? elsewhere.stored() : answer;
        if (known instanceof Answer.Unavailable<TaskView> not) {
            call.responder().respond(Replies.unavailable(not.cause(), not.retryAfterSeconds()));
        } else if (known instanceof Answer.Value<TaskView> task
                && call.caller().sees(task.value().task().tenant())) {
            handler.accept(call);
        } else {
            throw new ProblemException(TaskRoutes.notFound(id));
        }
    }
}
