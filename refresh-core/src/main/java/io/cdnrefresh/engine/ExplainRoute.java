// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.DryRun;
import io.cdnrefresh.model.InvalidTargetException;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import java.util.List;

/** Which tasks covered a URL, and which keys a purge of it asks for where. Thread-safe. */
final class ExplainRoute {
    private static final DryRun NOTHING = new DryRun(List.of(), List.of());

    private final EngineOperations operations;
    private final FrontDoor door;

    ExplainRoute(EngineOperations operations, FrontDoor door) {
        this.operations = operations;
        this.door = door;
    }

    void explain(Call call) {
        String text = call.query().required("url", "a URL");
        Target url;
        try {
            url = Target.url(text);
        } catch (InvalidTargetException refusal) {
            throw new ProblemException(Problem.invalid(Fault.of("url", text, refusal.code(), refusal.allowed())));
        }
        RefreshTask purge = new TaskRights(call.caller(), AdminRoutes.known(door)).purge(url);
        if (purge == null) {
            explain(call, url, NOTHING);
            return;
        }
        operations.dryRun(purge, answer -> {
            if (answer instanceof Answer.Value<DryRun> run) {
                call.run(() -> explain(call, url, run.value()));
            } else {
                call.<DryRun>then(run -> {
                            throw new IllegalStateException("a value was taken before");
                        })
                        .accept(answer);
            }
        });
    }

    private void explain(Call call, Target url, DryRun run) {
        boolean isAdmin = call.caller().isAdmin();
        operations.explain(
                url,
                isAdmin ? null : call.caller().tenant(),
                TaskRoutes.since(call.query()),
                call.query().limit(),
                call.then(tasks -> Replies.object(200, json -> {
                    if (isAdmin) {
                        TaskViews.coverage(json, url, tasks);
                        TaskViews.asked(json, run);
                    } else {
                        TenantViews.coverage(json, url, tasks);
                        TenantViews.asked(json, run);
                    }
                })));
    }
}
