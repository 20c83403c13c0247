// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.netty.tls.TlsFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Calls an engine. A call that is refused, broken or answered with a temporary fault is repeated, at the next engine if there are
 * several, until the time for that is up; a POST carries the same random Idempotency-Key each time, so that it counts
 * once. Not thread-safe; blocking.
 */
final class ApiClient {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(70);
    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = 2_000;

    private final List<URI> engines;
    private final @Nullable String token;
    private final Duration retryFor;
    private final HttpClient client;
    private int current;
    private boolean isPatient;

    /**
     * A client.
     *
     * @param engines base URLs, tried in turn
     * @param token sent as bearer token; null = none
     * @param retryFor for how long a call is repeated
     */
    ApiClient(List<URI> engines, @Nullable String token, Duration retryFor) {
        this(engines, token, retryFor, null);
    }

    /** The same with whom to trust over TLS; null = whom Java trusts. */
    ApiClient(List<URI> engines, @Nullable String token, Duration retryFor, @Nullable SSLContext trust) {
        this.engines = List.copyOf(engines);
        this.token = token;
        this.retryFor = retryFor;
        HttpClient.Builder http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT_TIMEOUT);
        http.sslParameters(new SSLParameters(null, TlsFiles.VERSIONS.toArray(new String[0])));
        client = (trust == null ? http : http.sslContext(trust)).build();
    }

    /** An answer. */
    record Answer(int status, byte[] body) {
        Map<String, @Nullable Object> object() {
            return Json.object(body);
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    /** From now on a limit that is used up is waited for. */
    ApiClient patient() {
        isPatient = true;
        return this;
    }

    /** Asks the first engine for something once, whatever the answer is. */
    Answer once(String path) {
        URI engine = engines.get(0);
        try {
            HttpResponse<byte[]> response =
                    client.send(request(engine, "GET", path, null, null), BodyHandlers.ofByteArray());
            return new Answer(response.statusCode(), response.body());
        } catch (IOException e) {
            throw new CommandException(ExitCode.UNREACHABLE, "no answer from " + engine + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException(ExitCode.FAILED, "interrupted");
        }
    }

    /** Reads an answer that goes on, line by line, until it ends. */
    void lines(String path, Consumer<String> taker) {
        URI engine = engines.get(current);
        try {
            HttpResponse<Stream<String>> response =
                    client.send(request(engine, "GET", path, null, null), BodyHandlers.ofLines());
            if (response.statusCode() != 200) {
                String text = response.body().collect(Collectors.joining("\n"));
                checked(new Answer(response.statusCode(), text.getBytes(StandardCharsets.UTF_8)));
            }
            response.body().forEach(taker);
        } catch (IOException | UncheckedIOException e) {
            throw new CommandException(ExitCode.UNREACHABLE, "no answer from " + engine + ": " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException(ExitCode.FAILED, "interrupted");
        }
    }

    /** Asks for something. */
    Answer get(String path) {
        return call("GET", path, null, null);
    }

    /** Sends a call with an optional body. */
    Answer send(String method, String path, @Nullable Object json) {
        String key = "POST".equals(method) ? UUID.randomUUID().toString() : null;
        return call(method, path, json == null ? "" : Json.write(json), key);
    }

    /** Sends a call that counts once however often it is repeated under the same key. */
    Answer post(String path, Object json, String idempotencyKey) {
        return call("POST", path, Json.write(json), idempotencyKey);
    }

    private Answer call(String method, String path, @Nullable String body, @Nullable String idempotencyKey) {
        long start = System.nanoTime();
        long pauseMillis = FIRST_PAUSE_MILLIS;
        while (true) {
            String trouble;
            long waitMillis = pauseMillis;
            URI engine = engines.get(current);
            try {
                HttpResponse<byte[]> response =
                        client.send(request(engine, method, path, body, idempotencyKey), BodyHandlers.ofByteArray());
                Answer answer = new Answer(response.statusCode(), response.body());
                boolean isLimited = isPatient && answer.status() == 429;
                if (!isLimited && !isTemporary(response)) {
                    return checked(answer);
                }
                if (isLimited) {
                    pause(Math.max(FIRST_PAUSE_MILLIS, retryAfterMillis(response)));
                    start = System.nanoTime();
                    continue;
                }
                trouble = answer.status() + " " + detail(answer);
                waitMillis = Math.max(waitMillis, retryAfterMillis(response));
            } catch (IOException e) {
                trouble = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CommandException(ExitCode.FAILED, "interrupted");
            }
            current = (current + 1) % engines.size();
            long leftMillis = retryFor.toMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            if (leftMillis < Math.min(waitMillis, FIRST_PAUSE_MILLIS)) {
                throw new CommandException(ExitCode.UNREACHABLE, "no answer from " + engine + ": " + trouble);
            }
            pause(Math.min(waitMillis, leftMillis));
            pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, pauseMillis * 2);
        }
    }

    private HttpRequest request(
            URI engine, String method, String path, @Nullable String body, @Nullable String idempotencyKey) {
        String base = engine.toString().replaceAll("/+$", "");
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).timeout(ANSWER_TIMEOUT);
        request.header("User-Agent", "refresh/" + Version.number());
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (idempotencyKey != null) {
            request.header("Idempotency-Key", idempotencyKey);
        }
        if (body == null || body.isEmpty()) {
            return request.method(method, BodyPublishers.noBody()).build();
        }
        return request.header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body))
                .build();
    }

    /** Passes on what a command can work with and ends it otherwise. */
    private static Answer checked(Answer answer) {
        int status = answer.status();
        if (status < 300 || status == 409) {
            return answer;
        }
        String message = status + " " + detail(answer);
        if (status == 401 || status == 403 || status == 429) {
            throw new CommandException(ExitCode.REFUSED, message);
        }
        throw new CommandException(status < 500 ? ExitCode.USAGE : ExitCode.FAILED, message);
    }

    /** What a problem document says: one line for each of its errors, its detail if it lists none. */
    static String detail(Answer answer) {
        Map<String, @Nullable Object> problem = answer.object();
        StringBuilder out = new StringBuilder();
        out.append(String.valueOf(problem.getOrDefault("title", "")));
        List<Map<String, @Nullable Object>> errors = Json.rows(problem.get("errors"));
        Object detail = problem.get("detail");
        if (detail != null && errors.isEmpty()) {
            out.append(out.isEmpty() ? "" : ": ").append(detail);
        }
        for (Map<String, @Nullable Object> error : errors) {
            out.append(System.lineSeparator()).append("  ").append(error.getOrDefault("field", ""));
            if (error.get("index") != null) {
                out.append('[').append(error.get("index")).append(']');
            }
            Object value = error.getOrDefault("value", "");
            out.append(": ").append("".equals(value) ? error.getOrDefault("code", "") : value);
            out.append(" (expected: ").append(error.getOrDefault("allowed", error.getOrDefault("code", "")));
            out.append(')');
        }
        return out.toString();
    }

    /** Overload, drain, or the first use of the idempotency key still under way. */
    private static boolean isTemporary(HttpResponse<?> response) {
        return response.statusCode() == 503
                || (response.statusCode() == 409
                        && response.headers().firstValue("Retry-After").isPresent());
    }

    private static long retryAfterMillis(HttpResponse<?> response) {
        String seconds = response.headers().firstValue("Retry-After").orElse("");
        return seconds.matches("\\d{1,6}") ? Long.parseLong(seconds) * 1000 : 0;
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException(ExitCode.FAILED, "interrupted");
        }
    }
}
