// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.ApiResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Waiting for all tasks of a label, at the API of an engine with one device. */
class LabelWaitTest {
    private static final String WAIT = "/v1/engine/wait?label=release:42";

    private final AccessBench bench = new AccessBench(EngineOptions.DEFAULTS.toBuilder());

    @AfterEach
    void close() {
        bench.close();
    }

    private String submitted(String path) {
        ApiResponse answer = bench.submit(
                bench.shop, "{\"targets\":[\"https://shop.test/" + path + "\"],\"labels\":{\"release\":\"42\"}}");
        assertThat(answer.status()).as(RestBench.text(answer)).isEqualTo(202);
        return AccessBench.member(answer, "id");
    }

    private void report(String id, Outcome outcome) {
        bench.engine.report(TaskId.parse(id), 1, true, outcome);
        bench.engine.host.runPending();
    }

    private List<ApiResponse> waiting(String key) {
        List<ApiResponse> answers = new ArrayList<>();
        bench.engine
                .host
                .api()
                .onRequest(
                        new RestBench.Request("GET", WAIT, new byte[0], "Authorization", "Bearer " + key),
                        answers::add);
        bench.engine.host.runPending();
        return answers;
    }

    @Test
    void look_saysHowManyAreReached_andWhichAreOpen() {
        String first = submitted("a");
        String second = submitted("b");
        bench.submitted(bench.shop, "https://shop.test/without");
        assertThat(RestBench.text(bench.get(bench.shop, WAIT + "&timeout=0s")))
                .isEqualTo(
                        "{\"label\":\"release:42\",\"reached\":false,\"tasks\":2,\"tasksReached\":0,\"tasksOpen\":[\""
                                + second + "\",\"" + first
                                + "\"],\"tasksImpossible\":[],\"total\":2,\"serving\":2,\"applied\":0,"
                                + "\"done\":0,\"failed\":0,\"owed\":0,\"unproven\":0}");
        report(first, Outcome.VERIFIED);
        ApiResponse half = bench.get(bench.shop, WAIT + "&timeout=0s");
        assertThat(half.status()).isEqualTo(202);
        assertThat(RestBench.text(half))
                .contains("\"tasksReached\":1,\"tasksOpen\":[\"" + second + "\"]", "\"done\":1");
        report(second, Outcome.VERIFIED);
        ApiResponse all = bench.get(bench.shop, WAIT);
        assertThat(all.status()).isEqualTo(200);
        assertThat(RestBench.text(all)).contains("\"reached\":true,\"tasks\":2,\"tasksReached\":2,\"tasksOpen\":[]");
    }

    @Test
    void wait_isAnsweredOnceTheLastIsReached() {
        String first = submitted("a");
        String second = submitted("b");
        List<ApiResponse> answers = waiting(bench.shop);
        report(second, Outcome.VERIFIED);
        assertThat(answers).isEmpty();
        bench.engine.pass(Duration.ofMillis(1_100));
        bench.engine.host.runPending();
        assertThat(answers).isEmpty();
        report(first, Outcome.VERIFIED);
        assertThat(answers).hasSize(1);
        assertThat(answers.get(0).status()).isEqualTo(200);
    }

    @Test
    void wait_timeIsOver_is202() {
        submitted("a");
        List<ApiResponse> answers = waiting(bench.shop);
        for (int i = 0; i < 31 && answers.isEmpty(); i++) {
            bench.engine.pass(Duration.ofSeconds(1));
            bench.engine.host.runPending();
        }
        assertThat(answers).hasSize(1);
        assertThat(answers.get(0).status()).isEqualTo(202);
        assertThat(RestBench.text(answers.get(0))).contains("\"reached\":false,\"tasks\":1");
    }

    @Test
    void oneTaskCanNoLongerBeReached_is409_andNamesIt() {
        String reached = submitted("a");
        String cancelled = submitted("b");
        report(reached, Outcome.VERIFIED);
        List<ApiResponse> answers = waiting(bench.shop);
        assertThat(bench.call(bench.shop, "DELETE", "/v1/engine/task/" + cancelled, "")
                        .status())
                .isEqualTo(202);
        bench.engine.pass(Duration.ofMillis(1_100));
        bench.engine.host.runPending();
        assertThat(answers).hasSize(1);
        assertThat(answers.get(0).status()).isEqualTo(409);
        assertThat(RestBench.text(answers.get(0)))
                .contains("problem:impossible", "\"tasksImpossible\":[\"" + cancelled + "\"]", "\"tasksReached\":1");
    }

    @Test
    void label_isTheTenantsOwn_andAnAdminSeesAll() {
        submitted("a");
        ApiResponse others = bench.get(bench.rival, WAIT + "&timeout=0s");
        assertThat(others.status()).isEqualTo(404);
        assertThat(RestBench.text(others)).contains("\"field\":\"label\",\"value\":\"release:42\"");
        assertThat(bench.get(bench.admin, WAIT + "&timeout=0s").status()).isEqualTo(202);
        assertThat(bench.get(null, WAIT).status()).isEqualTo(401);
    }

    @Test
    void moreTasksThanOneLookTakes_areRefused() {
        for (int i = 0; i < LabelWait.MOST_TASKS; i++) {
            submitted("x" + i);
        }
        assertThat(bench.get(bench.shop, WAIT + "&timeout=0s").status()).isEqualTo(202);
        submitted("one-more");
        ApiResponse refused = bench.get(bench.shop, WAIT + "&timeout=0s");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(RestBench.text(refused))
                .contains(
                        "problem:too-many-tasks", "\"field\":\"label\",\"value\":\"release:42\",\"code\":\"too-many\"");
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/engine/wait, label, missing-field",
        "/v1/engine/wait?label=release, label, bad-value",
        "/v1/engine/wait?label=:42, label, bad-value",
        "/v1/engine/wait?label=a:b&quorum=0, quorum, bad-value",
        "/v1/engine/wait?label=a:b&timeout=56s, timeout, bad-value",
        "/v1/engine/wait?label=a:b&id=42, id, unknown-parameter",
    })
    void badInput_is400_andNamesTheField(String target, String field, String code) {
        ApiResponse answer = bench.get(bench.shop, target);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(RestBench.text(answer)).contains("\"field\":\"" + field + "\"", "\"code\":\"" + code + "\"");
    }
}
