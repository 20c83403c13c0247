// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.PreloadLimits;
import io.cdnrefresh.model.QueueKind;
import java.util.Map;

/**
 * Who the proxy is and how much it does at once, already checked. Immutable; the public options say what each means.
 *
 * @param device device id
 * @param bootId names this life of the proxy
 * @param group its group
 * @param tier its tier
 * @param version of its software
 * @param inFlight most calls of one cache at once, by queue
 * @param queueLimits most unfinished commands, by queue
 * @param parkedLimit most commands of one link that wait for room in their queue
 * @param slowAfterNanos when a call gives its slot back and counts as slow
 * @param slowLimit most slow calls of one cache
 * @param callTimeoutNanos when a purge or probe without an answer has failed
 * @param preloadTimeoutNanos when a preload without an answer has failed
 * @param windowEntries most commands that the window remembers
 * @param windowBytes most bytes that they may take
 * @param maxAttempts most attempts of one call
 * @param firstRetryNanos wait after the first failed attempt
 * @param longestRetryNanos longest wait between attempts
 * @param repeats how often a target whose old copy came back is purged again
 * @param sampleEvery with {@code verify=sample}, one target of so many is probed
 * @param reportBatch most reports sent at once
 * @param reportDelayNanos longest that a report waits for company while there is other work
 * @param preloads how much is preloaded at once
 * @param seed of the jitter
 */
public record AgentSettings(
        String device,
        String bootId,
        String group,
        String tier,
        String version,
        Map<QueueKind, Integer> inFlight,
        Map<QueueKind, Integer> queueLimits,
        int parkedLimit,
        long slowAfterNanos,
        int slowLimit,
        long callTimeoutNanos,
        long preloadTimeoutNanos,
        int windowEntries,
        long windowBytes,
        int maxAttempts,
        long firstRetryNanos,
        long longestRetryNanos,
        int repeats,
        int sampleEvery,
        int reportBatch,
        long reportDelayNanos,
        PreloadLimits preloads,
        long seed) {
    /** Copies the maps. */
    public AgentSettings {
        inFlight = Map.copyOf(inFlight);
        queueLimits = Map.copyOf(queueLimits);
    }

    int inFlight(QueueKind kind) {
        return inFlight.getOrDefault(kind, 1);
    }

    int queueLimit(QueueKind kind) {
        return queueLimits.getOrDefault(kind, 1);
    }

    long timeoutNanos(QueueKind kind) {
        return kind == QueueKind.PRELOAD ? preloadTimeoutNanos : callTimeoutNanos;
    }

    /** Wait before the next attempt, for a random number in [0, 1): doubles each time, 50 to 100 % of it. */
    long retryNanos(int attempts, double random) {
        long whole = firstRetryNanos << Math.min(attempts - 1, 30);
        if (whole <= 0 || whole > longestRetryNanos) {
            whole = longestRetryNanos;
        }
        return Math.max(1, (long) (whole * (0.5 + random / 2)));
    }
}
