// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.timers;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Pairs;
import io.cdnrefresh.goals.Table;
import java.util.ArrayList;
import java.util.List;

/**
 * P9: the timing wheel against Netty's, Kafka's and Agrona's wheels and the JDK's executor.
 *
 * <p>Each candidate has a process of its own; all do a cell in turns. What a candidate puts off is charged: a rate counts
 * the time until nothing is left to do, and the processor time is that of the whole process.
 */
public final class WheelGoal {
    private static final List<String> NAMES =
            List.of("wheel", "netty-1ms", "netty-100ms", "kafka", "agrona-lock", "executor");
    private static final List<String> WORKLOADS = List.of("pair", "rolling", "random", "expiry");
    private static final double CANCEL_GOAL = 1.5;
    private static final double OTHER_GOAL = 0.9;
    private static final double BYTES_GOAL = 36;

    private record Cell(String workload, int timers, int producers) {
        String command() {
            return workload + " " + timers + " " + producers;
        }

        double goal() {
            return workload.equals("expiry") ? OTHER_GOAL : CANCEL_GOAL;
        }
    }

    /** A candidate and what it answered in one cell. */
    private record Candidate(String name, Fork fork, double[] rates, double[] costs) {
        boolean isOurs() {
            return name.equals("wheel");
        }

        double rate() {
            return Pairs.median(rates);
        }
    }

    private final GoalRun run;
    private final List<Candidate> candidates = new ArrayList<>(); // ours first

    private WheelGoal(GoalRun run) {
        this.run = run;
    }

    /** Takes --quick. */
    public static void main(String[] arguments) {
        String quick = "100,000 timers, 2 producers; not 10,000, 1M and 10M, not 1 and 8 producers";
        new WheelGoal(GoalRun.begin("P9", arguments, quick, false)).measure();
    }

    private void measure() {
        List<String> flags = List.of(run.isQuick() ? "-Xmx1g" : "-Xmx4g", "-XX:+UseParallelGC");
        run.say("each candidate in a process with " + String.join(" ", flags));
        try {
            for (String name : NAMES) {
                Fork fork = new Fork(TimerWork.class, flags, name);
                candidates.add(new Candidate(name, fork, new double[Pairs.LEAST], new double[Pairs.LEAST]));
            }
            bytes();
            for (Cell cell : cells()) {
                measure(cell);
            }
        } finally {
            candidates.forEach(candidate -> candidate.fork.close());
        }
        run.finish();
    }

    private List<Cell> cells() {
        int[] sizes = run.isQuick() ? new int[] {100_000} : new int[] {10_000, 1_000_000, 10_000_000};
        int[] threads = run.isQuick() ? new int[] {2} : new int[] {1, 2, 8};
        List<Cell> cells = new ArrayList<>();
        for (String workload : WORKLOADS) {
            for (int timers : sizes) {
                for (int producers : threads) {
                    cells.add(new Cell(workload, timers, producers));
                }
            }
        }
        return cells;
    }

    private void measure(Cell cell) {
        for (int round = 0; round < Pairs.LEAST; round++) {
            for (Candidate candidate : candidates) {
                double[] answer = candidate.fork.ask(cell.command());
                candidate.rates[round] = answer[0];
                candidate.costs[round] = answer[1];
            }
        }
        Candidate ours = candidates.get(0);
        Candidate best = candidates.get(1);
        Table table = new Table(cell.command(), "M/s", "cpu ns", "ours : it", "by cpu");
        for (Candidate candidate : candidates) {
            if (!candidate.isOurs() && candidate.rate() > best.rate()) {
                best = candidate;
            }
            table.row(
                    candidate.name,
                    candidate.rate() / 1e6,
                    Pairs.median(candidate.costs),
                    Pairs.ofRates(ours.rates, candidate.rates),
                    Pairs.ofCosts(ours.costs, candidate.costs));
        }
        run.say(table);
        run.score().atLeast(cell.command() + " : " + best.name, Pairs.ofRates(ours.rates, best.rates), cell.goal());
    }

    private void bytes() {
        int timers = run.isQuick() ? 1_000_000 : 4_000_000;
        Table table = new Table("heap, " + timers + " timers", "bytes a timer");
        for (Candidate candidate : candidates) {
            double bytes = candidate.fork.ask("bytes " + timers + " 1")[0];
            table.row(candidate.name, bytes);
            if (candidate.isOurs()) {
                run.score().atMost("bytes a timer", bytes, BYTES_GOAL);
            }
        }
        run.say(table);
    }
}
