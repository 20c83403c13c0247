// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.TargetResult;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a command's targets. Immutable.
 *
 * @param outcome of every target that is no exception
 * @param exceptions the others and those with a reason, by rising index
 * @param at the node's clock when it was applied last
 */
record RunResult(Outcome outcome, List<TargetResult> exceptions, Instant at) {
    /** Of many outcomes of one target the one with the highest number holds. */
    static int severity(Outcome outcome) {
        return switch (outcome) {
            case VERIFIED -> 0;
            case PRELOADED -> 1;
            case MARKED -> 2;
            case ABSENT -> 3;
            case PURGED -> 4;
            case PARKED, CANCELLED -> 5;
            case UNSUPPORTED -> 6;
            case DENIED, QUARANTINED -> 7;
            // owed work outweighs what no repeat can change: the debt would be lost otherwise
            case STALE_AGAIN -> 8;
            case TIMEOUT -> 9;
            case FAILED -> 10;
            case PENDING -> 11;
        };
    }

    /** Whether a target was not applied and could be later. */
    boolean isOwed() {
        return outcome.isOwed()
                || exceptions.stream().anyMatch(result -> result.outcome().isOwed());
    }

    Outcome outcomeOf(int target) {
        for (TargetResult result : exceptions) {
            if (result.target() == target) {
                return result.outcome();
            }
        }
        return outcome;
    }

    long bytes() {
        long bytes = 96;
        for (TargetResult result : exceptions) {
            bytes += 64 + 2L * result.reason().length();
        }
        return bytes;
    }

    /** Collects the outcomes of a command's targets. Not thread-safe. */
    static final class Collector {
        private final @Nullable Outcome[] outcomes;
        private final String[] reasons;
        private @Nullable Outcome noteOutcome;
        private String note = "";

        Collector(int targets) {
            outcomes = new Outcome[targets];
            reasons = new String[targets];
            java.util.Arrays.fill(reasons, "");
        }

        void add(int target, Outcome outcome, String reason) {
            Outcome known = outcomes[target];
            if (known == null || severity(outcome) > severity(known)) {
                outcomes[target] = outcome;
                reasons[target] = reason;
            } else if (severity(outcome) == severity(known) && reasons[target].isEmpty()) {
                reasons[target] = reason;
            }
        }

        /** A remark to the whole, told with its first target if that has this outcome and no reason of its own. */
        void note(Outcome outcome, String text) {
            noteOutcome = outcome;
            note = text;
        }

        RunResult result(Instant at) {
            if (outcomes[0] == noteOutcome && reasons[0].isEmpty()) {
                reasons[0] = note;
            }
            int[] counts = new int[Outcome.values().length];
            Outcome common = Outcome.PENDING;
            int most = 0;
            for (Outcome outcome : outcomes) {
                if (outcome != null && ++counts[outcome.code()] > most) {
                    most = counts[outcome.code()];
                    common = outcome;
                }
            }
            List<TargetResult> exceptions = new ArrayList<>();
            for (int i = 0; i < outcomes.length; i++) {
                Outcome outcome = outcomes[i] == null ? Outcome.PENDING : outcomes[i];
                if (outcome != common || !reasons[i].isEmpty()) {
                    exceptions.add(new TargetResult(i, outcome, reasons[i]));
                }
            }
            return new RunResult(common, exceptions, at);
        }
    }
}
