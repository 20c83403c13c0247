// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A Java process of its own for one candidate, asked again and again: each candidate has its own heap and its own
 * compiled code, and still they are measured in turns. Owned by one thread.
 */
public final class Fork implements AutoCloseable {
    private static final String READY = "= ";

    private final Process process;
    private final PrintWriter commands;
    private final BufferedReader answers;

    /**
     * Starts a process with this one's class path.
     *
     * @param main a class whose main calls {@link #serve}
     * @param jvmFlags such as -Xmx1g
     * @param arguments of main
     */
    public Fork(Class<?> main, List<String> jvmFlags, String... arguments) {
        this(Path.of(System.getProperty("java.home")), main, jvmFlags, arguments);
    }

    /** The same on another JDK, given by its home. */
    public Fork(Path javaHome, Class<?> main, List<String> jvmFlags, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(javaHome.resolve("bin").resolve("java").toString());
        command.addAll(jvmFlags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(Arrays.asList(arguments));
        try {
            process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        commands = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
        answers = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Has a command done; gives its figures. */
    public double[] ask(String command) {
        commands.println(command);
        try {
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.startsWith(READY)) {
                    return Arrays.stream(line.substring(READY.length()).split(" ", -1))
                            .mapToDouble(Double::parseDouble)
                            .toArray();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException("the process ended during: " + command);
    }

    /** Ends the process. */
    @Override
    public void close() {
        commands.close(); // the end of its input
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** In the process: does command after command until the input ends, or the starter is gone. */
    public static void serve(Function<String, double[]> work) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        for (String command = in.readLine(); command != null; command = in.readLine()) {
            StringBuilder line = new StringBuilder(READY);
            for (double figure : work.apply(command)) {
                line.append(line.length() == READY.length() ? "" : " ").append(figure);
            }
            out.println(line);
        }
    }
}
