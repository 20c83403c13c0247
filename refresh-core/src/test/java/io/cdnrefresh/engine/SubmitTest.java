// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.Cause;
import io.cdnrefresh.engine.EngineOperations.DryRun;
import io.cdnrefresh.engine.EngineOperations.SubmitResult;
import io.cdnrefresh.limit.Allowance;
import io.cdnrefresh.model.AfterRule;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.Priority;
import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Scope;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.Verify;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.IdempotencyKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What submissions mean, and how the engine's answers look. */
class SubmitTest {
    private static final TaskId ID = new TaskId(1234567890123456789L);

    private final RestBench bench = new RestBench();

    private RefreshTask accepted(String body, String... headers) {
        bench.operations.give(new SubmitResult.Accepted(ID, 1, true, null));
        ApiResponse answer = bench.submit(body, headers);
        assertThat(answer.status()).as(RestBench.text(answer)).isEqualTo(202);
        return bench.operations.task();
    }

    @Test
    void submit_oneUrl_answersExactlyAsDocumented() {
        RefreshTask task = accepted("{\"targets\":[\"https://www.example.com/a.css\"]}");

        assertThat(task.kind()).isEqualTo(TaskKind.URL);
        assertThat(task.targets()).containsExactly(Target.url("https://www.example.com/a.css"));
        assertThat(task.options()).isEqualTo(TaskOptions.DEFAULTS);
        assertThat(task.tenant()).isEmpty();
        assertThat(bench.operations.submission().caller().actor()).isEqualTo("local");
        assertThat(bench.operations.submission().idempotency()).isNull();
        ApiResponse answer = bench.submit("{\"targets\":[\"https://www.example.com/a.css\"]}");
        assertThat(answer.contentType()).isEqualTo("application/json");
        assertThat(RestBench.text(answer))
                .isEqualTo("{\"id\":\"1234567890123456789\",\"state\":\"ACCEPTED\",\"targets\":1}");
        assertThat(RestBench.header(answer, "Location")).isEqualTo("/v1/engine/task/1234567890123456789");
    }

    @Test
    void submit_limits_areInTheHeaders() {
        RateLimit limit = new RateLimit(100, Duration.ofMinutes(1));
        bench.operations.give(new SubmitResult.Accepted(ID, 1, true, new Allowance.State("tenant:", limit, 7, 1_500)));
        ApiResponse answer = bench.submit("{\"targets\":[\"https://www.example.com/a.css\"]}");
        assertThat(RestBench.header(answer, "RateLimit")).isEqualTo("\"tenant:\";r=7;t=2");
        assertThat(RestBench.header(answer, "RateLimit-Policy")).isEqualTo("\"tenant:\";q=100;w=60");

        bench.operations.give(new SubmitResult.Limited(new Allowance.State("host:ä\"b", limit, 0, 30_000)));
        ApiResponse refused = bench.submit("{\"targets\":[\"https://www.example.com/a.css\"]}");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(RestBench.header(refused, "Retry-After")).isEqualTo("30");
        assertThat(RestBench.header(refused, "RateLimit")).isEqualTo("\"host:__b\";r=0;t=30");
        assertThat(RestBench.text(refused))
                .contains("problem:limited\"", "\"code\":\"not-now\"", "100 in 60 s, 0 left for 30 s");
    }

    @Test
    void submit_everyOption_isTakenOver() {
        RefreshTask task = accepted("""
            {"dryRun":false,"partial":false,"type":"url","targets":["https://a.b/x?y","http://ä.b"],"mode":"soft",
             "scope":{"groups":["g1","g2"],"tiers":["edge"],"devices":["d:1"],"exclude":["d2"]},
             "verify":"sample","query":"ignore","priority":"urgent","spread":"90s","after":"42","afterOn":"final",
             "notBefore":"2026-11-22T12:00:00+01:00","deadline":"1h","callback":"https://c.d/hook",
             "labels":{"release":"42","a/b":"ü"}}\
            """);

        assertThat(task.targets()).containsExactly(Target.url("https://a.b/x?y"), Target.url("http://xn--4ca.b/"));
        assertThat(task.options())
                .isEqualTo(TaskOptions.DEFAULTS.toBuilder()
                        .mode(Mode.SOFT)
                        .scope(new Scope(List.of("g1", "g2"), List.of("edge"), List.of("d:1"), List.of("d2")))
                        .verify(Verify.SAMPLE)
                        .query(QueryRule.IGNORE)
                        .priority(Priority.URGENT)
                        .spread(Duration.ofSeconds(90))
                        .after(new TaskId(42))
                        .afterOn(AfterRule.FINAL)
                        .notBefore(Instant.parse("2026-11-22T11:00:00Z"))
                        .deadline(Duration.ofHours(1))
                        .callback("https://c.d/hook")
                        .labels(Map.of("release", "42", "a/b", "ü"))
                        .build());
    }

    @Test
    void submit_notBeforeHasPassed_startsAtOnce() {
        assertThat(accepted("{\"targets\":[\"https://a.b/\"],\"notBefore\":\"2020-01-01T00:00:00Z\"}")
                        .options()
                        .notBefore())
                .isNull();
    }

    static Stream<Arguments> kinds() {
        return Stream.of(
                Arguments.of(
                        "{`type`:`prefix`,`targets`:[`https://a.b/c/`,`a.b/d/`],`scope`:`all`}",
                        TaskKind.PREFIX,
                        List.of(Target.prefix("https://a.b/c/"), Target.prefix("a.b/d/")),
                        Mode.HARD),
                Arguments.of(
                        "{`type`:`regex`,`targets`:[{`pattern`:`^/x\\\\d+$`,`host`:`A.b`}]}",
                        TaskKind.REGEX,
                        List.of(Target.regex("a.b", "^/x\\d+$")),
                        Mode.HARD),
                Arguments.of(
                        "{`type`:`tag`,`hosts`:[`a.b`,`c.d`],`targets`:[`t1`,`t2`]}",
                        TaskKind.TAG,
                        List.of(
                                Target.tag("a.b", "t1"),
                                Target.tag("c.d", "t1"),
                                Target.tag("a.b", "t2"),
                                Target.tag("c.d", "t2")),
                        Mode.HARD),
                Arguments.of(
                        "{`type`:`host`,`targets`:[`*.Shop.com`,`**.x.y`,`z:8080`]}",
                        TaskKind.HOST,
                        List.of(Target.host("*.shop.com"), Target.host("**.x.y"), Target.host("z:8080")),
                        Mode.SOFT),
                Arguments.of(
                        "{`type`:`host`,`targets`:[`a.b`],`mode`:`hard`}",
                        TaskKind.HOST,
                        List.of(Target.host("a.b")),
                        Mode.HARD),
                Arguments.of("{`type`:`all`,`confirm`:`all`}", TaskKind.ALL, List.of(), Mode.SOFT),
                Arguments.of("{`type`:`all`,`confirm`:`all`,`mode`:`hard`}", TaskKind.ALL, List.of(), Mode.HARD),
                Arguments.of(
                        "{`targets`:[`https://a.b/`],`headers`:[`Accept: x/y`],`type`:`preload`}",
                        TaskKind.PRELOAD,
                        List.of(Target.url("https://a.b/")),
                        Mode.HARD));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void submit_eachKind_becomesItsTask(String body, TaskKind kind, List<Target> targets, Mode mode) {
        RefreshTask task = accepted(body.replace('`', '"'));

        assertThat(task.kind()).isEqualTo(kind);
        assertThat(task.targets()).isEqualTo(targets);
        assertThat(task.options().mode()).isEqualTo(mode);
    }

    @Test
    void submit_partial_acceptsTheSoundAndListsTheRest() {
        bench.operations.give(new SubmitResult.Accepted(ID, 1, false, null));

        ApiResponse answer = bench.submit("{\"targets\":[\"x\",\"https://a.b/\",3],\"partial\":true}");

        assertThat(bench.operations.task().targets()).containsExactly(Target.url("https://a.b/"));
        assertThat(RestBench.text(answer))
                .isEqualTo("{\"id\":\"1234567890123456789\",\"state\":\"ACCEPTED\",\"targets\":1,\"durable\":false,"
                        + "\"invalid\":[{\"index\":0,\"field\":\"targets\",\"value\":\"x\",\"code\":\"no-scheme\","
                        + "\"allowed\":\"a URL that starts with http:// or https://\"},"
                        + "{\"index\":2,\"field\":\"targets\",\"value\":\"3\",\"code\":\"wrong-type\","
                        + "\"allowed\":\"a string, or an object with host and pattern\"}]}");
        assertThat(bench.submit("{\"targets\":[\"x\"],\"partial\":true}").status())
                .isEqualTo(400);
        assertThat(bench.submit("{\"targets\":[\"https://a.b/\",\"x\"],\"partial\":true,\"mode\":\"x\"}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void submit_partialPatterns_dropsTheBadOnes() {
        bench.operations.give(new SubmitResult.Accepted(ID, 1, true, null));

        ApiResponse answer = bench.submit("{\"partial\":true,\"type\":\"regex\",\"targets\":["
                + "{\"host\":\"a.b\",\"pattern\":\"(\"},{\"host\":\"a.b\",\"pattern\":\"^/y\"}]}");

        assertThat(bench.operations.task().targets()).containsExactly(Target.regex("a.b", "^/y"));
        assertThat(RestBench.text(answer)).contains("\"invalid\":[{\"index\":0,\"field\":\"targets\",\"value\":\"(\"");
    }

    @Test
    void submit_patternWhileBackgroundIsFull_is503() {
        bench.background = task -> {
            throw new RejectedExecutionException();
        };

        ApiResponse answer = bench.submit("{\"type\":\"regex\",\"targets\":[{\"host\":\"a.b\",\"pattern\":\"^/y\"}]}");

        assertThat(answer.status()).isEqualTo(503);
        assertThat(RestBench.header(answer, "Retry-After")).isEqualTo("1");
    }

    @Test
    void submit_dryRun_showsDevicesAndKeys() {
        Device device =
                new Device(0, "d1", "g", "edge", DeviceState.ONLINE, "1.0", Instant.parse("2026-11-22T09:00:00Z"));
        bench.operations.give(new DryRun(List.of(device), List.of(List.of("http://a.b/", "https://a.b/"))));

        ApiResponse answer = bench.submit("{\"targets\":[\"https://a.b/\"],\"dryRun\":true}");

        assertThat(bench.operations.asked.get(0)).isEqualTo("dryRun");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(RestBench.text(answer))
                .isEqualTo(
                        "{\"dryRun\":true,\"targets\":1,\"devices\":[{\"id\":\"d1\",\"group\":\"g\",\"tier\":\"edge\","
                                + "\"state\":\"online\",\"version\":\"1.0\",\"since\":\"2026-11-22T09:00:00Z\"}],"
                                + "\"keys\":[{\"index\":0,\"keys\":[\"http://a.b/\",\"https://a.b/\"]}],\"invalid\":[]}");
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                Arguments.of(new SubmitResult.KeyReused(ID), 422, "idempotency-key-reused", "Idempotency-Key", "k-1"),
                Arguments.of(new SubmitResult.InProgress(), 409, "in-progress", "Idempotency-Key", "k-1"),
                Arguments.of(new SubmitResult.NoDevices(), 422, "no-devices", "scope", "{\\\"scope\\\":\\\"all\\\"}"),
                Arguments.of(new SubmitResult.UnknownAfter(new TaskId(7)), 422, "unknown-after", "after", "7"),
                Arguments.of(new SubmitResult.NotCapable("tags are not supported"), 422, "not-capable", "type", "url"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void submit_engineRefuses_hasItsStatusAndCode(
            SubmitResult result, int status, String code, String field, String value) {
        bench.operations.give(result);

        ApiResponse answer = bench.submit("{\"targets\":[\"https://a.b/\"]}", "Idempotency-Key", "k-1");

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.contentType()).isEqualTo("application/problem+json");
        assertThat(RestBench.text(answer))
                .startsWith("{\"type\":\"urn:cdnrefresh:problem:" + code + "\",\"title\":\"")
                .contains("\"status\":" + status)
                .contains("\"errors\":[{\"field\":\"" + field + "\",\"value\":\"" + value + "\",\"code\":\"");
    }

    static Stream<Arguments> causes() {
        return Stream.of(
                Arguments.of(Cause.OVERLOADED, 503, "overloaded", ""),
                Arguments.of(Cause.LIMITED, 429, "limited", ""),
                Arguments.of(Cause.STORE_DOWN, 503, "store-down", ""),
                Arguments.of(Cause.DRAINING, 503, "draining", "close"),
                Arguments.of(Cause.NOT_RUNNING, 503, "not-running", "close"));
    }

    @ParameterizedTest
    @MethodSource("causes")
    void submit_notNow_tellsWhenToTryAgain(Cause cause, int status, String code, String connection) {
        bench.operations.answer = new Answer.Unavailable<>(cause, 7);

        ApiResponse answer = bench.submit("{\"targets\":[\"https://a.b/\"]}");

        assertThat(answer.status()).isEqualTo(status);
        assertThat(RestBench.text(answer))
                .contains("urn:cdnrefresh:problem:" + code + "\"")
                .endsWith("\"errors\":[{\"field\":\"engine\",\"value\":\"" + code
                        + "\",\"code\":\"not-now\",\"allowed\":\"the same request after 7 s\"}]}");
        assertThat(RestBench.header(answer, "Retry-After")).isEqualTo("7");
        assertThat(RestBench.header(answer, "Connection")).isEqualTo(connection);
    }

    @Test
    void submit_replay_tellsSo() {
        bench.operations.give(new SubmitResult.Replayed(ID, Instant.parse("2026-11-22T09:59:00Z"), 3));

        ApiResponse answer = bench.submit("{\"targets\":[\"https://a.b/\"]}", "Idempotency-Key", "k-1");

        assertThat(answer.status()).isEqualTo(202);
        assertThat(RestBench.header(answer, "Idempotency-Replayed")).isEqualTo("true");
        assertThat(RestBench.text(answer))
                .isEqualTo("{\"id\":\"1234567890123456789\",\"state\":\"ACCEPTED\",\"targets\":3,"
                        + "\"acceptedAt\":\"2026-11-22T09:59:00Z\"}");
    }

    @Test
    void submit_idempotencyKey_carriesAHashOfTheBody() {
        accepted("{\"targets\":[\"https://a.b/\"]}", "Idempotency-Key", "k-1");
        IdempotencyKey first = bench.operations.submission().idempotency();
        accepted("{\"targets\":[\"https://a.b/\"]}", "idempotency-key", "k-1");
        IdempotencyKey same = bench.operations.submission().idempotency();
        accepted("{\"targets\":[\"https://a.b/2\"]}", "Idempotency-Key", "k-1");
        IdempotencyKey other = bench.operations.submission().idempotency();

        assertThat(first).isNotNull().isEqualTo(same).isNotEqualTo(other);
    }

    @Test
    void submit_traceparent_isTakenOverOrMade() {
        String sound = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        String body = "{\"targets\":[\"https://a.b/\"]}";

        assertThat(accepted(body, "traceparent", sound).trace()).isEqualTo(sound);
        String made = accepted(body).trace();
        assertThat(made)
                .matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01")
                .isNotEqualTo(accepted(body).trace());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x"
            })
    void submit_unsoundTraceparent_startsANewTrace(String header) {
        String trace = accepted("{\"targets\":[\"https://a.b/\"]}", "traceparent", header)
                .trace();

        assertThat(trace).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01").isNotEqualTo(header);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""})
    void submit_jsonMediaTypes_areAccepted(String type) {
        accepted("{\"targets\":[\"https://a.b/\"]}", "Content-Type", type);
    }

    @Test
    void submit_unexpectedFailure_is500WithoutDetails() {
        ApiResponse answer = bench.submit("{\"targets\":[\"https://a.b/\"]}");

        assertThat(answer.status()).isEqualTo(500);
        assertThat(RestBench.text(answer)).doesNotContain("secret");
        assertThat(bench.requests.rates().count()).isEqualTo(1);
    }

    @Test
    void submit_thousandTargets_keepsTheirOrder() {
        StringBuilder body = new StringBuilder("{\"targets\":[");
        for (int i = 0; i < 1_000; i++) {
            body.append(i == 0 ? "" : ",").append("\"https://a.b/").append(i).append('"');
        }

        RefreshTask task = accepted(body + "]}");

        assertThat(task.targets()).hasSize(1_000);
        assertThat(task.targets().get(999).path()).isEqualTo("/999");
    }
}
