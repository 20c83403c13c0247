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
 * <p>Each candidate has a process of its own; all do a cell in turns. What a candidate puts off is charged: both
 * figures go on until nothing is left to do. What counts is the processor time of the whole process for an operation:
 * work on other threads is in it, and others that use the machine are not, as they are in the time by the clock.
 */
public final class WheelGoal {
    private static final List<String> NAMES =
            List.of("wheel", "netty-1ms", "netty-100ms", "kafka", "agrona-lock", "executor");
    private static final List<String> WORKLOADS = List.of("pair", "rolling", "random", "expiry");
    private static final double CANCEL_GOAL = 1.5;
    private static final double OTHER_GOAL = 0.9;
    private static final double SINGLE_GOAL = 0.8; // of Agrona's wheel without a lock, which one thread owns
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
        static Candidate start(String name, List<String> flags) {
            Fork fork = new Fork(TimerWork.class, flags, name);
            return new Candidate(name, fork, new double[Pairs.LEAST], new double[Pairs.LEAST]);
        }

        /** Its answer; no numbers from the moment on that its process has ended, as for want of memory. */
        double[] ask(String command) {
            try {
                return fork.ask(command);
            } catch (IllegalStateException e) {
                return new double[] {Double.NaN, Double.NaN, Double.NaN, Double.NaN};
            }
        }

        boolean isOurs() {
            return name.equals("wheel");
        }

        /** One whose ticks are 100 ms does less when timers fire, and does it 100 ms late: shown, not counted. */
        boolean isReference(Cell cell) {
            return !isOurs() && !(cell.workload.equals("expiry") && name.equals("netty-100ms"));
        }

        double cost() {
            return Pairs.median(costs);
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
        List<String> flags =
                List.of(run.isQuick() ? "-Xmx1g" : "-Xmx4g", "-XX:+UseParallelGC", "-XX:+ExitOnOutOfMemoryError");
        run.say("each candidate in a process with " + String.join(" ", flags));
        try {
            NAMES.forEach(name -> candidates.add(Candidate.start(name, flags)));
            bytes();
            lateness();
            for (Cell cell : cells()) {
                measure(cell, candidates, cell.goal());
            }
            Candidate single = Candidate.start("agrona-single", flags);
            candidates.add(single);
            for (int timers : run.isQuick() ? new int[] {100_000} : new int[] {10_000, 1_000_000}) {
                for (String workload : List.of("pair", "rolling")) {
                    measure(new Cell(workload, timers, 1), List.of(candidates.get(0), single), SINGLE_GOAL);
                }
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

    private void measure(Cell cell, List<Candidate> asked, double goal) {
        for (int round = -1; round < Pairs.LEAST; round++) { // the first warms up
            for (Candidate candidate : asked) {
                double[] answer = candidate.ask(cell.command());
                if (round >= 0) {
                    candidate.rates[round] = answer[0];
                    candidate.costs[round] = answer[1];
                }
            }
        }
        Candidate ours = asked.get(0);
        Candidate best = asked.get(1);
        Table table = new Table(cell.command(), "M/s", "cpu ns", "ours : it by cpu", "by the clock");
        for (Candidate candidate : asked) {
            if (candidate.isReference(cell) && candidate.cost() < best.cost()) {
                best = candidate;
            }
            table.row(
                    candidate.name,
                    Pairs.median(candidate.rates) / 1e6,
                    candidate.cost(),
                    Pairs.ofCosts(ours.costs, candidate.costs),
                    Pairs.ofRates(ours.rates, candidate.rates));
        }
        run.say(table);
        run.score().atLeast(cell.command() + " : " + best.name, Pairs.ofCosts(ours.costs, best.costs), goal);
    }

    private void lateness() {
        Table table = new Table("late by, 2,000 timers", "median us", "99 % us", "most us", "early");
        for (Candidate candidate : candidates) {
            double[] late = candidate.ask("late 2000 1");
            table.row(candidate.name, late[0], late[1], late[2], late[3]);
            if (candidate.isOurs()) {
                run.score().atMost("1 + timers that fired early", late[3] + 1, 1);
            }
        }
        run.say(table);
    }

    private void bytes() {
        int timers = run.isQuick() ? 500_000 : 4_000_000;
        Table table = new Table("heap, " + timers + " timers", "bytes a timer");
        for (Candidate candidate : candidates) {
            double bytes = candidate.ask("bytes " + timers + " 1")[0];
            table.row(candidate.name, bytes);
            if (candidate.isOurs()) {
                run.score().atMost("bytes a timer", bytes, BYTES_GOAL);
            }
        }
        run.say(table);
    }
}
