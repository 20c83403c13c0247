// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.EngineClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * How long tasks took of late: from when they might start to the first report, and to the end. Lanes record and wait for
 * nobody; who reads gets what ended within the last minute, in steps of {@value #STEP_SECONDS} s. Thread-safe.
 *
 * <p>Bounded: {@value #STEPS} histograms of each, of at most 24 KiB.
 */
final class Lags {
    static final String FIRST_REPORT = "firstReport";
    static final String FINAL = "final";
    private static final int STEP_SECONDS = 5;
    private static final int STEPS = 12;
    private static final long MOST_MILLIS = Duration.ofDays(367).toMillis();

    private final EngineClock clock;
    private final Map<String, Stage> stages = new LinkedHashMap<>();

    Lags(EngineClock clock) {
        this.clock = clock;
        stages.put(FIRST_REPORT, new Stage());
        stages.put(FINAL, new Stage());
    }

    /** What one stage took, in milliseconds; all 0 when {@code count} is. */
    record Figures(long count, long p50, long p90, long p99, long max) {}

    /** A task has ended and its end is committed; withdrawn ones say nothing about the network. */
    void ended(LiveTask live) {
        if (live.state == TaskState.CANCELLED) {
            return;
        }
        Instant start = live.start();
        record(FIRST_REPORT, start, live.firstReportAt());
        record(FINAL, start, live.finalAt);
    }

    private void record(String stage, Instant from, @Nullable Instant to) {
        Stage at = stages.get(stage);
        if (to != null && at != null) {
            at.recorder.recordValue(
                    Math.max(0, Math.min(MOST_MILLIS, Duration.between(from, to).toMillis())));
        }
    }

    /** The last minute. */
    synchronized Map<String, Figures> figures() {
        Map<String, Figures> all = new LinkedHashMap<>();
        stages.forEach((name, stage) -> all.put(name, stage.figures(clock.nanos())));
        return all;
    }

    private static final class Stage {
        private final Recorder recorder = new Recorder(2);
        private final ArrayDeque<Slice> past = new ArrayDeque<>();
        private @Nullable Histogram spare;

        private record Slice(long sinceNanos, Histogram histogram) {}

        Figures figures(long nowNanos) {
            Histogram fresh = recorder.getIntervalHistogram(spare);
            spare = fresh;
            long step = Duration.ofSeconds(STEP_SECONDS).toNanos();
            Slice last = past.peekLast();
            if (last == null || nowNanos - last.sinceNanos >= step) {
                last = new Slice(nowNanos, new Histogram(2));
                past.add(last);
            }
            last.histogram.add(fresh);
            while (nowNanos - past.element().sinceNanos >= STEPS * step) {
                past.remove();
            }
            Histogram sum = new Histogram(2);
            past.forEach(slice -> sum.add(slice.histogram));
            return new Figures(
                    sum.getTotalCount(),
                    sum.getValueAtPercentile(50),
                    sum.getValueAtPercentile(90),
                    sum.getValueAtPercentile(99),
                    sum.getTotalCount() == 0 ? 0 : sum.getMaxValue());
        }
    }
}
