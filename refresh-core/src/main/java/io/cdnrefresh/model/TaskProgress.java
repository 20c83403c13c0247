// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where a task stands. Immutable.
 *
 * @param id the task
 * @param state its state
 * @param targets number of targets
 * @param counts (device, target) pairs by outcome
 * @param devices what the devices make of it
 * @param acceptedAt when it became durable
 * @param finalAt when it reached a final state; null before
 * @param settledAt when nothing was owed any more; null before
 */
public record TaskProgress(
        TaskId id,
        TaskState state,
        int targets,
        OutcomeCounts counts,
        Tally devices,
        Instant acceptedAt,
        @Nullable Instant finalAt,
        @Nullable Instant settledAt) {

    /**
     * Devices of a task, counted.
     *
     * @param total fixed at acceptance
     * @param serving of these, not OFFLINE, MAINTENANCE or REMOVED at the moment of counting
     * @param applied every target is applied
     * @param done every target reached the asked level
     * @param failed finished without reaching it
     * @param owed the refresh is still owed to them
     * @param unproven not reachable, and may still serve the old copy
     */
    public record Tally(int total, int serving, int applied, int done, int failed, int owed, int unproven) {}
}
