// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "trace",
        description =
                "Shows what happened to a task, stage by stage and node by node, from the logs of engines and proxies.",
        mixinStandardHelpOptions = true)
final class TraceCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "ID", description = "A task's id, a trace id, or a whole traceparent.")
    String id = "";

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "FILE",
            description = "Log files, as text or JSON; - or none: standard input.")
    List<String> files = new ArrayList<>();

    @Option(names = "--json", description = "Prints one JSON object a line.")
    boolean json;

    @Override
    public Integer call() throws IOException {
        String wanted = id.matches("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}") ? id.substring(3, 35) : id;
        if (!wanted.matches("[0-9]{1,19}|[0-9a-f]{32}")) {
            throw new CommandException(
                    ExitCode.USAGE,
                    "ID: " + id + " (expected: a task's number, 32 hexadecimal digits, or a traceparent)");
        }
        List<TraceLine> all = new ArrayList<>();
        for (String file : files.isEmpty() ? List.of("-") : files) {
            read(file, all);
        }
        TreeSet<String> traces = new TreeSet<>();
        all.stream().filter(line -> line.isOf(wanted)).forEach(line -> traces.add(line.trace()));
        List<TraceLine> chain = all.stream()
                .filter(line -> traces.contains(line.trace()))
                .sorted()
                .toList();
        PrintWriter out = spec.commandLine().getOut();
        if (chain.isEmpty()) {
            spec.commandLine()
                    .getErr()
                    .println("refresh: no line tells of " + id
                            + ": its traceparent may not say \"sampled\", or log.traces is false");
            return ExitCode.FAILED;
        }
        TraceLine first = chain.get(0);
        for (TraceLine line : chain) {
            out.println(json ? line.json() : line.text(first));
        }
        out.flush();
        return ExitCode.DONE;
    }

    private static void read(String file, List<TraceLine> into) throws IOException {
        if (!file.equals("-") && !Files.isReadable(Path.of(file))) {
            throw new CommandException(ExitCode.USAGE, "FILE: " + file + " (expected: a readable file)");
        }
        Reader source = file.equals("-")
                ? new InputStreamReader(System.in, StandardCharsets.UTF_8)
                : new InputStreamReader(Files.newInputStream(Path.of(file)), StandardCharsets.UTF_8);
        try (BufferedReader reader = new BufferedReader(source)) {
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                @Nullable TraceLine line = TraceLine.parse(text);
                if (line != null) {
                    into.add(line);
                }
            }
        }
    }
}
