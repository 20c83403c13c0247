// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.TaskProgress;

/**
 * Learns of final and of settled tasks, after the store has committed them. Called on a notifier thread; may block that
 * thread, and what it throws is counted and logged.
 *
 * <p>At least once a task and state, whatever dies: the settlement of a task is stored only after it was told, so that a
 * restarted engine tells again what may not have been told. It then tells the end of every task that is still owed to a
 * device once more, too. An end that can never be stored is not told.
 */
@FunctionalInterface
public interface CompletionListener {
    /** The task reached a final state, or was settled after it. */
    void onCompletion(TaskProgress progress);
}
