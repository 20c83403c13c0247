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
 * @param deadline when the engine gives up waiting; wall clock of the engine; 1970-01-01T00:00:00Z = it is withdrawn
 * @param rules how the hosts of the targets form their cache keys; empty = as in the URL
 * @param also older commands that asked for the same and are done with this one: a device that has executed it answers
 *     a repeat of theirs, and does not execute it
 */
public record Command(TaskId id, int step, RefreshTask task, Instant deadline, List<HostRule> rules, List<Name> also) {
    /** Copies the lists and rejects a negative step. */
    public Command {
        rules = List.copyOf(rules);
        also = List.copyOf(also);
        if (step < 0 || step > 255) {
            throw new IllegalArgumentException("step: " + step + " (expected: 0..255)");
        }
    }

    /** A command that stands for itself only. */
    public Command(TaskId id, int step, RefreshTask task, Instant deadline, List<HostRule> rules) {
        this(id, step, task, deadline, rules, List.of());
    }

    /** The same as a withdrawal: it comes to devices that were sent the command when nobody wants it any more. */
    public Command withdrawn() {
        return new Command(id, step, task, Instant.EPOCH, rules, also);
    }

    /** Whether it withdraws what was sent before by the same name: what is not done yet is not to be done. */
    public boolean isWithdrawal() {
        return deadline.equals(Instant.EPOCH);
    }

    /** What names a command. */
    public record Name(TaskId id, int step) {}
}
