// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.TaskId;

/**
 * A command that a newer engine sent and this version cannot read: of a kind, or in a form, that was made later.
 * Immutable.
 *
 * @param id the task
 * @param step the step of its plan, from 0
 * @param reason what could not be read, for people
 */
public record UnreadCommand(TaskId id, int step, String reason) {
    /** Rejects a step out of range. */
    public UnreadCommand {
        if (step < 0 || step > 255) {
            throw new IllegalArgumentException("step: " + step + " (expected: 0..255)");
        }
    }
}
