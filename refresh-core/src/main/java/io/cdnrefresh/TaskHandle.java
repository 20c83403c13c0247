// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskProgress;
import java.util.concurrent.CompletionStage;

/**
 * A task that was accepted. Immutable.
 *
 * @param id its id
 * @param completion completed with the final state once that is committed; exceptionally when the engine stops first.
 *     Dependent stages run on the notifier's thread
 */
public record TaskHandle(TaskId id, CompletionStage<TaskProgress> completion) {}
