// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "debug",
        description = "Looks into a running engine or proxy; without a page: which pages there are.",
        mixinStandardHelpOptions = true)
final class DebugCommand implements Callable<Integer> {
    private static final List<String> CHANGES = List.of("gc", "dump");

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "PAGE",
            description = "threads, histogram, locks, memory, vars, config, profile, loglevel, gc or dump.")
    String page = "";

    @Option(
            names = "--admin",
            paramLabel = "URL",
            description =
                    "Where it shows diagnostics (${DEFAULT-VALUE}; a proxy: port 9185). $REFRESH_ADMIN_TOKEN is used.")
    String admin = "http://127.0.0.1:9184";

    @Option(names = "--seconds", description = "How long to record, with profile.")
    int seconds = 30;

    @Option(names = "--level", description = "With loglevel: what it is to be; inherit undoes it.")
    @Nullable
    String level;

    @Option(names = "--logger", description = "With loglevel: whose, a package or class.")
    String logger = "root";

    @Option(names = "--out", paramLabel = "FILE", description = "Where to write; needed with profile.")
    @Nullable
    Path out;

    @Override
    public Integer call() throws IOException {
        if (page.equals("profile") && out == null) {
            throw new CommandException(ExitCode.USAGE, "--out: missing (expected: a file for the recording)");
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(admin.replaceAll("/+$", "") + path()))
                .timeout(Duration.ofSeconds(seconds + 60L));
        String token = System.getenv("REFRESH_ADMIN_TOKEN");
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        String method = CHANGES.contains(page) ? "POST" : page.equals("loglevel") && level != null ? "PUT" : "GET";
        HttpResponse<byte[]> response =
                send(request.method(method, BodyPublishers.noBody()).build());
        String text = new String(response.body(), StandardCharsets.UTF_8);
        if (response.statusCode() != 200) {
            boolean isRefused = response.statusCode() == 401 || response.statusCode() == 403;
            throw new CommandException(
                    isRefused ? ExitCode.REFUSED : ExitCode.FAILED, response.statusCode() + " " + text.strip());
        }
        if (out != null) {
            Files.write(out, response.body());
            spec.commandLine().getOut().println(out + " " + response.body().length + " bytes");
        } else {
            spec.commandLine().getOut().println(text.stripTrailing());
        }
        spec.commandLine().getOut().flush();
        return ExitCode.DONE;
    }

    private String path() {
        if (page.isEmpty()) {
            return "/debug";
        }
        if (!page.matches("[a-z]+")) {
            throw new CommandException(ExitCode.USAGE, "PAGE: " + page + " (expected: one of those of refresh debug)");
        }
        String query = page.equals("profile")
                ? "?seconds=" + seconds
                : level != null ? "?level=" + level + "&logger=" + logger : "";
        return "/debug/" + page + query;
    }

    private HttpResponse<byte[]> send(HttpRequest request) {
        try {
            return HttpClient.newBuilder()
                    .connectTimeout(Duration.ofSeconds(5))
                    .build()
                    .send(request, BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new CommandException(ExitCode.UNREACHABLE, "no answer from " + admin + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException(ExitCode.FAILED, "interrupted");
        }
    }
}
