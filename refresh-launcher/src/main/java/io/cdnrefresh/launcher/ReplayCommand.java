// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "replay",
        description = {
            "Sends recorded requests again: of record.file, or of GoReplay (.gor, .gor.gz).",
            "Without options: at the recorded pace, each once, at most 10000 requests and 200 a second, to this host.",
            "A bearer key is taken from $REFRESH_TOKEN; recordings have none."
        },
        mixinStandardHelpOptions = true)
final class ReplayCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The recording.")
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private Path file;

    @Option(
            names = "--to",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:9181",
            description = "Where they go (${DEFAULT-VALUE}).")
    private String to = "";

    @Option(
            names = "--speed",
            paramLabel = "N",
            defaultValue = "1",
            description = "How many times as fast as recorded; 0.01 to 1000.")
    private double speed;

    @Option(
            names = "--amplify",
            paramLabel = "N",
            defaultValue = "1",
            description = "How many times each is sent; 1 to 100.")
    private int amplify;

    @Option(names = "--sample", paramLabel = "SHARE", defaultValue = "100%", description = "The share that is sent.")
    private String sample = "";

    @Option(
            names = "--filter",
            paramLabel = "REGEX",
            description = "Sends only what it is found in: METHOD /path?query.")
    private @Nullable String filter;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Requests at most (${DEFAULT-VALUE}).")
    private int limit;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "200",
            description = "Requests a second at most (${DEFAULT-VALUE}).")
    private int rate;

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "16",
            description = "Requests under way at most (${DEFAULT-VALUE}).")
    private int connections;

    @Option(names = "--yes", description = "Really to another host than this one.")
    private boolean isSure;

    @Option(names = "--json", description = "Prints the summary as JSON.")
    private boolean json;

    @Override
    public Integer call() {
        URI target = target();
        ReplayRun.Plan plan = new ReplayRun.Plan(
                target,
                within("--speed", speed, 0.01, 1000),
                (int) within("--amplify", amplify, 1, 100),
                share(),
                pattern(),
                (int) within("--limit", limit, 1, 1_000_000_000),
                (int) within("--rate", rate, 1, 1_000_000),
                (int) within("--connections", connections, 1, 1000),
                Duration.ofSeconds(70),
                System.getenv("REFRESH_TOKEN"));
        try (RecordedRequests requests = RecordedRequests.open(file)) {
            ReplayRun.Summary summary = new ReplayRun(plan).run(requests);
            print(summary);
            return summary.answered() > 0 || summary.sent() == 0
                    ? summary.failures().isEmpty() ? ExitCode.DONE : ExitCode.FAILED
                    : ExitCode.UNREACHABLE;
        } catch (IOException e) {
            throw new CommandException(ExitCode.USAGE, file + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException(ExitCode.FAILED, "interrupted");
        }
    }

    private URI target() {
        Object url = ValueType.engineUrl().fromText().apply(to);
        if (url == null) {
            throw usage("--to", to, "http://HOST:PORT or https://HOST:PORT");
        }
        URI target = URI.create(url.toString());
        try {
            if (!isSure && !InetAddress.getByName(target.getHost()).isLoopbackAddress()) {
                throw usage("--to", to, "a loopback address, or --yes");
            }
        } catch (UnknownHostException e) {
            throw new CommandException(ExitCode.UNREACHABLE, "unknown host " + target.getHost());
        }
        return target;
    }

    private double share() {
        Object percent = ValueType.percent().fromText().apply(sample);
        if (!(percent instanceof Integer number)) {
            throw usage("--sample", sample, "0% to 100%");
        }
        return number / 100.0;
    }

    private Pattern pattern() {
        try {
            return Pattern.compile(filter == null ? "" : filter);
        } catch (PatternSyntaxException e) {
            throw usage("--filter", String.valueOf(filter), "a regular expression");
        }
    }

    private static double within(String option, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw usage(option, Double.toString(value), least + " to " + most);
        }
        return value;
    }

    private static CommandException usage(String option, String value, String expected) {
        return new CommandException(ExitCode.USAGE, option + ": " + value + " (expected: " + expected + ")");
    }

    private void print(ReplayRun.Summary summary) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.write(summary.toMap()));
        } else {
            for (Map.Entry<String, Object> line : summary.toMap().entrySet()) {
                out.println(line.getKey() + "  " + line.getValue());
            }
        }
        out.flush();
    }
}
