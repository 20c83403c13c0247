// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.TaskState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The part of a row that changes. Immutable: {@code results} is never written to after construction.
 *
 * @param version {@code claim epoch << 32 | n}, rising; the store ignores an update that is not newer than the row
 * @param state the task's state
 * @param step the step of the plan that is under way, from 0
 * @param counts (device, target) pairs by outcome
 * @param owed devices that still owe the refresh; a row that is not settled outlives retention
 * @param results per-device results as written by the engine; opaque to the store, up to some bytes a device
 * @param finalAt when the state became final; null before
 * @param settledAt when {@code owed} had become 0 after that and everybody was told; null before
 */
public record TaskStatus(
        long version,
        TaskState state,
        int step,
        OutcomeCounts counts,
        int owed,
        byte[] results,
        @Nullable Instant finalAt,
        @Nullable Instant settledAt) {
    /** The same with another version. */
    public TaskStatus withVersion(long newVersion) {
        return new TaskStatus(newVersion, state, step, counts, owed, results, finalAt, settledAt);
    }

    /** Whether the engine has nothing more to do for the task. */
    public boolean isSettled() {
        return settledAt != null;
    }
}
