// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import java.util.List;

/**
 * A task as a row of a list: everything but its further targets, so that a page of tasks with a thousand URLs each is a
 * small answer. Immutable.
 *
 * @param row the task; its {@code task} names the first target only
 * @param targets how many targets it has
 */
public record TaskHead(TaskRow row, int targets) {
    /** What a list shows of a task. */
    public static TaskHead of(TaskRow row) {
        RefreshTask head = headOf(row.task());
        TaskRow shown = new TaskRow(
                row.id(),
                row.owner(),
                head,
                row.devices(),
                row.acceptedAt(),
                row.dueAt(),
                row.idempotency(),
                row.status());
        return new TaskHead(shown, row.task().targets().size());
    }

    /** The task with its first target only. */
    public static RefreshTask headOf(RefreshTask task) {
        if (task.targets().size() < 2) {
            return task;
        }
        List<Target> first = task.targets().subList(0, 1);
        return new RefreshTask(task.kind(), first, task.options(), task.tenant(), task.trace());
    }
}
