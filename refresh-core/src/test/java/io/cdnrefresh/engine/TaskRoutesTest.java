// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.CancelResult;
import io.cdnrefresh.engine.EngineOperations.Coverage;
import io.cdnrefresh.engine.EngineOperations.DeviceRow;
import io.cdnrefresh.engine.EngineOperations.DryRun;
import io.cdnrefresh.engine.EngineOperations.Page;
import io.cdnrefresh.engine.EngineOperations.PageRequest;
import io.cdnrefresh.engine.EngineOperations.TargetRow;
import io.cdnrefresh.engine.EngineOperations.TaskView;
import io.cdnrefresh.engine.EngineOperations.Verdict;
import io.cdnrefresh.engine.EngineOperations.WaitGoal;
import io.cdnrefresh.engine.EngineOperations.WaitQuery;
import io.cdnrefresh.engine.EngineOperations.WaitResult;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Scope;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.model.TaskProgress.Tally;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.TaskFilter;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every route about tasks but submission: what it asks of the engine, and how its answer looks on the wire. */
class TaskRoutesTest {
    private static final String TASK = "/v1/engine/task/42";
    private static final Instant TEN = Instant.parse("2026-11-22T10:00:00Z");
    private static final Tally TALLY = new Tally(3, 2, 2, 1, 0, 1, 1);
    private static final String TALLY_JSON =
            "\"total\":3,\"serving\":2,\"applied\":2,\"done\":1,\"failed\":0,\"owed\":1,\"unproven\":1";
    private static final String SUMMARY_JSON = "{\"id\":\"42\",\"state\":\"RUNNING\",\"type\":\"url\",\"targets\":1,"
            + "\"acceptedAt\":\"2026-11-22T10:00:00Z\",\"finalAt\":null,\"settledAt\":null,\"devices\":{" + TALLY_JSON
            + "},\"counts\":{\"PARKED\":1,\"STALE_AGAIN\":2}";

    private final RestBench bench = new RestBench();

    private static TaskProgress progress() {
        long[] counts = new long[Outcome.values().length];
        counts[Outcome.PARKED.code()] = 1;
        counts[Outcome.STALE_AGAIN.code()] = 2;
        return new TaskProgress(new TaskId(42), TaskState.RUNNING, 1, OutcomeCounts.of(counts), TALLY, TEN, null, null);
    }

    private static TaskView view(RefreshTask task) {
        Map<String, Instant> stages = new LinkedHashMap<>();
        stages.put("running", TEN.plusMillis(1));
        stages.put("accepted", TEN);
        return new TaskView(task, progress(), stages, null);
    }

    @Test
    void find_knownTask_showsAll() {
        TaskOptions options = TaskOptions.DEFAULTS.toBuilder()
                .scope(new Scope(List.of("g1"), List.of(), List.of(), List.of()))
                .labels(Map.of("b", "2", "a", "1"))
                .after(new TaskId(41))
                .build();
        bench.operations.give(
                view(RefreshTask.purge("https://a.b/\"x?y").withOptions(options).withTrace("00-t-s-01")));

        ApiResponse answer = bench.get(TASK);

        assertThat(bench.operations.asked).containsExactly("find", new TaskId(42));
        assertThat(RestBench.text(answer))
                .isEqualTo(
                        SUMMARY_JSON + ",\"trace\":\"00-t-s-01\",\"stages\":{\"running\":\"2026-11-22T10:00:00.001Z\","
                                + "\"accepted\":\"2026-11-22T10:00:00Z\"},\"durations\":{\"running\":1},\"task\":{\"type\":\"url\","
                                + "\"targets\":[\"https://a.b/\\\"x?y\"],\"mode\":\"hard\",\"scope\":{\"groups\":[\"g1\"],"
                                + "\"tiers\":[],\"devices\":[],\"exclude\":[]},\"verify\":\"all\",\"query\":\"exact\","
                                + "\"priority\":\"normal\",\"spread\":\"0s\",\"after\":\"41\",\"afterOn\":\"done\","
                                + "\"deadline\":\"10m\",\"labels\":{\"a\":\"1\",\"b\":\"2\"}}}");
    }

    @ParameterizedTest
    @EnumSource(TaskKind.class)
    void find_everyKind_showsWhatCanBeSubmittedAgain(TaskKind kind) {
        List<Target> targets = switch (kind) {
            case URL, PRELOAD -> List.of(Target.url("https://a.b/?x"));
            case PREFIX -> List.of(Target.prefix("a.b/c/"));
            case REGEX -> List.of(Target.regex("a.b", "^/x"));
            case TAG -> List.of(Target.tag("a.b", "t"), Target.tag("c.d", "t"));
            case HOST -> List.of(Target.host("*.a.b"));
            case ALL -> List.of();
        };
        RefreshTask task = RefreshTask.of(kind, targets).withTrace("");
        bench.operations.give(view(task));
        String shown = RestBench.text(bench.get(TASK));
        String body = shown.substring(shown.indexOf("\"task\":{") + 7, shown.length() - 1);

        bench.operations.give(new EngineOperations.SubmitResult.Accepted(new TaskId(1), 1, true, null));
        ApiResponse again = bench.submit(body);

        assertThat(again.status()).as(body + RestBench.text(again)).isEqualTo(202);
        assertThat(bench.operations.task().withTrace("")).isEqualTo(task);
    }

    @Test
    void find_readFromTheStore_saysAsOf() {
        bench.operations.give(new TaskView(RefreshTask.purge("https://a.b/"), progress(), Map.of(), TEN));

        assertThat(RestBench.text(bench.get(TASK))).endsWith(",\"asOf\":\"2026-11-22T10:00:00Z\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "GET;/v1/engine/task/42;;id;42;the id of a task that is kept",
                "GET;/v1/engine/task/42/wait;;id;42;the id of a task that is kept",
                "GET;/v1/engine/task/42/devices;;id;42;the id of a task that is kept",
                "GET;/v1/engine/task/42/devices/d1/targets;;device;d1;a device of a task that is kept",
                "DELETE;/v1/engine/task/42;;id;42;the id of a task that is kept",
                "PUT;/v1/engine/devices/d1/state;{\"state\":\"online\"};device;d1;the id of a device that is"
                        + " registered",
                "DELETE;/v1/engine/devices/d1;;device;d1;the id of a device that is registered",
                "DELETE;/v1/engine/hosts/a.b;;host;a.b;a host that has a rule",
                "POST;/v1/engine/resume;{};body;{};a rule that pauses something now"
            })
    void anything_unknown_is404NamingIt(
            String method, String path, @Nullable String body, String field, String value, String allowed) {
        bench.operations.answer = new Answer.Unknown<>();

        ApiResponse answer = bench.call(method, path, body == null ? "" : body);

        assertThat(answer.status()).isEqualTo(404);
        assertThat(RestBench.text(answer))
                .contains("urn:cdnrefresh:problem:not-found\"")
                .endsWith("\"errors\":[{\"field\":\"" + field + "\",\"value\":\"" + value
                        + "\",\"code\":\"unknown\",\"allowed\":\"" + allowed + "\"}]}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "0", "-1", "1.0", "99999999999999999999", "9223372036854775808", "%31x", "%zz"})
    void anything_badId_is400(String id) {
        ApiResponse answer = bench.get("/v1/engine/task/" + id);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(bench.operations.asked).isEmpty();
    }

    @Test
    void await_defaults_areThoseDocumented() {
        bench.operations.give(new WaitResult(Verdict.REACHED, progress(), TALLY));

        ApiResponse answer = bench.get(TASK + "/wait");

        assertThat(bench.operations.asked)
                .containsExactly(
                        "await",
                        new WaitQuery(new TaskId(42), new WaitGoal(false, 100, true, null), Duration.ofSeconds(30)));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(RestBench.text(answer))
                .isEqualTo("{\"id\":\"42\",\"state\":\"RUNNING\",\"reached\":true," + TALLY_JSON + "}");
    }

    @Test
    void await_everyParameter_isTakenOver() {
        bench.operations.give(new WaitResult(Verdict.NOT_YET, progress(), TALLY));

        ApiResponse answer = bench.get(TASK + "/wait?until=applied&quorum=99.5&of=all&group=g1&timeout=20ms");

        assertThat(bench.operations.asked)
                .containsExactly(
                        "await",
                        new WaitQuery(new TaskId(42), new WaitGoal(true, 99.5, false, "g1"), Duration.ofMillis(20)));
        assertThat(answer.status()).isEqualTo(202);
        assertThat(RestBench.text(answer)).contains("\"reached\":false," + TALLY_JSON);
    }

    @Test
    void await_impossible_is409WithTheCounts() {
        bench.operations.give(new WaitResult(Verdict.IMPOSSIBLE, progress(), TALLY));

        ApiResponse answer = bench.get(TASK + "/wait");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.contentType()).isEqualTo("application/problem+json");
        assertThat(RestBench.text(answer))
                .contains("problem:impossible\"")
                .contains("\"errors\":[{\"field\":\"quorum\",\"value\":\"100.0\",\"code\":\"conflict\",")
                .contains("\"reached\":false," + TALLY_JSON);
    }

    @ParameterizedTest
    @CsvSource({
        "/wait?quorum=0, quorum",
        "/wait?quorum=101, quorum",
        "/wait?quorum=1e2, quorum",
        "/wait?quorum=-5, quorum",
        "/wait?timeout=56s, timeout",
        "/wait?timeout=1, timeout",
        "/wait?until=done, until",
        "/wait?of=some, of",
        "/wait?group=a%20b, group",
        "/wait?group, group",
        "/devices?limit=0, limit",
        "/devices?limit=1001, limit",
        "/devices?limit=x, limit",
        "/devices?cursor=x, cursor",
        "/devices?cursor=czzzzzzzzzzzzz, cursor",
        "/devices?outcome=good, outcome",
        "/devices?colour=red, colour",
        "/devices?limit=1&limit=2, limit",
        "?x=1, x",
        "/devices?%zz=1, %zz=1",
        "/devices?limit=%ff, limit=%ff"
    })
    void query_badParameter_is400NamingIt(String rest, String field) {
        ApiResponse answer = bench.get(TASK + rest);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(RestBench.text(answer)).contains("\"errors\":[{\"field\":\"" + field + "\"");
        assertThat(bench.operations.asked).isEmpty();
    }

    @Test
    void devices_page_hasExceptionsAndCursor() {
        List<TargetResult> exceptions = List.of(new TargetResult(3, Outcome.FAILED, "connection refused"));
        bench.operations.give(
                new Page<>(List.of(new DeviceRow(RestBench.DEVICE, Outcome.VERIFIED, exceptions, true)), 36));

        ApiResponse answer = bench.get(TASK + "/devices?outcome=stale_again&limit=1&cursor=cz");

        assertThat(bench.operations.asked)
                .containsExactly("deviceResults", new TaskId(42), Outcome.STALE_AGAIN, new PageRequest(35, 1));
        assertThat(RestBench.text(answer))
                .isEqualTo(
                        "{\"devices\":[{\"device\":\"d1\",\"group\":\"g1\",\"tier\":\"parent\",\"state\":\"catching-up\","
                                + "\"outcome\":\"VERIFIED\",\"owed\":true,\"exceptions\":1,\"results\":[{\"index\":3,\"outcome\":\"FAILED\",\"reason\":\"connection"
                                + " refused\"}]}],\"next\":\"c10\"}");
    }

    @Test
    void devices_lastPage_hasNoNext() {
        bench.operations.give(new Page<DeviceRow>(List.of(), -1));

        assertThat(RestBench.text(bench.get(TASK + "/devices"))).isEqualTo("{\"devices\":[],\"next\":null}");
        assertThat(bench.operations.asked)
                .containsExactly("deviceResults", new TaskId(42), null, new PageRequest(0, 100));
    }

    @Test
    void targets_ofOneDevice_areListed() {
        bench.operations.give(List.of(
                new TargetRow(Target.url("https://a.b/"), new TargetResult(0, Outcome.VERIFIED, "")),
                new TargetRow(Target.tag("a.b", "t"), new TargetResult(1, Outcome.UNSUPPORTED, "no tags"))));

        ApiResponse answer = bench.get(TASK + "/devices/d%3A1/targets?outcome=VERIFIED");

        assertThat(bench.operations.asked).containsExactly("targetResults", new TaskId(42), "d:1", Outcome.VERIFIED);
        assertThat(RestBench.text(answer))
                .isEqualTo(
                        "{\"device\":\"d:1\",\"targets\":[{\"index\":0,\"outcome\":\"VERIFIED\",\"reason\":\"\",\"target\":\"https://a.b/\"},{\"index\":1,\"outcome\":\"UNSUPPORTED\",\"reason\":\"no"
                                + " tags\",\"target\":\"a.b t\"}]}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "CANCELLING;202;{\"id\":\"42\",\"cancelling\":true}",
                "ALREADY_CANCELLED;200;{\"id\":\"42\",\"state\":\"CANCELLED\"}",
                "ALREADY_FINAL;409;{\"type\":\"urn:cdnrefresh:problem:already-final\""
            })
    void cancel_eachResult_hasItsStatus(CancelResult result, int status, String body) {
        bench.operations.give(result);

        ApiResponse answer = bench.call("DELETE", TASK, "");

        assertThat(bench.operations.asked).containsExactly("cancel", new TaskId(42), "local");
        assertThat(answer.status()).isEqualTo(status);
        assertThat(RestBench.text(answer)).startsWith(body);
        if (status == 409) {
            assertThat(RestBench.text(answer))
                    .endsWith("\"errors\":[{\"field\":\"id\",\"value\":\"42\",\"code\":\"conflict\","
                            + "\"allowed\":\"the id of a task that has not ended\"}]}");
        }
    }

    @Test
    void list_everyParameter_isTakenOver() {
        bench.operations.give(new Page<>(List.of(view(RefreshTask.purge("https://a.b/", "https://a.b/2"))), 41));

        ApiResponse answer = bench.get("/v1/engine/task?state=RUNNING&type=url&host=A.b&label=release:4:2"
                + "&since=2026-11-22T10:00:00Z&limit=1&cursor=cz");

        assertThat(bench.operations.asked)
                .containsExactly(
                        "list",
                        new TaskFilter(null, TaskState.RUNNING, TaskKind.URL, "a.b", "release", "4:2", TEN),
                        new PageRequest(35, 1));
        assertThat(RestBench.text(answer))
                .isEqualTo("{\"tasks\":[" + SUMMARY_JSON
                        + ",\"first\":\"https://a.b/\",\"labels\":{}}],\"next\":\"c15\"}");
    }

    @ParameterizedTest
    @CsvSource({
        "state=RUN, state",
        "type=x, type",
        "host=a/b, host",
        "label=x, label",
        "since=now, since",
        "limit=, limit",
        "label=a%20b:c, label"
    })
    void list_badParameter_is400NamingIt(String query, String field) {
        ApiResponse answer = bench.get("/v1/engine/task?" + query);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(RestBench.text(answer)).contains("\"errors\":[{\"field\":\"" + field + "\"");
    }

    @Test
    void explain_coveredUrl_listsTasksAndDevices() {
        bench.operations.give(List.of(new Coverage(view(RefreshTask.purge("https://a.b/")), List.of("d1", "d2"))));
        bench.operations.plan(new DryRun(List.of(), List.of(List.of("http://a.b/?x=1+2", "https://a.b/?x=1+2"))));

        ApiResponse answer = bench.get(
                "/v1/engine/explain?url=https%3A%2F%2FA.b%2F%3Fx%3D1%2B2&since=2026-11-22T10%3A00%3A00Z&limit=5");

        assertThat(bench.operations.asked)
                .containsExactly("explain", Target.url("https://a.b/?x=1+2"), "2026-11-22T10:00:00Z", 5);
        assertThat(RestBench.text(answer))
                .isEqualTo("{\"url\":\"https://a.b/?x=1+2\",\"tasks\":[" + SUMMARY_JSON
                        + ",\"first\":\"https://a.b/\",\"labels\":{},\"appliedOn\":[\"d1\",\"d2\"]}],\"devices\":[],"
                        + "\"keys\":[{\"index\":0,\"keys\":[\"http://a.b/?x=1+2\",\"https://a.b/?x=1+2\"]}]}");
        assertThat(bench.get("/v1/engine/explain").status()).isEqualTo(400);
        assertThat(RestBench.text(bench.get("/v1/engine/explain?url=x"))).contains("\"code\":\"no-scheme\"");
    }
}
