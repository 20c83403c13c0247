// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads tasks for people. Blocking; query threads only, any number at a time. Sees every committed row of every engine.
 *
 * <p>Throws {@link StoreException}: RETRYABLE when the store is away, FATAL after its {@code close()}.
 */
public interface TaskQueries {
    /** One task, or empty when the store has no such id (any more). */
    Optional<TaskRow> find(TaskId id);

    /**
     * Several tasks, in any order; those that the store does not have are left out.
     *
     * @param ids different ones, at most 1,000
     */
    default List<TaskRow> findAll(List<TaskId> ids) {
        // not abstract: added later; one call for all of them is quicker
        List<TaskRow> rows = new ArrayList<>();
        ids.forEach(id -> find(id).ifPresent(rows::add));
        return rows;
    }

    /**
     * A page of tasks, newest first. What it holds is small, however many targets the tasks have.
     *
     * @param before only ids below this; {@link Long#MAX_VALUE} to start
     * @param limit at most so many, 1 to 1,001
     */
    List<TaskHead> list(TaskFilter filter, long before, int limit);

    /**
     * The tasks that cover a URL, newest first: the same URL (by identity, or by path when the task ignores queries), a
     * prefix of it, a matching regex, tag tasks of its host, its host, or everything of a tenant that has the host.
     *
     * @param url a URL target
     * @param filter further restriction
     * @param limit at most so many, 1 to 1,000
     */
    List<TaskHead> explain(Target url, TaskFilter filter, int limit);
}
