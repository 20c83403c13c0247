// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One task as the store keeps it. Immutable.
 *
 * @param id the task
 * @param owner the engine that owns the task, and the epoch in which it last wrote or claimed it
 * @param task what was asked
 * @param devices the devices it is for, fixed at acceptance
 * @param acceptedAt when it was accepted, to the millisecond
 * @param dueAt when the engine must look at it next if it is not in memory: {@code notBefore} of a scheduled task;
 *     else {@code acceptedAt}
 * @param idempotency the submitter's name for the submission; null = none. Kept at insert only
 * @param status the part that changes
 */
public record TaskRow(
        TaskId id,
        EngineEpoch owner,
        RefreshTask task,
        DeviceSet devices,
        Instant acceptedAt,
        Instant dueAt,
        @Nullable IdempotencyKey idempotency,
        TaskStatus status) {
    /** The same task in the hands of another engine. */
    public TaskRow withOwner(EngineEpoch newOwner) {
        return new TaskRow(id, newOwner, task, devices, acceptedAt, dueAt, idempotency, status);
    }

    /** The same task with another status. */
    public TaskRow withStatus(TaskStatus newStatus) {
        return new TaskRow(id, owner, task, devices, acceptedAt, dueAt, idempotency, newStatus);
    }
}
