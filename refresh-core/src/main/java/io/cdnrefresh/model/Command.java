// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.time.Instant;
import java.util.List;

/**
 * One step of a task as a device gets it. Immutable.
 *
 * <p>Task and step name it for ever: a device that has already answered them answers again and does not execute again,
 * whatever engine, epoch or sequence the repeat comes with.
 *
 * @param id the task
 * @param step the step of its plan, from 0
 * @param task what was asked
 * @param deadline when the engine gives up waiting; wall clock of the engine
 * @param rules how the hosts of the targets form their cache keys; empty = as in the URL
 */
public record Command(TaskId id, int step, RefreshTask task, Instant deadline, List<HostRule> rules) {
    /** Copies the list and rejects a negative step. */
    public Command {
        rules = List.copyOf(rules);
        if (step < 0 || step > 255) {
            throw new IllegalArgumentException("step: " + step + " (expected: 0..255)");
        }
    }
}
