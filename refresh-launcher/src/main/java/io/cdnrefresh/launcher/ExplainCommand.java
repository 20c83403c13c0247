// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "explain",
        description = "Shows every task that covered a URL, where it was applied, and which keys are asked for.",
        mixinStandardHelpOptions = true)
final class ExplainCommand extends ClientCommand {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final List<String> TELLING =
            List.of("age", "date", "last-modified", "etag", "cache-status", "x-cache", "via", "server", "location");

    @Parameters(paramLabel = "URL", description = "The URL.")
    String url = "";

    @Option(names = "--since", paramLabel = "INSTANT", description = "Only tasks accepted since then.")
    @Nullable
    String since;

    @Option(names = "--limit", paramLabel = "N", description = "How many tasks at most; 1 to 1000.")
    @Nullable
    Integer limit;

    @Option(
            names = "--probe",
            description = "Asks for the URL from here as well and shows what a cache says about its copy.")
    boolean probe;

    @Override
    public Integer call() {
        int code = print(options.client()
                .get("/v1/engine/explain"
                        + new Query().with("url", url).with("since", since).with("limit", limit)));
        if (probe) {
            Map<String, @Nullable Object> seen = probe();
            if (options.json) {
                out().println(Json.write(Map.of("probe", seen)));
            } else {
                TaskText.print(Map.of("probe", seen), out());
            }
            out().flush();
        }
        return code;
    }

    private Map<String, @Nullable Object> probe() {
        Map<String, @Nullable Object> seen = new LinkedHashMap<>();
        try {
            HttpClient client = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(PATIENCE)
                    .build();
            HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                    .timeout(PATIENCE)
                    .header("User-Agent", "refresh/" + Version.number())
                    .build();
            HttpResponse<Void> response = client.send(request, BodyHandlers.discarding());
            seen.put("status", response.statusCode());
            for (String name : TELLING) {
                response.headers().firstValue(name).ifPresent(value -> seen.put(name, value));
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandException(ExitCode.FAILED, "--probe: " + url + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException(ExitCode.FAILED, "interrupted");
        }
        return seen;
    }
}
