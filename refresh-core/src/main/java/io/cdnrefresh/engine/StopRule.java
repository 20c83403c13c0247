// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.state.DeviceResults;

/** When a task does more harm than good, so that no more devices are asked. Stateless. */
final class StopRule {
    /** So many devices that died with it stop a task. */
    static final int QUARANTINED = 3;

    /** A broad task that is spread over time is judged once so many devices have ended it. */
    static final int LEAST_JUDGED = 5;

    /** It stops when more of them than this share, in percent, have failed. */
    static final int FAILED_PERCENT = 20;

    private StopRule() {}

    /** Why a task stops after a report; empty if it goes on. O(devices) for reports of failure only. */
    static String reason(LiveTask live, Report report) {
        if (live.state.isFinal() || !report.isFinal() || !isBad(report)) {
            return "";
        }
        DeviceResults results = live.results;
        int quarantined = 0;
        int ended = 0;
        int failed = 0;
        for (int i = 0; i < results.size(); i++) {
            if (results.isFinished(i)) {
                ended++;
                failed += isFailure(results.outcome(i)) ? 1 : 0;
                quarantined += hasQuarantined(results, i) ? 1 : 0;
            }
        }
        if (quarantined >= QUARANTINED) {
            return quarantined + " devices died with it";
        }
        boolean isJudged = live.terms.kind().queue() == QueueKind.BROAD
                && !live.terms.options().spread().isZero()
                && ended >= LEAST_JUDGED;
        return isJudged && failed * 100 > ended * FAILED_PERCENT ? failed + " of " + ended + " devices failed" : "";
    }

    private static boolean isBad(Report report) {
        if (isFailure(report.outcome())) {
            return true;
        }
        // asked for every report: no stream
        for (TargetResult result : report.exceptions()) {
            if (isFailure(result.outcome())) {
                return true;
            }
        }
        return false;
    }

    private static boolean hasQuarantined(DeviceResults results, int index) {
        return results.outcome(index) == Outcome.QUARANTINED
                || results.exceptions(index).stream().anyMatch(result -> result.outcome() == Outcome.QUARANTINED);
    }

    private static boolean isFailure(Outcome outcome) {
        return switch (outcome) {
            case FAILED, TIMEOUT, DENIED, STALE_AGAIN, QUARANTINED -> true;
            default -> false;
        };
    }
}
