// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** A client of the engine's API that sees bytes and statuses as they are. Thread-safe. */
final class EngineApi {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Pattern ID = Pattern.compile("\"id\":\"(\\d+)\"");

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    private final int port;
    private final String base;

    EngineApi(int port) {
        this("127.0.0.1", port);
    }

    EngineApi(String host, int port) {
        this.port = port;
        base = "http://" + host + ":" + port;
    }

    int port() {
        return port;
    }

    String address() {
        return base;
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return http.send(request(path).GET().build(), BodyHandlers.ofString());
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return http.send(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    HttpResponse<String> put(String path, String body) throws IOException, InterruptedException {
        return http.send(
                request(path)
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(60));
    }

    /** Submits one URL; the id if it was answered with 202, empty for any other answer or none. */
    Optional<String> trySubmit(String url) throws InterruptedException {
        return trySubmit("url", List.of(url));
    }

    /** Submits a task; the id if it was answered with 202, empty for any other answer or none. */
    Optional<String> trySubmit(String type, List<String> urls) throws InterruptedException {
        String targets = String.join("\",\"", urls);
        String body = "{\"type\":\"" + type + "\",\"targets\":[\"" + targets + "\"]}";
        try {
            HttpResponse<String> answer = post("/v1/engine/task", body);
            Matcher id = ID.matcher(answer.body());
            return answer.statusCode() == 202 && id.find() ? Optional.of(id.group(1)) : Optional.empty();
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    void awaitReady() {
        awaitBody("/readyz", 200, "");
    }

    /** Waits until the answer has this status and contains the text. */
    String awaitBody(String path, int status, String text) {
        String[] last = {""};
        Awaitility.await(path)
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsMatching(e -> e instanceof IOException)
                .untilAsserted(() -> {
                    HttpResponse<String> answer = get(path);
                    last[0] = answer.body();
                    assertThat(answer.statusCode() + " " + answer.body())
                            .contains(status + " ")
                            .contains(text);
                });
        return last[0];
    }
}
