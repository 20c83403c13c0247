// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.InvalidTargetException;
import io.cdnrefresh.model.Target;

/** Which tasks covered a URL. Thread-safe. */
final class ExplainRoute {
    private final EngineOperations operations;

    ExplainRoute(EngineOperations operations) {
        this.operations = operations;
    }

    void explain(Call call) {
        String text = call.query().required("url", "a URL");
        Target url;
        try {
            url = Target.url(text);
        } catch (InvalidTargetException refusal) {
            throw new ProblemException(Problem.invalid(Fault.of("url", text, refusal.code(), refusal.allowed())));
        }
        boolean isAdmin = call.caller().isAdmin();
        operations.explain(
                url,
                isAdmin ? null : call.caller().tenant(),
                TaskRoutes.since(call.query()),
                call.query().limit(),
                call.then(tasks -> Replies.object(200, json -> {
                    if (isAdmin) {
                        TaskViews.coverage(json, url, tasks);
                    } else {
                        TenantViews.coverage(json, url, tasks);
                    }
                })));
    }
}
