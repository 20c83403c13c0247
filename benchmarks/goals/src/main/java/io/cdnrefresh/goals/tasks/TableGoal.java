// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.tasks;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * P11: the task table with tasks in flight on 1,000 devices against a ConcurrentHashMap of objects with the same bitmaps:
 * heap a task, and reports applied a second.
 *
 * <p>Each candidate has a process of its own; they report in turns. Ours is filled with ten million tasks; the references are
 * filled with as many as fit beside it, since their heap a task does not depend on the number.
 */
public final class TableGoal {
    private static final String OURS = "table";
    private static final String REFERENCE = "objects";
    private static final String LEAN_REFERENCE = "objects-shared-set";

    private TableGoal() {}

    /** Takes --quick. */
    public static void main(String[] arguments) {
        GoalRun run = GoalRun.begin("P11", arguments, "500,000 tasks each instead of 10,000,000", false);
        int many = run.isQuick() ? 500_000 : 10_000_000;
        int few = run.isQuick() ? 500_000 : 2_000_000;
        if (!run.isQuick()) {
            whole(run, many);
        }
        Map<String, Fork> forks = new LinkedHashMap<>();
        try {
            for (String name : List.of(OURS, REFERENCE, LEAN_REFERENCE)) {
                forks.put(name, fork(name, few, run.isQuick() ? "-Xmx1g" : "-Xmx3g"));
            }
            compare(run, forks, few);
        } finally {
            forks.values().forEach(Fork::close);
        }
        run.finish();
    }

    private static Fork fork(String candidate, int tasks, String heap) {
        return new Fork(TableWork.class, List.of(heap, "-XX:+UseParallelGC"), candidate, Integer.toString(tasks));
    }

    private static void whole(GoalRun run, int tasks) {
        try (Fork table = fork(OURS, tasks, "-Xmx8g")) {
            double bytes = table.ask("fill")[0];
            double[] rates = new double[Pairs.LEAST];
            for (int i = 0; i < rates.length; i++) {
                rates[i] = table.ask("report")[0];
            }
            run.say(new Table(tasks + " tasks, -Xmx8g", "bytes a task", "M reports/s")
                    .row(OURS, bytes, Pairs.median(rates) / 1e6));
            run.score().atMost("bytes a task, " + tasks + " tasks", bytes, 400);
        }
    }

    private static void compare(GoalRun run, Map<String, Fork> forks, int tasks) {
        Map<String, Double> bytes = new LinkedHashMap<>();
        Map<String, double[]> rates = new LinkedHashMap<>();
        forks.forEach((name, fork) -> {
            bytes.put(name, fork.ask("fill")[0]);
            rates.put(name, new double[Pairs.LEAST]);
            fork.ask("report"); // compiled from here on
        });
        for (int i = 0; i < Pairs.LEAST; i++) {
            for (Map.Entry<String, Fork> each : forks.entrySet()) {
                double[] own = rates.getOrDefault(each.getKey(), new double[Pairs.LEAST]);
                own[i] = each.getValue().ask("report")[0];
            }
        }
        double ours = bytes.getOrDefault(OURS, Double.NaN);
        double[] ourRates = rates.getOrDefault(OURS, new double[Pairs.LEAST]);
        Table table = new Table(
                tasks + " tasks, 1,000 devices", "bytes a task", "ours : it", "M reports/s", "ours : it (spread)");
        rates.forEach((name, own) -> table.row(
                name,
                bytes.getOrDefault(name, Double.NaN),
                ours / bytes.getOrDefault(name, Double.NaN),
                Pairs.median(own) / 1e6,
                Pairs.ofRates(ourRates, own)));
        run.say(table);
        double[] theirRates = rates.getOrDefault(REFERENCE, new double[Pairs.LEAST]);
        run.score()
                .atMost("bytes a task", ours, 400)
                .atMost("bytes, of those of objects", ours / bytes.getOrDefault(REFERENCE, Double.NaN), 0.5)
                .atLeast("reports/s : objects", Pairs.ofRates(ourRates, theirRates), 2);
    }
}
