// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Verdict;
import io.cdnrefresh.engine.EngineOperations.WaitGoal;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.TaskProgress.Tally;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.state.DeviceResults;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Counts devices of a task, for people and for those who wait. */
final class Tallies {
    private final TaskTerms terms;
    private final DeviceSet devices;
    private final DeviceResults results;
    private final TaskState state;
    private final RegistryView registry;
    private final IntPredicate isReachable;

    Tallies(Subject subject, RegistryView registry, IntPredicate isReachable) {
        terms = subject.terms;
        devices = subject.devices;
        results = subject.results.snapshot();
        state = subject.state;
        this.registry = registry;
        this.isReachable = isReachable;
    }

    /** What is counted. */
    record Subject(TaskTerms terms, DeviceSet devices, DeviceResults results, TaskState state) {
        static Subject of(LiveTask live) {
            return new Subject(live.terms, live.devices(), live.results, live.state);
        }
    }

    Tally all() {
        return count(null, false);
    }

    private Tally count(@Nullable String group, boolean isOfServing) {
        int[] n = new int[7];
        int[] index = {0};
        boolean canOwe = terms.kind().isRefresh() && state.isFinal() && state != TaskState.CANCELLED;
        devices.forEach(ordinal -> {
            int i = index[0]++;
            boolean isServing = registry.isServing(ordinal);
            if (isOfServing && !isServing || group != null && !isInGroup(ordinal, group)) {
                return;
            }
            boolean isDone = results.isSatisfied(i, terms::isSatisfiedBy);
            boolean isOwed = canOwe && results.isOwed(i);
            n[0]++;
            n[1] += isServing ? 1 : 0;
            n[2] += results.isApplied(i) ? 1 : 0;
            n[3] += isDone ? 1 : 0;
            n[4] += !isDone && results.isFinished(i) ? 1 : 0;
            n[5] += isOwed ? 1 : 0;
            n[6] += terms.kind().isRefresh() && results.isOwed(i) && !isReachable.test(ordinal) ? 1 : 0;
        });
        return new Tally(n[0], n[1], n[2], n[3], n[4], n[5], n[6]);
    }

    private boolean isInGroup(int ordinal, String group) {
        Device device = registry.device(ordinal);
        return device != null && device.group().equals(group);
    }

    Tally of(WaitGoal goal) {
        return count(goal.group(), goal.isOfServing());
    }

    /** Whether the wish is met, or can still be met. */
    Verdict verdict(WaitGoal goal, Tally tally) {
        int have = goal.isAppliedEnough() ? tally.applied() : tally.done();
        int wanted = (int) Math.ceil(tally.total() * goal.quorumPercent() / 100 - 1e-9);
        if (tally.total() > 0 && have >= wanted) {
            return Verdict.REACHED;
        }
        if (!state.isFinal()) {
            return Verdict.NOT_YET;
        }
        return have + tally.owed() >= wanted && tally.owed() > 0 ? Verdict.NOT_YET : Verdict.IMPOSSIBLE;
    }
}
