// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.launcher.EnginesLoad.Accepted;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Three engines, ten proxies, steady load; one engine after the other is killed, or stopped in order, and brought back. Every
 * acknowledged task completes, no preload passes its refresh, and after {@code VERIFIED} no cache holds what was there before
 * the change at the origin.
 *
 * <p>One kill by default; 10 minutes of them with {@code -Drefresh.chaos=true}.
 */
class EnginesKilledIT {
    private static final Logger logger = LoggerFactory.getLogger(EnginesKilledIT.class);
    private static final int PROXIES = 10;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final long SECONDS =
            Long.getLong("refresh.kill.seconds", Boolean.getBoolean("refresh.chaos") ? 600 : 0);

    @TempDir
    Path folder;

    @Test
    void engines_killedOneAfterAnother_loseNothingAndKeepTheOrder() throws Exception {
        List<VersionedCache> caches = new ArrayList<>();
        try (EnginesSite site = new EnginesSite(folder, "engine.lease=3s")) {
            for (int i = 0; i < PROXIES; i++) {
                VersionedCache cache = new VersionedCache();
                caches.add(cache);
                site.addProxy("node-" + i, cache);
            }
            EnginesLoad load = new EnginesLoad(site.engines, caches, 3, TimeUnit.MILLISECONDS.toNanos(100));
            load.start();
            List<Long> millis = new ArrayList<>();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            int kills = 0;
            do {
                millis.add(TimeUnit.NANOSECONDS.toMillis(endOne(site, kills++, load)));
            } while (System.nanoTime() - end < 0);
            load.stop();
            long stopped = System.nanoTime();
            awaitDone(site, load);
            long lastMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - stopped);
            load.accepted().values().forEach(task -> checkCaches(caches, task));
            for (VersionedCache cache : caches) {
                assertThat(cache.violations()).isEmpty();
            }
            Collections.sort(millis);
            logger.warn(
                    "ended={} acknowledged={} refused={} lost=0 doneAfterMillis median={} max={} lastDoneMillis={}",
                    kills,
                    load.accepted().size(),
                    load.refused(),
                    millis.get(millis.size() / 2),
                    millis.get(millis.size() - 1),
                    lastMillis);
        }
    }

    /** How long the tasks that it had just acknowledged took from its end to theirs, in nanoseconds. */
    private static long endOne(EnginesSite site, int number, EnginesLoad load) throws Exception {
        EngineNode victim = site.engine(number % site.engines.size());
        EngineNode other = site.engine((number + 1) % site.engines.size());
        int before = load.accepted().size();
        Awaitility.await().atMost(PATIENCE).until(() -> load.accepted().size() > before + 20);
        List<String> last = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            victim.api()
                    .trySubmit("http://www.example.com/last/" + number + "/" + i)
                    .ifPresent(last::add);
        }
        long started = System.nanoTime();
        // every third one in order
        if (number % 3 == 2) {
            victim.stop();
        } else {
            victim.kill();
        }
        for (String id : last) {
            other.api().awaitBody("/v1/engine/task/" + id, 200, "\"state\":\"DONE\"");
        }
        long took = System.nanoTime() - started;
        victim.start();
        victim.awaitReady();
        return took;
    }

    private static void awaitDone(EnginesSite site, EnginesLoad load) {
        Set<Accepted> open = new HashSet<>(load.accepted().values());
        Awaitility.await()
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptionsMatching(IOException.class::isInstance)
                .until(() -> {
                    for (Accepted task : List.copyOf(open)) {
                        if (isDone(
                                site.engine(Math.floorMod(task.id().hashCode(), 3))
                                        .api(),
                                task)) {
                            open.remove(task);
                        }
                    }
                    return open.isEmpty();
                });
    }

    /** Asked of any engine. */
    private static boolean isDone(EngineApi api, Accepted task) throws IOException, InterruptedException {
        HttpResponse<String> answer = api.get("/v1/engine/task/" + task.id());
        assertThat(answer.statusCode()).as("%s %s", task, answer.body()).isIn(200, 503);
        String body = answer.body();
        assertThat(body).doesNotContainPattern("\"state\":\"(FAILED|PARTIAL|CANCELLED)\"");
        if (!body.contains("\"state\":\"DONE\"")) {
            return false;
        }
        assertThat(body).contains((task.isPreload() ? "\"PRELOADED\":" : "\"VERIFIED\":") + PROXIES);
        return true;
    }

    /** What was preloaded is there and new on every node; what was only refreshed is not old. */
    private static void checkCaches(List<VersionedCache> caches, Accepted task) {
        for (VersionedCache cache : caches) {
            Boolean isNew = cache.isNew(task.url());
            if (task.isPreload()) {
                assertThat(isNew).as("%s", task).isTrue();
            } else {
                assertThat(isNew).as("%s", task).isNotEqualTo(false);
            }
        }
    }
}
