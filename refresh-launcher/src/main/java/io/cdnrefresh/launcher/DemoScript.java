// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import io.cdnrefresh.netty.demo.DemoOrigin;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the demo does and says. The words MISS and HIT are the cache's {@code X-Cache}, versions the origin's {@code
 * X-Version}, states and outcomes the engine's. A word that is not the expected one ends it. Not thread-safe.
 */
final class DemoScript {
    private static final String HOST = "www.example.com";
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long PAUSE_MILLIS = 50;

    private final DemoOrigin origin;
    private final PrintWriter out;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    DemoScript(DemoOrigin origin, PrintWriter out) {
        this.origin = origin;
        this.out = out;
    }

    /** Says one thing. */
    void say(String what, String text) {
        out.printf(Locale.ROOT, "%-10s %s%n", what, text);
        out.flush();
    }

    /** Plays it; false if something was not as it should be, which was said. */
    boolean play(ApiClient client, ProxyChild proxy, int cachePort) {
        try {
            awaitDevice(client, proxy);
            out.println();
            get(cachePort, "/a.css", "MISS", 1);
            get(cachePort, "/a.css", "HIT", 1);
            int version = origin.bump();
            say("origin", "has version " + version + " now");
            get(cachePort, "/a.css", "HIT", 1);
            task(client, proxy, "url", "/a.css", "VERIFIED");
            get(cachePort, "/a.css", "MISS", version);
            task(client, proxy, "preload", "/b.css", "PRELOADED");
            get(cachePort, "/b.css", "HIT", version);
            requireAlive(proxy);
            out.println();
            say("done", "the old copy is gone, and the cache has proven it");
            return true;
        } catch (CommandException failure) {
            say("FAILED", String.valueOf(failure.getMessage()));
            return false;
        } catch (IOException e) {
            say("FAILED", "no answer from the cache: " + e);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            say("FAILED", "interrupted");
            return false;
        }
    }

    private void awaitDevice(ApiClient client, ProxyChild proxy) throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            requireAlive(proxy);
            for (Map<String, @Nullable Object> device :
                    Json.rows(client.get("/v1/engine/devices").object().get("devices"))) {
                if (Boolean.TRUE.equals(device.get("connected"))) {
                    say("device", device.get("id") + " is " + device.get("state") + " after " + since(start));
                    return;
                }
            }
            pause(start, "the proxy has not reached the engine");
        }
    }

    /** A GET through the cache, repeated while the cache says the wrong one of HIT and MISS for a moment. */
    private void get(int cachePort, String path, String expected, int version)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        while (true) {
            long sent = System.nanoTime();
            HttpResponse<Void> response = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + cachePort + path))
                            .header("Host", HOST)
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    BodyHandlers.discarding());
            String word = word(response.headers().firstValue("X-Cache").orElse("none"));
            String found = response.headers().firstValue("X-Version").orElse("none");
            String text = "GET http://" + HOST + path + "  " + word + "  version " + found + "  " + since(sent);
            if (word.equals(expected) && found.equals(String.valueOf(version))) {
                say("client", text);
                return;
            }
            // a cache may store its first objects with a delay; an old copy or a missing purge never mends itself
            if (!"HIT".equals(expected) || !found.equals(String.valueOf(version))) {
                throw new CommandException(
                        ExitCode.FAILED, text + " (expected: " + expected + "  version " + version + ")");
            }
            pause(start, text + " (expected: " + expected + ")");
        }
    }

    /** HIT of {@code HIT}, {@code hit-fresh} and {@code HIT from localhost}. */
    private static String word(String cacheHeader) {
        return cacheHeader.toUpperCase(Locale.ROOT).split("[^A-Z]", 2)[0];
    }

    private void task(ApiClient client, ProxyChild proxy, String type, String path, String expected)
            throws InterruptedException {
        long start = System.nanoTime();
        Answer accepted = client.post(
                "/v1/engine/task",
                Map.of("type", type, "targets", List.of("http://" + HOST + path), "deadline", "50s"),
                UUID.randomUUID().toString());
        String id = String.valueOf(accepted.object().get("id"));
        String what = "preload".equals(type) ? "preload" : "refresh";
        say(what, "http://" + HOST + path + "  " + accepted.object().get("state") + "  " + id + "  " + since(start));
        while (client.get("/v1/engine/task/" + id + "/wait?timeout=500ms").status() == 202) {
            requireAlive(proxy);
            pause(start, what + " did not end");
        }
        Map<String, @Nullable Object> task = client.get("/v1/engine/task/" + id).object();
        List<Map<String, @Nullable Object>> devices = Json.rows(
                client.get("/v1/engine/task/" + id + "/devices").object().get("devices"));
        for (Map<String, @Nullable Object> device : devices) {
            say(
                    what,
                    device.get("outcome") + " on " + device.get("device") + "  " + task.get("state") + "  "
                            + since(start));
        }
        boolean isAsExpected = devices.size() == 1
                && expected.equals(devices.get(0).get("outcome"))
                && "DONE".equals(task.get("state"));
        if (!isAsExpected) {
            throw new CommandException(
                    ExitCode.FAILED, what + " ended as " + task.get("state") + " (expected: DONE, " + expected + ")");
        }
    }

    private static void requireAlive(ProxyChild proxy) {
        if (!proxy.isAlive()) {
            throw new CommandException(ExitCode.FAILED, "the proxy is gone: pid " + proxy.pid());
        }
    }

    private static void pause(long start, String otherwise) throws InterruptedException {
        if (System.nanoTime() - start > PATIENCE_NANOS) {
            throw new CommandException(ExitCode.FAILED, otherwise);
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }

    private static String since(long start) {
        return String.format(Locale.ROOT, "%.1f ms", (System.nanoTime() - start) / 1e6);
    }
}
