// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.mysql.MariaDbServer;
import io.cdnrefresh.netty.rpc.RpcProxyTransport;
import io.cdnrefresh.redis.testkit.RedisServer;
import io.cdnrefresh.spi.CacheServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Three engines as processes with one MariaDB and one Redis. Work is parked for a device that is away; it comes back, and
 * the engine that brings the work to it is killed in the middle of that: another one goes on, nothing parked is lost, and
 * what is new never passes it. Only with {@code -Drefresh.chaos=true}, twenty rounds, or as many as
 * {@code -Drefresh.drain.rounds=} says.
 */
class DrainKilledIT {
    private static final Logger logger = LoggerFactory.getLogger(DrainKilledIT.class);
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    /** More than a drain has under way at once: some are in the queue yet when the engine dies. */
    private static final int TASKS = 2_300;

    private static final int CLIENTS = 8;
    /** So many the cache purges until the engine is dead. */
    private static final int PURGED_BEFORE_KILL = 300;

    private static final long CACHE_NANOS = 1_000_000;
    private static final Pattern PARKED = Pattern.compile("\"parked\":(-?\\d+)");
    private static final Pattern ID = Pattern.compile("\"id\":\"(\\d+)\"");

    @TempDir
    Path folder;

    private final VersionedCache cache = new VersionedCache();
    private final List<DrainEngine> engines = new ArrayList<>();

    private RefreshProxy proxy(CacheServer server) {
        RefreshProxy proxy = RefreshProxy.builder()
                .id("away-1")
                .transport(RpcProxyTransport.builder()
                        .engines(engines.stream().map(DrainEngine::rpcAddress).toList())
                        .backoff(Duration.ofMillis(50), Duration.ofMillis(500))
                        .build())
                .cache(ProxyCache.front("model", server))
                .build();
        proxy.start();
        return proxy;
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptions()
                .until(condition);
    }

    private static long parked(EngineApi api) throws IOException, InterruptedException {
        String body = api.get("/v1/engine/devices").body();
        Matcher found = PARKED.matcher(body);
        assertThat(found.find()).as(body).isTrue();
        return Long.parseLong(found.group(1));
    }

    /** The id of a task that was accepted; a busy machine may have an engine replaced for a moment. */
    private static String submit(EngineApi api, String body) {
        String[] id = {""};
        await(() -> {
            var answer = api.post("/v1/engine/task", body);
            Matcher found = ID.matcher(answer.body());
            boolean isAccepted = answer.statusCode() == 202 && found.find();
            id[0] = isAccepted ? found.group(1) : "";
            return isAccepted;
        });
        return id[0];
    }

    private static boolean isDone(EngineApi api, String task) throws IOException, InterruptedException {
        String body = api.get("/v1/engine/task/" + task).body();
        return body.contains("\"owed\":0") && body.matches("(?s).*\"state\":\"(DONE|PARTIAL|FAILED)\".*");
    }

    @Test
    void kill_engineThatDrains_anotherBringsWhatIsParked() throws Exception {
        int rounds = Integer.getInteger("refresh.drain.rounds", Boolean.getBoolean("refresh.chaos") ? 20 : 0);
        assumeTrue(rounds > 0, "minutes long: -Drefresh.drain.rounds=");
        try (MariaDbServer database = MariaDbServer.start(folder.resolve("database"));
                RedisServer redis = RedisServer.start(folder)) {
            for (int i = 0; i < 3; i++) {
                engines.add(new DrainEngine(database.mariaDbUrl(), redis.url(), "drain-" + i));
                if (i == 0) {
                    engines.get(0).api().awaitReady(); // it makes the tables
                }
            }
            engines.forEach(engine -> engine.api().awaitReady());
            try (RefreshProxy first = proxy(cache)) {
                await(first::isReady);
            }
            for (int round = 0; round < rounds; round++) {
                round(round);
            }
        } finally {
            engines.forEach(DrainEngine::close);
        }
    }

    /** By id, which URL; all of them with a deadline that ends before the device is back. */
    private Map<String, String> submitAll(EngineApi api, int round) throws InterruptedException {
        Map<String, String> accepted = new ConcurrentHashMap<>();
        List<Thread> clients = new ArrayList<>();
        for (int c = 0; c < CLIENTS; c++) {
            int first = c;
            Thread client = new Thread(
                    () -> {
                        for (int i = first; i < TASKS; i += CLIENTS) {
                            String url = "http://www.example.com/" + round + "/" + i;
                            cache.putOld(url);
                            String task = "{\"targets\":[\"" + url + "\"],\"deadline\":\"1s\"}";
                            accepted.put(submit(api, task), url);
                        }
                    },
                    "client-" + c);
            client.start();
            clients.add(client);
        }
        for (Thread client : clients) {
            client.join();
        }
        assertThat(accepted).hasSize(TASKS);
        return accepted;
    }

    private void round(int round) throws Exception {
        DrainEngine victim = engines.get(round % engines.size());
        EngineApi living = engines.get((round + 1) % engines.size()).api();
        await(() -> !living.get("/v1/engine/devices").body().contains("\"connected\":true"));
        // whatever an earlier life has left is another one's now
        await(() -> parked(victim.api()) == 0);
        Map<String, String> parked = submitAll(victim.api(), round);
        await(() -> parked(victim.api()) >= TASKS);

        SlowCache slow = new SlowCache(cache, CACHE_NANOS, PURGED_BEFORE_KILL);
        try (RefreshProxy proxy = proxy(slow)) {
            await(() -> slow.purged() == PURGED_BEFORE_KILL);
            // new work of the engine that drains, for what it has not brought yet, and of another one
            Map<String, String> preloads = new HashMap<>();
            for (int i = TASKS - 5; i < TASKS; i++) {
                String url = "http://www.example.com/" + round + "/" + i;
                preloads.put(submit(victim.api(), "{\"type\":\"preload\",\"targets\":[\"" + url + "\"]}"), url);
            }
            String fresh = "http://www.example.com/" + round + "/fresh";
            cache.putOld(fresh);
            String freshTask = submit(living, "{\"targets\":[\"" + fresh + "\"]}");
            victim.kill();
            assertThat(slow.purged()).as("the drain is under way").isEqualTo(PURGED_BEFORE_KILL);
            slow.goOn();
            long killedNanos = System.nanoTime();

            for (Map.Entry<String, String> task : parked.entrySet()) {
                await(() -> isDone(living, task.getKey()));
                assertThat(cache.isNew(task.getValue()))
                        .as("no old copy of %s", task)
                        .isNotEqualTo(false);
            }
            long doneMillis = (System.nanoTime() - killedNanos) / 1_000_000;
            await(() -> isDone(living, freshTask));
            for (Map.Entry<String, String> preload : preloads.entrySet()) {
                living.awaitBody("/v1/engine/task/" + preload.getKey(), 200, "\"state\":\"DONE\"");
                assertThat(cache.isNew(preload.getValue())).as("%s", preload).isEqualTo(true);
            }
            assertThat(cache.violations())
                    .as("nothing new passes what was parked")
                    .isEmpty();
            await(() -> parked(living) == 0);
            await(proxy::isReady);
            logger.warn(
                    "round={} parked={} purged at the kill={} purged in all={} all done after millis={}",
                    round,
                    TASKS,
                    PURGED_BEFORE_KILL,
                    slow.purged(),
                    doneMillis);
        }
        victim.startAgain();
        victim.api().awaitReady();
    }
}
