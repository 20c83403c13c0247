// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The real jar as a child process. Its lines are kept and can be waited for. {@link #close} kills it, so that no test
 * leaves one behind; it also dies with the JVM that runs the tests. Thread-safe.
 */
final class LauncherProcess implements AutoCloseable {
    /** How a process ended. */
    record Ended(int exitCode, String out, String err) {}

    /** Options of a JVM that starts with half the processor time, and is slower once it runs. */
    static final List<String> QUICK_START = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Process process;
    private final Lines out;
    private final Lines err;
    private final Thread atExit;

    private LauncherProcess(Process process) {
        this.process = process;
        this.out = new Lines(process.getInputStream(), "child-out");
        this.err = new Lines(process.getErrorStream(), "child-err");
        this.atExit = new Thread(process::destroyForcibly, "child-kill");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Starts the jar with arguments. */
    static LauncherProcess start(String... arguments) {
        return start(List.of(), Map.of(), arguments);
    }

    /**
     * Starts the jar.
     *
     * @param jvm arguments of the JVM
     * @param environment further variables; those named REFRESH_… of this process are taken away
     */
    static LauncherProcess start(List<String> jvm, Map<String, String> environment, String... arguments) {
        return startUnder(List.of(), jvm, environment, arguments);
    }

    /** The same; {@code prefix} is a command that becomes the one after it. */
    static LauncherProcess startUnder(
            List<String> prefix, List<String> jvm, Map<String, String> environment, String... arguments) {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx256m");
        command.addAll(jvm);
        command.add("-jar");
        command.add(jar().toString());
        command.addAll(List.of(arguments));
        return run(command, environment);
    }

    /** Starts a class of the tests as a process of its own. */
    static LauncherProcess startMain(Class<?> main, String... arguments) {
        return startMain(main, Map.of(), arguments);
    }

    /** The same with further variables. */
    static LauncherProcess startMain(Class<?> main, Map<String, String> environment, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return run(command, environment);
    }

    private static LauncherProcess run(List<String> command, Map<String, String> environment) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("REFRESH_"));
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            return new LauncherProcess(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs the jar to its end. */
    static Ended run(String... arguments) {
        try (LauncherProcess process = start(arguments)) {
            return process.awaitEnd(PATIENCE);
        }
    }

    /** The jar that the build made. */
    static Path jar() {
        Path jar =
                Path.of(System.getProperty("refresh.jar", "target/refresh.jar")).toAbsolutePath();
        assertThat(Files.exists(jar)).as("%s: built by the package phase", jar).isTrue();
        return jar;
    }

    /** Waits for a line of the output that contains the pattern. */
    Matcher awaitOut(String pattern) {
        return await(out, pattern);
    }

    /** Waits for a line of the log that contains the pattern. */
    Matcher awaitErr(String pattern) {
        return await(err, pattern);
    }

    private Matcher await(Lines lines, String pattern) {
        Pattern compiled = Pattern.compile(pattern);
        try {
            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(20))
                    .failFast(() -> {
                        if (!process.isAlive() && lines.isComplete() && lines.find(compiled) == null) {
                            throw new AssertionError("ended without /" + pattern + "/\n" + out.text() + err.text());
                        }
                    })
                    .conditionEvaluationListener(null)
                    .until(() -> lines.find(compiled) != null);
        } catch (ConditionTimeoutException late) {
            throw new AssertionError("no /" + pattern + "/ in\n" + out.text() + err.text(), late);
        }
        Matcher found = lines.find(compiled);
        assertThat(found).isNotNull();
        return java.util.Objects.requireNonNull(found);
    }

    /** Waits for the end. */
    Ended awaitEnd(Duration within) {
        try {
            boolean ended = process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS);
            assertThat(ended)
                    .as("ended within %s:\n%s%s", within, out.text(), err.text())
                    .isTrue();
            return new Ended(process.exitValue(), out.await(), err.await());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** SIGTERM. By the handle: the process's own method would close its output before it was read. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** SIGKILL; returns when it is dead. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** All that it said so far. */
    String text() {
        return out.text() + err.text();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        kill();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }

    /** What comes out of one pipe. */
    private static final class Lines {
        private final List<String> lines = new CopyOnWriteArrayList<>();
        private final Thread reader;

        Lines(InputStream stream, String name) {
            reader = new Thread(() -> read(stream), name);
            reader.setDaemon(true);
            reader.start();
        }

        private void read(InputStream stream) {
            try (BufferedReader text = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                text.lines().forEach(lines::add);
            } catch (IOException | UncheckedIOException gone) {
                lines.add("(stream broken: " + gone.getMessage() + ")");
            }
        }

        boolean isComplete() {
            return !reader.isAlive();
        }

        @Nullable
        Matcher find(Pattern pattern) {
            for (String line : lines) {
                Matcher matcher = pattern.matcher(line);
                if (matcher.find()) {
                    return matcher;
                }
            }
            return null;
        }

        String text() {
            return String.join("\n", lines) + "\n";
        }

        String await() throws InterruptedException {
            reader.join(10_000);
            return text();
        }
    }
}
