// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.goals.GoalRun;
import io.cdnrefresh.goals.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * P14: what collecting garbage costs an engine under full load, first of intake (64 connections, one URL a request), then of
 * fan-out (100 devices): the collector's part of the processor time, and the longest pause, by collector and JDK. The goal is
 * judged with the JDK's own choice of collector, G1; the others stand beside it.
 */
final class CollectorGoal {
    private static final Pattern PAUSE = Pattern.compile("Pause .* (\\d+\\.\\d+)ms$");
    private static final Path JDKS = Path.of("/usr/lib/jvm");
    private static final int DEVICES = 100;

    private final GoalRun run;
    private final Table table = new Table("", "load", "work/s", "gc %", "longest ms", "pauses", "paused %");

    private CollectorGoal(GoalRun run) {
        this.run = run;
    }

    public static void main(String[] arguments) throws IOException {
        GoalRun run = GoalRun.begin("P14", arguments, "this JDK, G1, intake only", true);
        CollectorGoal goal = new CollectorGoal(run);
        Path home = Path.of(System.getProperty("java.home"));
        goal.cells(home, "G1", true);
        if (!run.isQuick()) {
            for (Path jdk : jdks(home)) {
                for (String collector : List.of("G1", "Parallel", "Z")) {
                    if (!jdk.equals(home) || !collector.equals("G1")) {
                        goal.cells(jdk, collector, false);
                    }
                }
            }
        }
        run.say(goal.table);
        run.finish();
    }

    /** This one, and a 25 if there is one. */
    private static List<Path> jdks(Path home) throws IOException {
        List<Path> jdks = new ArrayList<>(List.of(home));
        if (Files.isDirectory(JDKS)) {
            try (Stream<Path> all = Files.list(JDKS)) {
                all.filter(jdk -> jdk.getFileName().toString().contains("25"))
                        .filter(jdk -> Files.isExecutable(jdk.resolve("bin").resolve("java")))
                        .filter(jdk -> !jdk.equals(home))
                        .findFirst()
                        .ifPresent(jdks::add);
            }
        }
        return jdks;
    }

    private void cells(Path jdk, String collector, boolean isJudged) throws IOException {
        Path log = Files.createTempFile("gc-", ".log");
        List<String> flags = new ArrayList<>(Load.HEAP);
        flags.add("-XX:+Use" + collector + "GC");
        flags.add("-Xlog:gc*:file=" + log + "::filecount=0");
        try {
            intake(jdk, flags, log, collector, isJudged);
            if (!run.isQuick()) {
                fanOut(jdk, flags, log, collector, isJudged);
            }
        } finally {
            Files.deleteIfExists(log);
        }
    }

    private void intake(Path jdk, List<String> flags, Path log, String collector, boolean isJudged) throws IOException {
        try (EngineUnderLoad engine = new EngineUnderLoad(new Fork(jdk, EngineProcess.class, flags, "memory"));
                Load load = new Load()) {
            EngineUnderLoad.Run unusedWarm = engine.closed(load, 64, 5_000, 1);
            Window window = new Window(engine.ask("gc")[0], engine.ask("cpu")[0], log);
            EngineUnderLoad.Run loaded = engine.closed(load, 64, run.isQuick() ? 10_000 : 20_000, 1);
            double cpu = engine.ask("cpu")[0];
            row(jdk, collector, "intake", loaded.perSecond(), window.end(engine.ask("gc")[0], cpu), isJudged);
        }
    }

    private void fanOut(Path jdk, List<String> flags, Path log, String collector, boolean isJudged) throws IOException {
        try (Fork engine = new Fork(jdk, EngineProcess.class, flags, "memory");
                Fork fleet = new Fork(FleetProcess.class, List.of("-Xmx2g", "-XX:+UseParallelGC"));
                Load load = new Load()) {
            double[] ports = engine.ask("ports");
            FanOutGoal.join(fleet, (int) ports[1], DEVICES, "engine");
            Round warm = round(engine, fleet, load, (int) ports[0], 0);
            Window window = new Window(engine.ask("gc")[0], engine.ask("cpu")[0], log);
            double seconds = 0;
            double stored = warm.stored;
            for (int i = 0; i < 5; i++) {
                Round round = round(engine, fleet, load, (int) ports[0], stored);
                seconds += round.seconds;
                stored = round.stored;
            }
            double deliveries = stored - warm.stored;
            double cpu = engine.ask("cpu")[0];
            row(jdk, collector, "fan-out", deliveries / seconds, window.end(engine.ask("gc")[0], cpu), isJudged);
        }
    }

    /** Reports that are stored at the end of a round, since the start, and how long the fan-out took. */
    private record Round(double stored, double seconds) {}

    private static Round round(Fork engine, Fork fleet, Load load, int port, double storedBefore) {
        double[] unused = engine.ask("pause");
        LoadResult taken = load.open(port, 64, 1_000, 10_000);
        double start = System.nanoTime();
        unused = engine.ask("resume");
        double[] end = fleet.ask("await " + (long) (storedBefore + taken.answers() * DEVICES));
        return new Round(end[0], (end[1] - start) / 1e9);
    }

    private void row(Path jdk, String collector, String load, double rate, Cost cost, boolean isJudged) {
        String name = collector + ", " + jdk.getFileName();
        table.row(
                name,
                load,
                rate,
                cost.share * 100,
                cost.longestMillis,
                cost.pauses,
                cost.pausedMillis / cost.millis * 100);
        if (isJudged) {
            run.score().atMost(load + ", gc % of processor time", cost.share * 100, 1);
            run.score().atMost(load + ", longest pause, ms", cost.longestMillis, 20);
        }
    }

    /** What the collector cost in a while. */
    private record Cost(double share, double longestMillis, double pauses, double pausedMillis, double millis) {}

    /** A while that begins with its creation. */
    private static final class Window {
        private final double collectorNanos;
        private final double allNanos;
        private final Path log;
        private final int lines;
        private final long startNanos = System.nanoTime();

        Window(double collectorNanos, double allNanos, Path log) throws IOException {
            this.collectorNanos = collectorNanos;
            this.allNanos = allNanos;
            this.log = log;
            lines = Files.readAllLines(log).size();
        }

        Cost end(double collectorNow, double allNow) throws IOException {
            double longest = 0;
            double pauses = 0;
            double paused = 0;
            double millis = (System.nanoTime() - startNanos) / 1e6;
            List<String> all = Files.readAllLines(log);
            for (String line : all.subList(lines, all.size())) {
                Matcher pause = PAUSE.matcher(line);
                if (pause.find()) {
                    double took = Double.parseDouble(pause.group(1));
                    longest = Math.max(longest, took);
                    paused += took;
                    pauses++;
                }
            }
            return new Cost((collectorNow - collectorNanos) / (allNow - allNanos), longest, pauses, paused, millis);
        }
    }
}
