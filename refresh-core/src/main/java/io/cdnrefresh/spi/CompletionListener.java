// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.TaskProgress;

/**
 * Learns of final and of settled tasks, after the store has committed them. Called on a notifier thread; at least once a
 * task and state; may block that thread, and what it throws is counted and logged.
 */
@FunctionalInterface
public interface CompletionListener {
    /** The task reached a final state, or was settled after it. */
    void onCompletion(TaskProgress progress);
}
