// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.TaskId;

/**
 * A newer status of a task. Immutable.
 *
 * @param id the task
 * @param status what it is now
 */
public record TaskUpdate(TaskId id, TaskStatus status) {}
