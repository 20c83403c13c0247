// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every refusal and every answer that docs/api.md promises, over real HTTP from the real jar. */
class BadInputIT {
    private static final String TASK = "/v1/engine/task";
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init") // set before every test
    private static LauncherProcess standalone;

    @SuppressWarnings("NullAway.Init") // set before every test
    private static EngineApi api;

    @BeforeAll
    static void start() {
        int port = FreePorts.one();
        standalone = LauncherProcess.start(
                "standalone",
                "--set",
                "engine.http.port=" + port,
                "--set",
                "engine.rpc.port=" + FreePorts.one(),
                "--set",
                "proxy.http.port=" + FreePorts.one(),
                "--set",
                "standalone.cache-port=" + FreePorts.one(),
                "--set",
                "proxy.id=it-node",
                "--set",
                "engine.data=" + folder.resolve("data"));
        api = new EngineApi(port);
        api.awaitReady();
        api.awaitBody("/v1/engine/devices", 200, "\"connected\":true");
    }

    @AfterAll
    static void stop() {
        standalone.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "POST /v1/engine/task;{\"targets\":;400 malformed-json;body;byte 11: {\"targets\": (end);one JSON"
                        + " object (RFC 8259)",
                "POST /v1/engine/task;[];400 invalid-request;body;[…];an object",
                "POST /v1/engine/task;{\"targets\":\"http://a.test/\"};400 invalid-request;targets;http://a.test/;an"
                        + " array of targets",
                "POST /v1/engine/task;{\"targets\":[7]};400 invalid-request;targets;7;a string, or an object with host"
                        + " and pattern",
                "POST /v1/engine/task;{\"targets\":[\"http://a.test/\"],\"dryRun\":\"yes\"};400"
                        + " invalid-request;dryRun;yes;true or false",
                "POST /v1/engine/task;{\"targets\":[\"http://a.test/\"],\"colour\":\"red\"};400"
                        + " invalid-request;colour;red;type, tenant, targets, hosts,",
                "POST /v1/engine/task;{};400 invalid-request;targets;~~;1 to 1000 targets",
                "POST /v1/engine/task;{\"targets\":[]};400 invalid-request;targets;~~;1 to 1000 targets",
                "POST /v1/engine/task;{\"targets\":[\"nonsense\"]};400 invalid-request;targets;nonsense;a URL that"
                        + " starts with http://",
                "POST /v1/engine/task;{\"type\":\"file\",\"targets\":[\"http://a.test/\"]};400"
                        + " invalid-request;type;file;url | prefix",
                "PATCH /v1/engine/task;~~;405 method-not-allowed;method;PATCH;GET, HEAD, POST",
                "DELETE /healthz;~~;405 method-not-allowed;method;DELETE;GET, HEAD",
                "GET /v1/nowhere;~~;404 not-found;path;/v1/nowhere;a path of this API",
                "GET /v1/engine/task/999;~~;404 not-found;id;999;the id of a task that is kept",
                "GET /v1/engine/task/999/wait?timeout=0s;~~;404 not-found;id;999;the id of a task that is kept",
                "GET /v1/engine/task/999/devices;~~;404 not-found;id;999;the id of a task that is kept",
                "DELETE /v1/engine/task/999;~~;404 not-found;id;999;the id of a task that is kept",
                "GET /v1/engine/task/abc;~~;400 invalid-request;id;abc;1 to 19 digits",
                "DELETE /v1/engine/devices/nobody;~~;404 not-found;device;nobody;the id of a device that is registered",
                "DELETE /v1/engine/hosts/a.test;~~;404 not-found;host;a.test;a host that has a rule",
                "GET /v1/engine/task?limit=0;~~;400 invalid-request;limit;0;1 to 1000"
            })
    void request_bad_isRefusedNamingFieldValueAndAllowed(
            String request, String body, String refusal, String field, String value, String allowed) throws Exception {
        String[] line = request.split(" ", -1);

        assertRefused(send(line[0], line[1], body), refusal, field, value, allowed);
    }

    @Test
    void submit_tooManyTargets_isRefusedWithTheirNumber() throws Exception {
        String many = "{\"targets\":[" + "\"http://a.test/\",".repeat(1000) + "\"http://a.test/\"]}";

        assertRefused(send("POST", TASK, many), "400 invalid-request", "targets", "1001", "1 to 1000 targets");
    }

    @Test
    void submit_oversizedBody_is413() throws Exception {
        String large = "{\"targets\":[\"" + "x".repeat(2_000_000) + "\"]}";

        assertRefused(
                send("POST", TASK, large), "413 body-too-large", "body", "2000016 bytes", "at most 1048576 bytes");
    }

    @Test
    void task_takenIn_answersWaitDevicesListAndCancel() throws Exception {
        HttpResponse<String> accepted = send("POST", TASK, "{\"targets\":[\"http://a.test/x\"]}");
        assertThat(accepted.statusCode()).isEqualTo(202);
        String id = String.valueOf(object(accepted).get("id"));
        String path = TASK + "/" + id;
        assertThat(accepted.headers().firstValue("Location")).hasValue(path);

        HttpResponse<String> waited = api.get(path + "/wait?timeout=50s");
        assertThat(waited.statusCode()).as(waited.body()).isEqualTo(200);
        assertThat(object(waited)).containsEntry("id", id).containsEntry("reached", true);
        assertThat(object(api.get(path))).containsKeys("state", "devices", "counts", "trace", "stages", "task");
        assertThat(Json.rows(object(api.get(path + "/devices")).get("devices")))
                .singleElement()
                .satisfies(row -> assertThat(row).containsEntry("device", "it-node"));
        assertThat(Json.rows(object(api.get(TASK + "?limit=1000")).get("tasks")))
                .anySatisfy(row -> assertThat(row).containsEntry("id", id));
        api.awaitBody(path, 200, "\"state\":\"DONE\"");
        assertRefused(send("DELETE", path, ""), "409 already-final", "id", id, "the id of a task that has not ended");
    }

    @Test
    void devices_ofTheEngine_areListed() throws Exception {
        assertThat(Json.rows(object(api.get("/v1/engine/devices")).get("devices")))
                .singleElement()
                .satisfies(row -> assertThat(row)
                        .containsEntry("id", "it-node")
                        .containsEntry("connected", true)
                        .containsKeys("group", "tier", "state", "version", "since", "behind", "parked"));
    }

    @Test
    void stats_keys_areThoseOfTheContract() throws Exception {
        Map<String, Object> stats = object(api.get("/v1/engine/stats"));

        assertThat(stats)
                .containsKeys(
                        "alert_queue",
                        "input_task_queue",
                        "notify_queue",
                        "pushing_queue",
                        "reporting_queue",
                        "saver_queue",
                        "tasks_in_cache",
                        "timer_tasks",
                        "timestamp",
                        "qps_proxy",
                        "qps_boss");
        for (String meter : List.of("qps_proxy", "qps_boss")) {
            assertThat(stats.get(meter))
                    .isInstanceOfSatisfying(
                            Map.class,
                            rates -> assertThat(rates.keySet().toString()).isEqualTo("[1m, 5m, 15m, avg, count]"));
        }
    }

    @Test
    void health_ofARunningEngine_isGood() throws Exception {
        assertThat(api.get("/healthz").body()).isEqualTo("{\"status\":\"ok\",\"state\":\"SERVING\"}");
        assertThat(api.get("/readyz").body()).isEqualTo("{\"status\":\"ready\"}");
        assertThat(object(api.get("/version"))).containsOnlyKeys("version", "api");
    }

    private static void assertRefused(
            HttpResponse<String> answer, String refusal, String field, String value, String allowed) {
        String[] parts = refusal.split(" ", -1);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(Integer.parseInt(parts[0]));
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        Map<String, Object> problem = object(answer);
        assertThat(problem).containsEntry("type", "urn:cdnrefresh:problem:" + parts[1]);
        List<Map<String, Object>> errors = Json.rows(problem.get("errors"));
        assertThat(errors).hasSize(1);
        Map<String, Object> error = errors.get(0);
        assertThat(error.get("field")).isEqualTo(field);
        assertThat(error.get("value")).isEqualTo(value);
        assertThat(error.get("code")).isNotNull();
        assertThat(String.valueOf(error.get("allowed"))).startsWith(allowed);
    }

    private static Map<String, Object> object(HttpResponse<String> answer) {
        return Json.object(answer.body().getBytes(StandardCharsets.UTF_8));
    }

    private static HttpResponse<String> send(String method, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(api.address() + path)).timeout(Duration.ofSeconds(60));
        if (body.isEmpty()) {
            request.method(method, BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json").method(method, BodyPublishers.ofString(body));
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }
}
