// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.queues;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import java.util.List;

/**
 * P10: the queue in front of a stage against the raw Disruptor and the JDK's queues, 1, 2 and 8 producers.
 *
 * <p>{@code disruptor-park} sleeps and wakes exactly as the stage queue does, {@code disruptor-lite} as the Disruptor's own
 * strategy of that kind. Each candidate has a process of its own; all do a cell in turns. A rate counts from the first
 * offer until the consumer has counted the last event.
 */
public final class QueueGoal {
    private static final List<String> NAMES = List.of("stage", "disruptor-park", "disruptor-lite", "array", "transfer");
    private static final int EVENTS = 2_000_000;
    private static final int WARM_UPS = 3;
    private static final double GOAL = 0.9;

    private final GoalRun run;
    private final int rounds;
    private final Fork[] forks = new Fork[NAMES.size()];

    private QueueGoal(GoalRun run) {
        this.run = run;
        rounds = run.isQuick() ? 7 : 15;
    }

    /** Takes --quick. */
    public static void main(String[] arguments) {
        new QueueGoal(GoalRun.begin("P10", arguments, "65,536 places and 7 pairs; not 1,024 and 15", false)).measure();
    }

    private void measure() {
        List<String> flags = List.of("-Xms512m", "-Xmx512m", "-XX:+UseParallelGC");
        run.say("each candidate in a process with " + String.join(" ", flags));
        try {
            for (int i = 0; i < forks.length; i++) {
                forks[i] = new Fork(QueueWork.class, flags, NAMES.get(i));
            }
            for (int size : run.isQuick() ? new int[] {65_536} : new int[] {65_536, 1_024}) {
                for (int producers : new int[] {1, 2, 8}) {
                    measure(producers, size);
                }
            }
            idle();
        } finally {
            for (Fork fork : forks) {
                fork.close();
            }
        }
        run.finish();
    }

    private void measure(int producers, int size) {
        String command = "run " + producers + " " + size + " " + EVENTS;
        double[][] rates = new double[forks.length][rounds];
        double[][] costs = new double[forks.length][rounds];
        double[][] bytes = new double[forks.length][rounds];
        for (int round = -WARM_UPS; round < rounds; round++) {
            for (int i = 0; i < forks.length; i++) {
                double[] answer = forks[i].ask(command);
                if (round >= 0) {
                    rates[i][round] = answer[0];
                    costs[i][round] = answer[1];
                    bytes[i][round] = answer[2];
                }
            }
        }
        String cell = producers + " producers, " + size + " places";
        Table table = new Table(cell, "M/s", "cpu ns", "B/op", "ours : it", "by cpu");
        for (int i = 0; i < forks.length; i++) {
            table.row(
                    NAMES.get(i),
                    Pairs.median(rates[i]) / 1e6,
                    Pairs.median(costs[i]),
                    Pairs.median(bytes[i]),
                    Pairs.ofRates(rates[0], rates[i]),
                    Pairs.ofCosts(costs[0], costs[i]));
            if (NAMES.get(i).startsWith("disruptor")) {
                run.score().atLeast(cell + " : " + NAMES.get(i), Pairs.ofRates(rates[0], rates[i]), GOAL);
            }
        }
        run.say(table);
        run.score().atMost(cell + ", B/op", Pairs.median(bytes[0]), 0.01);
    }

    private void idle() {
        Table table = new Table("idle", "% of a core");
        for (int i = 0; i < forks.length; i++) {
            double share = 100 * forks[i].ask("idle 65536 1500")[0];
            table.row(NAMES.get(i), share);
            if (i == 0) {
                run.score().atMost("idle, % of a core", share, 1);
            }
        }
        run.say(table);
    }
}
