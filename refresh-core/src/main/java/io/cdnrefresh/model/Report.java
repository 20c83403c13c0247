// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.time.Instant;
import java.util.List;

/**
 * What a device says about one step of one task. Immutable; harmless when repeated.
 *
 * @param task the task
 * @param step the step of its plan, from 0
 * @param sequence the feed sequence of the command that is answered
 * @param isFinal whether the device is finished with the command; an interim report says what holds while the refill
 *     fence is open
 * @param outcome the outcome of every target that is not in {@code exceptions}
 * @param exceptions targets with another outcome or with a reason, by rising index
 * @param at the cache node's own clock when the command was applied
 */
public record Report(
        TaskId task,
        int step,
        long sequence,
        boolean isFinal,
        Outcome outcome,
        List<TargetResult> exceptions,
        Instant at) {
    /** Copies the list. */
    public Report {
        exceptions = List.copyOf(exceptions);
    }

    /** The same about another command that was done with this one. */
    public Report of(TaskId otherTask, int otherStep) {
        return new Report(otherTask, otherStep, sequence, isFinal, outcome, exceptions, at);
    }
}
