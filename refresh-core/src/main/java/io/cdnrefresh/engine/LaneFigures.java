// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TargetResult;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * How late the stages of one lane's tasks are, by group. Written by the lane only, so a count is a plain write; read by any
 * thread, perhaps one event behind.
 */
final class LaneFigures {
    /** Upper bounds of the counts, in seconds. */
    static final double[] BOUNDS = {
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400
    };

    /** The group of what is not of one group. */
    static final String ALL = "all";

    /** More groups than this are counted as {@link #OTHER}. */
    private static final int MAX_GROUPS = 256;

    private static final String OTHER = "other";

    /** What is timed, from the acceptance of a task on. */
    enum Stage {
        /** The task is in the store and with its lane. */
        STORED(0),
        /** The first device has said anything. */
        REPORTED(1),
        /** One device is finished with it. */
        DONE(2);

        final int place;

        Stage(int place) {
            this.place = place;
        }
    }

    private final DebtSweep debt;
    private final Map<String, Counts[]> groups = new ConcurrentHashMap<>();
    private final AtomicLong quarantined = new AtomicLong();

    // of the lane: reports of one device come together
    private String lastGroup = ALL;
    private Counts @Nullable [] lastCounts;

    LaneFigures(DebtSweep debt) {
        this.debt = debt;
    }

    /** The counts of one stage of one group. */
    static final class Counts {
        private final AtomicLongArray buckets = new AtomicLongArray(BOUNDS.length + 1);
        private final AtomicLong millis = new AtomicLong();

        private void add(long late) {
            int at = 0;
            while (at < BOUNDS.length && late > BOUNDS[at] * 1_000) {
                at++;
            }
            buckets.lazySet(at, buckets.getPlain(at) + 1);
            millis.lazySet(millis.getPlain() + late);
        }

        void addTo(long[] sums) {
            for (int i = 0; i <= BOUNDS.length; i++) {
                sums[i] += buckets.get(i);
            }
        }

        double seconds() {
            return millis.get() / 1_000.0;
        }
    }

    /** What devices have not done. */
    DebtSweep debt() {
        return debt;
    }

    Map<String, Counts[]> groups() {
        return groups;
    }

    long quarantined() {
        return quarantined.get();
    }

    void stored(long acceptedMillis, long nowMillis) {
        add(Stage.STORED, ALL, nowMillis - acceptedMillis);
    }

    /** A report that says something new. {@code isFirst}: of all devices. */
    void reported(@Nullable Device from, LiveTask live, Report report, boolean isFirst, long nowMillis) {
        String group = from == null ? ALL : from.group();
        long late = nowMillis - live.startMillis();
        if (isFirst) {
            add(Stage.REPORTED, group, late);
        }
        if (report.isFinal()) {
            add(Stage.DONE, group, late);
            if (isQuarantined(report)) {
                quarantined.lazySet(quarantined.getPlain() + 1);
            }
        }
    }

    private static boolean isQuarantined(Report report) {
        if (report.outcome() == Outcome.QUARANTINED) {
            return true;
        }
        for (TargetResult exception : report.exceptions()) {
            if (exception.outcome() == Outcome.QUARANTINED) {
                return true;
            }
        }
        return false;
    }

    private void add(Stage stage, String group, long late) {
        Counts[] counts = lastCounts;
        if (counts == null || !group.equals(lastGroup)) {
            counts = groups.get(group);
            if (counts == null) {
                String name = groups.size() < MAX_GROUPS ? group : OTHER;
                counts = groups.computeIfAbsent(name, any -> new Counts[] {new Counts(), new Counts(), new Counts()});
            }
            lastGroup = group;
            lastCounts = counts;
        }
        counts[stage.place].add(Math.max(0, late));
    }
}
