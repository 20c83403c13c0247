// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.DeviceView;
import io.cdnrefresh.engine.EngineOperations.StateChange;
import io.cdnrefresh.limit.Allowance;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineState;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.stats.EngineStats;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Routes for operators, and what holds for every route. */
class OperatorRoutesTest {
    private static final Device DEVICE = RestBench.DEVICE;
    private static final String DEVICE_JSON =
            "\"id\":\"d1\",\"group\":\"g1\",\"tier\":\"parent\",\"state\":\"catching-up\","
                    + "\"version\":\"0.1\",\"since\":\"2026-11-22T10:00:00Z\"";

    private final RestBench bench = new RestBench();

    @Test
    void quota_limitsOfTheCaller_areShown() {
        RateLimit limit = new RateLimit(100, Duration.ofMinutes(1));
        bench.operations.give(List.of(new Allowance.State("tenant:", limit, 7, 1_500)));

        assertThat(RestBench.text(bench.get("/v1/engine/quota?host=a.test")))
                .isEqualTo("{\"limits\":[{\"of\":\"tenant:\",\"limit\":100,\"windowSeconds\":60,\"left\":7,"
                        + "\"resetSeconds\":2}]}");
        assertThat(bench.operations.asked).containsExactly("quota", "", "a.test");
    }

    @Test
    void registry_devices_areReadAndWritten() {
        bench.operations.give(List.of(new DeviceView(DEVICE, true, true, false, true, 5, 7, 9, 1_500, 1, 0)));
        assertThat(RestBench.text(bench.get("/v1/engine/devices")))
                .isEqualTo("{\"devices\":[{" + DEVICE_JSON
                        + ",\"connected\":true,\"ready\":true,\"caughtUp\":false,\"pace\":\"slow\",\"underWay\":5,"
                        + "\"behind\":7,\"parked\":9,\"lagMillis\":1500,\"cachesDown\":1,\"needsWipe\":0}]}");

        bench.operations.give(DEVICE);
        ApiResponse put = bench.call("PUT", "/v1/engine/devices/d1", "{\"tier\":\"parent\",\"group\":\"g1\"}");
        assertThat(bench.operations.asked).containsExactly("putDevice", "d1", "g1", "parent", "local");
        assertThat(RestBench.text(put)).isEqualTo("{" + DEVICE_JSON + "}");
        bench.call("PUT", "/v1/engine/devices/d1", "{}");
        assertThat(bench.operations.asked).containsExactly("putDevice", "d1", "default", "edge", "local");

        bench.call(
                "PUT",
                "/v1/engine/devices/d1/state",
                "{\"state\":\"maintenance\",\"reason\":\"disk\",\"until\":\"2026-11-22T11:00:00Z\"}");
        assertThat(bench.operations.asked)
                .containsExactly(
                        "setDeviceState",
                        "d1",
                        new StateChange(DeviceState.MAINTENANCE, "disk", Instant.parse("2026-11-22T11:00:00Z")),
                        "local");

        assertThat(bench.call("DELETE", "/v1/engine/devices/d1", "").status()).isEqualTo(200);
        assertThat(bench.operations.asked).containsExactly("removeDevice", "d1", "local");
    }

    @Test
    void registry_hosts_areReadAndWritten() {
        HostRule rule = new HostRule(
                "*.a.b", "t1", List.of("g1"), "{uri} {decoded|sorted}", List.of("Accept: x"), List.of("https"));
        String json =
                "{\"host\":\"*.a.b\",\"tenant\":\"t1\",\"groups\":[\"g1\"],\"keyTemplate\":\"{uri} {decoded|sorted}\","
                        + "\"variants\":[\"Accept: x\"],\"schemes\":[\"https\"]}";
        bench.operations.give(rule);

        ApiResponse put = bench.call("PUT", "/v1/engine/hosts/%2A.A.b", json.replace("\"host\":\"*.a.b\",", ""));

        assertThat(bench.operations.asked).containsExactly("putHost", rule, "local");
        assertThat(RestBench.text(put)).isEqualTo(json);
        bench.call("DELETE", "/v1/engine/hosts/*.a.b", "");
        assertThat(bench.operations.asked).containsExactly("removeHost", "*.a.b", "local");
        bench.operations.give(List.of(rule));
        assertThat(RestBench.text(bench.get("/v1/engine/hosts"))).isEqualTo("{\"hosts\":[" + json + "]}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "devices/d1;{\"group\":\"a b\"};group",
                "devices/d1;{\"tier\":\"middle\"};tier",
                "devices/d1;{\"x\":1};x",
                "devices/a%20b;{};device",
                "devices/d1;[];body",
                "devices/d1/state;{};state",
                "devices/d1/state;{\"state\":\"removed\"};state",
                "devices/d1/state;{\"state\":\"online\",\"until\":\"2020-01-01T00:00:00Z\"};until",
                "devices/d1/state;{\"state\":\"online\",\"reason\":7};reason",
                "hosts/a%2Fb;{};host",
                "hosts/a.b;{\"schemes\":[\"ftp\"]};schemes",
                "hosts/a.b;{\"variants\":[\"x\"]};variants",
                "hosts/a.b;{\"keyTemplate\":\"\\n\"};keyTemplate",
                "hosts/a.b;{\"keyTemplate\":\"{host}\"};keyTemplate",
                "hosts/a.b;{\"keyTemplate\":\"uri\"};keyTemplate",
                "hosts/a.b;{\"tenant\":\"\"};tenant"
            })
    void registry_badInput_is400NamingIt(String path, String body, String field) {
        ApiResponse answer = bench.call("PUT", "/v1/engine/" + path, body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(RestBench.text(answer)).contains("\"field\":\"" + field + "\"");
        assertThat(bench.operations.asked).isEmpty();
    }

    @Test
    void pause_rule_isTakenOverAndListed() {
        PauseRule rule = new PauseRule("t1", TaskKind.HOST, "g1", new TaskId(42));
        String json = "{\"tenant\":\"t1\",\"type\":\"host\",\"group\":\"g1\",\"id\":\"42\"}";
        bench.operations.give(List.of(rule, new PauseRule(null, null, null, null)));

        ApiResponse answer = bench.call("POST", "/v1/engine/pause", json);

        assertThat(bench.operations.asked).containsExactly("pause", rule, "local");
        assertThat(RestBench.text(answer)).isEqualTo("{\"paused\":[" + json + ",{}]}");
        bench.call("POST", "/v1/engine/resume", "{}");
        assertThat(bench.operations.asked).containsExactly("resume", new PauseRule(null, null, null, null), "local");
        assertThat(RestBench.text(bench.call("GET", "/v1/engine/pause", "")))
                .isEqualTo("{\"paused\":[" + json + ",{}]}");
        assertThat(bench.operations.asked).containsExactly("pauses");
        assertThat(bench.call("POST", "/v1/engine/pause", "{\"type\":\"x\"}").status())
                .isEqualTo(400);
    }

    @Test
    void stats_keys_areExactlyThoseDocumented() {
        EngineStats.GAUGES.forEach(name -> bench.operations.stats.gauge(name, () -> 3));
        EngineStats.METERS.forEach(name -> bench.operations.stats.meter(name).mark(2));

        ApiResponse answer = bench.get("/v1/engine/stats");

        assertThat(RestBench.text(answer))
                .isEqualTo("{\"alert_queue\":3,\"input_task_queue\":3,\"notify_queue\":3,\"pushing_queue\":3,"
                        + "\"reporting_queue\":3,\"saver_queue\":3,\"tasks_in_cache\":3,\"timer_tasks\":3,"
                        + "\"timestamp\":1795345200123,"
                        + "\"qps_proxy\":{\"1m\":0.0,\"5m\":0.0,\"15m\":0.0,\"avg\":0.0,\"count\":2},"
                        + "\"qps_boss\":{\"1m\":0.0,\"5m\":0.0,\"15m\":0.0,\"avg\":0.0,\"count\":2},"
                        + "\"fleet\":{\"leader\":false,\"engines\":[],\"groups\":[],\"tenants\":[],\"paused\":[],"
                        + "\"lagMillis\":{}}}");
    }

    @Test
    void health_followsTheLifecycle() {
        assertThat(RestBench.text(bench.get("/healthz"))).isEqualTo("{\"status\":\"ok\",\"state\":\"SERVING\"}");
        assertThat(RestBench.text(bench.get("/readyz"))).isEqualTo("{\"status\":\"ready\"}");
        assertThat(RestBench.text(bench.get("/version"))).isEqualTo("{\"version\":\"1.2.3\",\"api\":\"v1\"}");

        bench.operations.state = EngineState.DRAINING;
        bench.operations.unreadiness = List.of("draining");
        assertThat(bench.get("/healthz").status()).isEqualTo(200);
        ApiResponse notReady = bench.get("/readyz");
        assertThat(notReady.status()).isEqualTo(503);
        assertThat(RestBench.header(notReady, "Retry-After")).isEqualTo("1");
        assertThat(RestBench.text(notReady))
                .contains("\"errors\":[{\"field\":\"engine\",\"value\":\"draining\",\"code\":\"not-now\",")
                .endsWith("\"state\":\"DRAINING\",\"reasons\":[\"draining\"]}");

        bench.operations.state = EngineState.STOPPED;
        assertThat(bench.get("/healthz").status()).isEqualTo(503);
    }

    @Test
    void drain_isAnsweredAtOnce() {
        ApiResponse answer = bench.call("POST", "/v1/engine/drain", "");

        assertThat(answer.status()).isEqualTo(202);
        assertThat(RestBench.text(answer)).isEqualTo("{\"state\":\"DRAINING\"}");
        assertThat(bench.operations.asked).containsExactly("drain", "local");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "PATCH;/v1/engine/task;GET, HEAD, POST",
                "PUT;/v1/engine/task/42;DELETE, GET, HEAD",
                "POST;/v1/engine/devices;GET, HEAD",
                "GET;/v1/engine/devices/d1;DELETE, PUT",
                "GET;/v1/engine/drain;POST",
                "HEAD;/v1/engine/resume;POST",
                "PUT;/v1/engine/pause;GET, HEAD, POST",
                "DELETE;/healthz;GET, HEAD",
                "OPTIONS;/v1/engine/stats;GET, HEAD"
            })
    void anything_wrongMethod_is405WithAllow(String method, String path, String allow) {
        ApiResponse answer = bench.call(method, path, "");

        assertThat(answer.status()).isEqualTo(405);
        assertThat(RestBench.header(answer, "Allow")).isEqualTo(allow);
        assertThat(RestBench.text(answer))
                .contains("expected: " + allow)
                .endsWith("\"errors\":[{\"field\":\"method\",\"value\":\"" + method
                        + "\",\"code\":\"method-not-allowed\",\"allowed\":\"" + allow + "\"}]}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/nowhere",
                "",
                "*",
                "/v1/engine/task/",
                "/v1/engine//task",
                "/v1/engine/task/42/",
                "/v1/engine/task/42/x",
                "/v1/engine/task/{id}/x",
                "/V1/engine/task",
                "/v1/engine/task/42/devices//targets",
                "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t"
            })
    void anything_unknownPath_is404(String path) {
        ApiResponse answer = bench.get(path);

        assertThat(answer.status()).isEqualTo(404);
        assertThat(RestBench.text(answer))
                .contains("\"errors\":[{\"field\":\"path\",\"value\":\"" + path
                        + "\",\"code\":\"unknown\",\"allowed\":\"");
    }

    @Test
    void find_templateAsPath_is400() {
        assertThat(bench.get("/v1/engine/task/{id}").status()).isEqualTo(400);
    }

    @Test
    void head_getRoute_isAnsweredAsGet() {
        assertThat(RestBench.text(bench.call("HEAD", "/version", "")))
                .isEqualTo("{\"version\":\"1.2.3\",\"api\":\"v1\"}");
    }

    @Test
    void read_storeDown_is503() {
        bench.operations.answer = new Answer.Unavailable<>(EngineOperations.Cause.STORE_DOWN, 2);

        ApiResponse answer = bench.get("/v1/engine/task/42");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(RestBench.header(answer, "Retry-After")).isEqualTo("2");
    }
}
