// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Report;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** What comes of the commands that a returning device was sent, until its return looks at it. Thread-safe. */
final class ReturnReports {
    private final Queue<Reported> arrived = new ConcurrentLinkedQueue<>();
    /** What a report is waited for, for the lanes. */
    private final Set<Long> awaited = ConcurrentHashMap.newKeySet();

    /**
     * What came of one.
     *
     * @param task its id; negative: the name of what replaces several groups
     * @param outcome null = the task has left memory unanswered
     * @param report the device's; null = there is none
     */
    record Reported(
            long task, @Nullable Outcome outcome, @Nullable Report report) {}

    /** A report on the task is of interest from now on. */
    void await(long task) {
        awaited.add(task);
    }

    /** The device's final report; whether it was waited for. */
    boolean add(Report report) {
        long task = report.task().value();
        return awaited.remove(task) && arrived.add(new Reported(task, report.outcome(), report));
    }

    /** The task has left memory before the device has answered; whether an answer was waited for. */
    boolean addUnanswered(long task) {
        return awaited.remove(task) && arrived.add(new Reported(task, null, null));
    }

    /** The end of what replaces several groups. */
    void addReplacement(long name, boolean isDone) {
        arrived.add(new Reported(name, isDone ? Outcome.PURGED : Outcome.FAILED, null));
    }

    /** Whether all of it was applied; a broad purge that could not be probed was, and names its target all the same. */
    static boolean isApplied(Report report) {
        return report.outcome().isApplied()
                && report.exceptions().stream()
                        .allMatch(target -> target.outcome().isApplied());
    }

    /** The next one; null = there is none. */
    @Nullable
    Reported poll() {
        return arrived.poll();
    }
}
