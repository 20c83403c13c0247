// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A long submission is killed in the middle, twice, and gone on with: nothing is lost, nothing counts twice. */
class SubmitKilledIT {
    private static final int TARGETS = 60_000;
    private static final int BATCH = 100;

    @TempDir
    Path folder;

    @Test
    void submit_killedAndRepeated_everyTargetIsAcceptedOnce() throws IOException {
        Path urls = folder.resolve("urls");
        Path state = folder.resolve("state");
        Files.write(
                urls,
                IntStream.range(0, TARGETS).mapToObj(i -> "http://a.test/" + i).toList());
        try (PageSite site = new PageSite(1, 2)) {
            String[] command = {
                "submit",
                "--engine",
                site.url(),
                "--batch",
                "" + BATCH,
                "--file",
                urls.toString(),
                "--resume",
                state.toString()
            };
            for (int kills = 1; kills <= 2; kills++) {
                int wanted = 40 * kills;
                try (LauncherProcess process = LauncherProcess.startMain(Main.class, command)) {
                    await().atMost(Duration.ofMinutes(1))
                            .pollInterval(Duration.ofMillis(5))
                            .ignoreExceptions()
                            .until(() -> Files.readAllLines(state).size() >= wanted);
                    process.kill();
                    process.awaitEnd(Duration.ofMinutes(1));
                }
            }
            try (LauncherProcess process = LauncherProcess.startMain(Main.class, command)) {
                LauncherProcess.Ended ended = process.awaitEnd(Duration.ofMinutes(2));
                assertThat(ended.exitCode()).as(ended.err()).isZero();
                assertThat(ended.out()).contains("accepted " + TARGETS + " targets in " + TARGETS / BATCH + " tasks");
                assertThat(ended.err()).contains("going on after");
            }
            Map<String, Long> firsts = firstTargets(site);
            assertThat(firsts)
                    .hasSize(TARGETS / BATCH)
                    .allSatisfy((first, targets) -> assertThat(targets).isEqualTo(BATCH));
            for (int i = 0; i < TARGETS; i += BATCH) {
                assertThat(firsts).containsKey("http://a.test/" + i);
            }
        }
    }

    /** The first target of each task, and how many it has; every task of the engine. */
    private static Map<String, Long> firstTargets(PageSite site) {
        ApiClient client = new ApiClient(List.of(URI.create(site.url())), null, Duration.ofSeconds(10));
        Map<String, Long> firsts = new TreeMap<>();
        Object cursor = null;
        do {
            Map<String, ?> page = client.get(
                            "/v1/engine/task" + new Query().with("limit", 1000).with("cursor", cursor))
                    .object();
            for (Map<String, ?> task : Json.rows(page.get("tasks"))) {
                Long before = firsts.put(String.valueOf(task.get("first")), (Long) task.get("targets"));
                assertThat(before).as("twice: %s", task.get("first")).isNull();
            }
            cursor = page.get("next");
        } while (cursor != null);
        return firsts;
    }
}
