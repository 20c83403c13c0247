// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;

/**
 * What a task asks for, without its targets. Immutable; equal terms are shared by the tasks of a lane.
 *
 * @param kind what to do
 * @param options how to do it
 * @param tenant whose task it is; empty = the platform's own
 */
record TaskTerms(TaskKind kind, TaskOptions options, String tenant) {
    static TaskTerms of(RefreshTask task) {
        return new TaskTerms(task.kind(), task.options(), task.tenant());
    }

    /** Whether a target with this outcome has what the task asks for. */
    boolean isSatisfiedBy(Outcome outcome) {
        return outcome.satisfies(kind, options.mode(), options.verify());
    }
}
