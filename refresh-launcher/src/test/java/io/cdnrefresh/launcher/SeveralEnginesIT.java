// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three engines as processes with one MariaDB and one Redis: what one leaves, the others finish; any answers for any task. */
class SeveralEnginesIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    Path folder;

    private final HeldCache cache = new HeldCache();

    @Test
    void kill_ownerOfTasks_othersAnswerWaitCancelAndFinish() throws Exception {
        try (EnginesSite site = new EnginesSite(folder, "engine.lease=5s")) {
            site.addProxy("node-1", cache);
            EngineApi owner = site.engine(0).api();
            EngineApi second = site.engine(1).api();
            EngineApi third = site.engine(2).api();
            String task = submit(owner, "{\"targets\":[\"http://www.example.com/a\"],\"labels\":{\"release\":\"1\"}}");
            String doomed = submit(owner, "{\"targets\":[\"http://www.example.com/b\"]}");
            String after = submit(
                    second,
                    "{\"type\":\"preload\",\"targets\":[\"http://www.example.com/a\"],\"labels\":{\"release\":\"1\"},\"after\":\""
                            + task + "\"}");

            // while the owner lives, it is asked
            Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(() -> {
                String body = third.get("/v1/engine/task/" + task).body();
                return body.contains("\"state\":\"RUNNING\"") && !body.contains("asOf");
            });
            assertThat(third.get("/v1/engine/task/" + task + "/wait?timeout=10ms")
                            .statusCode())
                    .isEqualTo(202);
            CompletableFuture<HttpResponse<String>> waiting = wait(third, "task/" + task + "/wait?");
            CompletableFuture<HttpResponse<String>> waitingForAll = wait(third, "wait?label=release:1&");

            // any engine knows of all of them
            String all = third.awaitBody("/v1/engine/stats", 200, "\"answered\":true");
            assertThat(all).doesNotContain("\"answered\":false");
            Awaitility.await()
                    .atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> third.get("/v1/engine/devices")
                            .body()
                            .matches("(?s).*\"connected\":true.*\"behind\":[1-9].*"));

            site.engine(0).kill();
            third.awaitBody("/v1/engine/task/" + task, 200, "\"asOf\"");
            // it is cancelled once somebody has it
            awaitDelete(second, doomed);
            cache.letGo();
            HttpResponse<String> waited = waiting.get();
            assertThat(waited.statusCode() + " " + waited.body())
                    .startsWith("200")
                    .contains("\"reached\":true");
            assertThat(waitingForAll.get().statusCode() + " "
                            + waitingForAll.get().body())
                    .startsWith("200")
                    .contains("\"tasks\":2,\"tasksReached\":2");
            for (EngineApi living : new EngineApi[] {second, third}) {
                living.awaitBody("/v1/engine/task/" + task, 200, "\"state\":\"DONE\"");
                living.awaitBody("/v1/engine/task/" + after, 200, "\"state\":\"DONE\"");
                living.awaitBody("/v1/engine/task/" + doomed, 200, "\"state\":\"CANCELLED\"");
            }
            assertThat(cache.asked())
                    .as("the proxy repeats its answer to the new owner, not the purge")
                    .containsOnlyOnce("purge http://www.example.com/a");
            assertThat(cache.asked().indexOf("preload http://www.example.com/a"))
                    .isGreaterThan(cache.asked().indexOf("purge http://www.example.com/a"));

            // the dead one comes back and takes part
            site.engine(0).start();
            site.engine(0).awaitReady();
            owner.awaitBody("/v1/engine/task/" + task, 200, "\"state\":\"DONE\"");
            cache.hold();
            stop_engineWithTasks_handsThemOver(site);
            drain_engineWithTasks_handsThemOverAndLives(site);
            pause_longerThanTheLease_comesBackAsAnother(site);
        }
    }

    /** The lease plays no part: the leaving engine gives its tasks away by itself. */
    private void stop_engineWithTasks_handsThemOver(EnginesSite site) throws Exception {
        String task = submit(site.engine(1).api(), "{\"targets\":[\"http://www.example.com/c\"]}");
        LauncherProcess.Ended ended = site.engine(1).stop();
        assertThat(ended.exitCode()).isIn(0, 143);
        assertThat(ended.out() + ended.err()).containsPattern("handed over tasks=[1-9]");
        cache.letGo();
        site.engine(2).api().awaitBody("/v1/engine/task/" + task, 200, "\"state\":\"DONE\"");
        site.engine(1).start();
        site.engine(1).awaitReady();
        cache.hold();
    }

    private void drain_engineWithTasks_handsThemOverAndLives(EnginesSite site) throws Exception {
        EngineNode drained = site.engine(1);
        String task = submit(drained.api(), "{\"targets\":[\"http://www.example.com/c2\"]}");
        assertThat(drained.api().post("/v1/engine/drain", "").statusCode()).isEqualTo(202);
        drained.process().awaitErr("handed over tasks=[1-9]");
        cache.letGo();
        site.engine(2).api().awaitBody("/v1/engine/task/" + task, 200, "\"state\":\"DONE\"");
        drained.api().awaitBody("/readyz", 503, "DRAINING");
        assertThat(drained.stop().exitCode()).isIn(0, 143);
        drained.start();
        drained.awaitReady();
        cache.hold();
    }

    private void pause_longerThanTheLease_comesBackAsAnother(EnginesSite site) throws Exception {
        EngineNode paused = site.engine(2);
        String task = submit(paused.api(), "{\"targets\":[\"http://www.example.com/d\"]}");
        paused.signal("STOP");
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> (site.engine(0).process().text()
                                + site.engine(1).process().text())
                        .contains("engine taken over engine=" + ownerOf(task) + "/"));
        cache.letGo();
        site.engine(0).api().awaitBody("/v1/engine/task/" + task, 200, "\"state\":\"DONE\"");
        paused.signal("CONT");
        paused.process().awaitErr("this engine was replaced by the others");
        Awaitility.await().atMost(PATIENCE).until(() -> paused.process().text().split("ready engine=", -1).length >= 3);
        paused.awaitReady();
        paused.api().awaitBody("/v1/engine/task/" + task, 200, "\"state\":\"DONE\"");
        String again = submit(paused.api(), "{\"targets\":[\"http://www.example.com/e\"]}");
        site.engine(0).api().awaitBody("/v1/engine/task/" + again, 200, "\"state\":\"DONE\"");
    }

    /** The id names the engine that has accepted it. */
    private static long ownerOf(String task) {
        return Long.parseLong(task) >>> 12 & 1023;
    }

    /** A busy machine may have an engine replaced for a moment. */
    private static String submit(EngineApi api, String body) {
        String[] accepted = {""};
        Awaitility.await()
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .ignoreExceptionsMatching(IOException.class::isInstance)
                .until(() -> {
                    HttpResponse<String> answer = api.post("/v1/engine/task", body);
                    accepted[0] = answer.body();
                    assertThat(answer.statusCode()).as(answer.body()).isIn(202, 503);
                    return answer.statusCode() == 202;
                });
        return accepted[0].replaceAll(".*\"id\":\"(\\d+)\".*", "$1");
    }

    private static CompletableFuture<HttpResponse<String>> wait(EngineApi api, String wait) {
        return http.sendAsync(
                HttpRequest.newBuilder(URI.create(api.address() + "/v1/engine/" + wait + "timeout=55s"))
                        .build(),
                BodyHandlers.ofString());
    }

    private static void awaitDelete(EngineApi api, String task) {
        Awaitility.await()
                .atMost(PATIENCE)
                .ignoreExceptionsMatching(IOException.class::isInstance)
                .until(() -> {
                    int status = http.send(
                                    HttpRequest.newBuilder(URI.create(api.address() + "/v1/engine/task/" + task))
                                            .DELETE()
                                            .build(),
                                    BodyHandlers.ofString())
                            .statusCode();
                    assertThat(status).isIn(200, 202, 503);
                    return status != 503;
                });
    }
}
