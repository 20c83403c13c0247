// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.spi.TaskRow;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** When a task reached which stage, as the API shows it. */
final class Stages {
    private Stages() {}

    static Map<String, Instant> of(LiveTask live) {
        Map<String, Instant> stages = new LinkedHashMap<>();
        put(stages, "accepted", live.acceptedAt());
        put(stages, "running", live.runningAt());
        put(stages, "firstReport", live.firstReportAt());
        put(stages, "final", live.finalAt);
        put(stages, "settled", live.settledAt);
        return stages;
    }

    static Map<String, Instant> of(TaskRow row) {
        Map<String, Instant> stages = new LinkedHashMap<>();
        put(stages, "accepted", row.acceptedAt());
        put(stages, "final", row.status().finalAt());
        put(stages, "settled", row.status().settledAt());
        return stages;
    }

    private static void put(Map<String, Instant> stages, String name, @Nullable Instant at) {
        if (at != null) {
            stages.put(name, at);
        }
    }
}
