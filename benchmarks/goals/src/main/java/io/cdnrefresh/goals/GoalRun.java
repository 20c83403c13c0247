// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** One call of {@code benchmarks/run}: what it was asked, the heading, the output. Not thread-safe. */
public final class GoalRun {
    private final GoalLine score;
    private final boolean isQuick;
    private final PrintStream out;
    private final long startNanos = System.nanoTime();

    private GoalRun(String goal, boolean isQuick, PrintStream out) {
        this.score = new GoalLine(goal);
        this.isQuick = isQuick;
        this.out = out;
    }

    /**
     * Begins: prints goal, machine, JDK, flags and what would spoil the run.
     *
     * @param goal such as P9
     * @param arguments of main
     * @param quick what {@code --quick} measures and what not, for the heading
     * @param overNetwork whether sockets are used
     */
    public static GoalRun begin(String goal, String[] arguments, String quick, boolean overNetwork) {
        boolean isQuick = List.of(arguments).contains("--quick");
        GoalRun run = new GoalRun(goal, isQuick, System.out);
        run.say(goal + (isQuick ? " --quick: " + quick : ""));
        run.say("machine: " + machine());
        run.say("jdk: " + System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version") + ", flags: "
                + String.join(" ", ManagementFactory.getRuntimeMXBean().getInputArguments()));
        for (String line : Preflight.look(overNetwork)) {
            run.say("preflight: " + line);
        }
        run.say("");
        return run;
    }

    /** Whether only the subset is asked for. */
    public boolean isQuick() {
        return isQuick;
    }

    /** Where cells and their goals are collected. */
    public GoalLine score() {
        return score;
    }

    /** Prints a line, or a table. */
    public void say(Object text) {
        out.println(text);
        out.flush();
    }

    /** Prints the score; its last line is the last of the output. */
    public void finish() {
        say(String.format(
                Locale.ROOT, "took %.0f s, load at the end %s", (System.nanoTime() - startNanos) / 1e9, load()));
        say("");
        say(score);
    }

    private static String machine() {
        String processor = first("/proc/cpuinfo", "model name");
        String memory = first("/proc/meminfo", "MemTotal");
        return Runtime.getRuntime().availableProcessors() + " x " + processor + ", " + memory + ", "
                + System.getProperty("os.name") + " " + System.getProperty("os.version") + ", load " + load();
    }

    private static String load() {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        return String.format(Locale.ROOT, "%.1f", load);
    }

    private static String first(String file, String key) {
        try {
            for (String line : Files.readAllLines(Path.of(file), StandardCharsets.UTF_8)) {
                if (line.startsWith(key)) {
                    return line.substring(line.indexOf(':') + 1).strip();
                }
            }
        } catch (IOException e) {
            return "unknown (" + e.getMessage() + ")";
        }
        return "unknown";
    }
}
