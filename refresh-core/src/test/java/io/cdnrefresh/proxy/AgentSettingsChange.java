// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.PreloadLimits;
import io.cdnrefresh.model.QueueKind;
import java.time.Duration;
import java.util.Map;

/** Settings with one change. */
final class AgentSettingsChange {
    private final AgentSettings from;
    private String device;
    private PreloadLimits preloads;

    AgentSettingsChange(AgentSettings from) {
        this.from = from;
        device = from.device();
        preloads = from.preloads();
    }

    AgentSettings maxAttempts(int value) {
        return with(from.inFlight(), from.queueLimits(), value, from.windowEntries());
    }

    AgentSettings windowEntries(int value) {
        return with(from.inFlight(), from.queueLimits(), from.maxAttempts(), value);
    }

    AgentSettings inFlight(QueueKind kind, int value) {
        Map<QueueKind, Integer> changed = new java.util.EnumMap<>(from.inFlight());
        changed.put(kind, value);
        return with(changed, from.queueLimits(), from.maxAttempts(), from.windowEntries());
    }

    AgentSettings queueLimit(QueueKind kind, int value) {
        Map<QueueKind, Integer> changed = new java.util.EnumMap<>(from.queueLimits());
        changed.put(kind, value);
        return with(from.inFlight(), changed, from.maxAttempts(), from.windowEntries());
    }

    AgentSettings preloads(PreloadLimits value) {
        return preloads(value, from.device());
    }

    AgentSettings preloads(PreloadLimits value, String ownDevice) {
        preloads = value;
        device = ownDevice;
        return with(from.inFlight(), from.queueLimits(), from.maxAttempts(), from.windowEntries());
    }

    private AgentSettings with(
            Map<QueueKind, Integer> inFlight, Map<QueueKind, Integer> queueLimits, int maxAttempts, int window) {
        return new AgentSettings(
                device,
                from.bootId(),
                from.group(),
                from.tier(),
                from.version(),
                inFlight,
                queueLimits,
                from.parkedLimit(),
                from.slowAfterNanos(),
                from.slowLimit(),
                from.callTimeoutNanos(),
                from.preloadTimeoutNanos(),
                window,
                from.windowBytes(),
                maxAttempts,
                from.firstRetryNanos(),
                from.longestRetryNanos(),
                from.repeats(),
                from.sampleEvery(),
                from.reportBatch(),
                Duration.ofMillis(2).toNanos(),
                preloads,
                from.seed());
    }
}
