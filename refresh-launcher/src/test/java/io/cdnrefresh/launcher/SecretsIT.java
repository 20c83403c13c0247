// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.testkit.FreePorts;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A running engine with a secret in every place that takes one: nothing that it puts out holds any of them. */
class SecretsIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String MARK = "plantedByTheTest";

    @TempDir
    Path folder;

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    /** What nobody may see, by where it is. */
    private final Map<String, String> secrets = new TreeMap<>();
    /** What the engine has put out, by where. */
    private final Map<String, String> outputs = new TreeMap<>();

    private final int apiPort = FreePorts.one();
    private final int adminPort = FreePorts.one();
    private @Nullable LauncherProcess process;

    @AfterEach
    void stop() {
        if (process != null) {
            process.close();
        }
    }

    /** Every key of the configuration that is a secret, those of tomorrow too: by the environment, one by the command line. */
    private Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        for (ConfigKey key : ConfigTable.KEYS) {
            if (key.type().secret() && !key.path().equals("alert.token")) {
                String secret = MARK + secrets.size() + "ofTheConfiguration";
                secrets.put(key.path(), key.path().equals("callback.secret") ? "whsec_" + base64(secret) : secret);
                environment.put(
                        "REFRESH_" + key.path().toUpperCase(Locale.ROOT).replaceAll("[.-]", "_"),
                        secrets.get(key.path()));
            }
        }
        secrets.put("alert.token", MARK + "OfTheCommandLine");
        assertThat(secrets).containsKeys("store.password", "auth.signing-secret", "engine.rpc.token", "admin.token");
        // one process, so that its proxy has to know the engine's
        secrets.remove("proxy.token");
        environment.put("REFRESH_PROXY_TOKEN", String.valueOf(secrets.get("engine.rpc.token")));
        return environment;
    }

    private static String base64(String text) {
        return java.util.Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private LauncherProcess standalone() {
        return LauncherProcess.startMain(
                Main.class,
                environment(),
                "standalone",
                "--set",
                "engine.http.port=" + apiPort,
                "--set",
                "admin.port=" + adminPort,
                "--set",
                "engine.rpc.port=" + FreePorts.one(),
                "--set",
                "proxy.http.port=" + FreePorts.one(),
                "--set",
                "standalone.cache-port=" + FreePorts.one(),
                "--set",
                "engine.data=" + folder.resolve("data"),
                "--set",
                "record.file=" + folder.resolve("record.jsonl"),
                "--set",
                "record.path=/",
                "--set",
                "alert.url=http://127.0.0.1:1/alerts?key=" + secret("alert receiver"),
                "--set",
                "alert.token=" + secrets.getOrDefault("alert.token", MARK + "OfTheCommandLine"),
                "--set",
                "log.level=debug");
    }

    private String secret(String where) {
        return secrets.computeIfAbsent(where, name -> MARK + "Of" + secrets.size() + "x");
    }

    private HttpResponse<String> call(
            int port, String bearer, String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(LIMIT)
                .method(method, BodyPublishers.ofString(body));
        if (!bearer.isEmpty()) {
            request.header("Authorization", "Bearer " + bearer);
        }
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return http.send(request.build(), BodyHandlers.ofString());
    }

    /** The same; what comes back is looked through. */
    private String seen(int port, String bearer, String method, String path, String body, String... headers)
            throws Exception {
        HttpResponse<String> answer = call(port, bearer, method, path, body, headers);
        outputs.merge(method + " " + path, answer.headers().map() + "\n" + answer.body(), String::concat);
        return answer.body();
    }

    /** A member of an answer that shows a secret this once. */
    private String member(HttpResponse<String> answer, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]+)\"").matcher(answer.body());
        assertThat(found.find()).as(answer.body()).isTrue();
        secrets.put(name + " of " + answer.uri().getPath() + " " + secrets.size(), found.group(1));
        return found.group(1);
    }

    @Test
    void outputs_ofARunningEngine_holdNoSecret() throws Exception {
        LauncherProcess running = standalone();
        process = running;
        await().atMost(LIMIT)
                .ignoreExceptions()
                .until(() -> call(apiPort, "", "GET", "/v1/engine/devices", "")
                        .body()
                        .contains("\"connected\":true"));
        HttpResponse<String> made = call(apiPort, "", "POST", "/v1/admin/keys", "{\"name\":\"ops\",\"admin\":true}");
        String admin = member(made, "key");
        String unused = member(made, "signingSecret");
        seen(apiPort, admin, "POST", "/v1/admin/tenants", "{\"name\":\"shop\",\"hosts\":[\"shop.test\"]}");
        String shop =
                member(call(apiPort, admin, "POST", "/v1/admin/keys", "{\"name\":\"ci\",\"tenant\":\"shop\"}"), "key");
        unused = member(call(apiPort, admin, "POST", "/v1/admin/webhook-secrets", "{}"), "secret");
        login(admin);
        refusals(shop);
        callback(admin);
        everyPage(admin);
        profile();
        running.terminate();
        outputs.put(
                "log", running.awaitEnd(LIMIT).out() + running.awaitEnd(LIMIT).err());
        outputs.put("record", Files.readString(folder.resolve("record.jsonl")));
        for (String command : List.of("check", "defaults")) {
            try (LauncherProcess config = LauncherProcess.startMain(Main.class, environment(), "config", command)) {
                LauncherProcess.Ended ended = config.awaitEnd(LIMIT);
                outputs.put("config " + command, ended.out() + ended.err());
            }
        }
        assertThat(outputs.get("log")).contains("callback");
        assertThat(outputs.get("record")).contains("/v1/engine/task");
        assertThat(found()).isEmpty();
    }

    /** Which secrets are where, with what is before them. */
    private List<String> found() {
        List<String> found = new ArrayList<>();
        outputs.forEach((where, text) -> secrets.forEach((name, secret) -> {
            // of rk_ID_SECRET the secret
            int at = text.indexOf(secret.startsWith("rk_") ? secret.substring(secret.indexOf('_', 3) + 1) : secret);
            if (at >= 0) {
                found.add(name + " in " + where + " behind " + text.substring(Math.max(0, at - 150), at));
            }
        }));
        outputs.forEach((where, text) -> {
            int at = text.indexOf(MARK);
            if (at >= 0) {
                found.add(where + ": " + text.substring(Math.max(0, at - 150), Math.min(text.length(), at + 60)));
            }
        });
        return found;
    }

    private void login(String key) throws Exception {
        HttpResponse<String> login = call(apiPort, "", "POST", "/v1/login", "{\"key\":\"" + key + "\"}");
        String cookie = login.headers().firstValue("set-cookie").orElseThrow().replaceFirst(";.*", "");
        secrets.put("session", cookie.substring(cookie.indexOf('=') + 1));
        String csrf = member(login, "csrf");
        call(apiPort, "", "GET", "/v1/engine/stats", "", "Cookie", cookie, "X-CSRF-Token", csrf);
        seen(apiPort, "", "POST", "/v1/engine/pause", "{}", "Cookie", cookie, "X-CSRF-Token", MARK);
    }

    /** What is refused is not repeated. */
    private void refusals(String shop) throws Exception {
        seen(apiPort, "rk_none_" + secret("wrong key"), "GET", "/v1/engine/stats", "");
        seen(apiPort, secret("no key at all"), "GET", "/v1/engine/stats", "");
        seen(apiPort, shop, "GET", "/v1/engine/stats", "");
        seen(apiPort, "", "POST", "/v1/login", "{\"key\":\"" + secret("login") + "\"}");
        seen(apiPort, "", "POST", "/v1/login", "{\"key\":[\"" + secret("login of another type") + "\"]}");
        seen(apiPort, "", "GET", "/v1/login", "", "Cookie", "refresh_session=" + secret("cookie"));
        seen(apiPort, "", "GET", "/v1/engine/stats", "", "Refresh-Peer", "1.a." + secret("forged peer"));
        seen(apiPort, secret("wrong proxy token"), "POST", "/v1/proxy/poll", "{\"device\":\"d1\",\"bootId\":\"b\"}");
        seen(adminPort, secret("wrong admin token"), "GET", "/debug/config", "");
    }

    private void callback(String admin) throws Exception {
        String url = "https://127.0.0.1:1/hook?token=" + secret("callback");
        String body = "{\"targets\":[\"http://a.test/x\"],\"callback\":\"" + url + "\"}";
        String id = member(call(apiPort, admin, "POST", "/v1/engine/task", body), "id");
        secrets.values().remove(id);
        await().atMost(LIMIT)
                .ignoreExceptions()
                .until(() -> call(apiPort, admin, "GET", "/v1/engine/task/" + id + "/callbacks", "")
                        .body()
                        .contains("attempt"));
        seen(apiPort, admin, "GET", "/v1/engine/task/" + id + "/callbacks", "");
        seen(apiPort, admin, "GET", "/v1/engine/task/" + id + "/devices", "");
    }

    /** Every page of the API whose path is fixed, and every page of the diagnostics. */
    private void everyPage(String admin) throws Exception {
        String document = call(apiPort, "", "GET", "/openapi.json", "").body();
        for (Object path : Json.object(document.getBytes(StandardCharsets.UTF_8)).entrySet().stream()
                .filter(entry -> entry.getKey().equals("paths"))
                .flatMap(entry -> ((Map<?, ?>) java.util.Objects.requireNonNull(entry.getValue())).keySet().stream())
                .toList()) {
            String text = String.valueOf(path);
            if (!text.contains("{") && !text.equals("/v1/engine/events") && !text.equals("/openapi.json")) {
                seen(apiPort, admin, "GET", text, "");
            }
        }
        seen(apiPort, admin, "GET", "/metrics", "");
        String token = String.valueOf(secrets.get("admin.token"));
        Matcher pages = Pattern.compile("GET\\s+(/debug/\\w+)").matcher(seen(adminPort, token, "GET", "/debug", ""));
        int count = 0;
        while (pages.find()) {
            count++;
            if (!pages.group(1).equals("/debug/profile")) {
                seen(adminPort, token, "GET", pages.group(1), "");
            }
        }
        assertThat(count).isGreaterThan(6);
        assertThat(outputs.keySet()).contains("GET /v1/engine/stats", "GET /v1/admin/keys", "GET /debug/config");
    }

    /** A flight recording knows environment and command line of the process. */
    private void profile() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + adminPort + "/debug/profile?seconds=1"))
                .header("Authorization", "Bearer " + secrets.get("admin.token"))
                .timeout(LIMIT)
                .build();
        Path file = folder.resolve("profile.jfr");
        assertThat(http.send(request, BodyHandlers.ofFile(file)).statusCode()).isEqualTo(200);
        StringBuilder events = new StringBuilder();
        try (RecordingFile recording = new RecordingFile(file)) {
            while (recording.hasMoreEvents()) {
                RecordedEvent event = recording.readEvent();
                if (!event.getEventType().getName().matches("jdk\\.(Object|Execution|NativeMethod).*")) {
                    events.append(event).append('\n');
                }
            }
        }
        assertThat(events).contains("jdk.CPUInformation");
        outputs.put("profile", events.toString());
        outputs.put("profile's bytes", Files.readString(file, StandardCharsets.ISO_8859_1));
    }
}
