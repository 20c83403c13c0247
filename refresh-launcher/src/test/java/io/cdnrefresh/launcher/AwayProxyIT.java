// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.netty.rpc.RpcProxyTransport;
import io.cdnrefresh.redis.testkit.RedisServer;
import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A proxy that is away while tasks go on coming and end without it, and Redis loses everything meanwhile: when it is back
 * no copy is old. Away for 6 s by default, 60 s with {@code -Drefresh.chaos=true} or as {@code -Drefresh.away.seconds=}
 * says.
 */
class AwayProxyIT {
    private static final Logger logger = LoggerFactory.getLogger(AwayProxyIT.class);
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int OBJECTS = 300;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(3);
    private static final Pattern PARKED = Pattern.compile("\"parked\":(-?\\d+)");
    private static final Pattern BEHIND = Pattern.compile("\"behind\":(\\d+)");

    @TempDir
    Path folder;

    private final VersionedCache cache = new VersionedCache();
    private final Set<String> urls = ConcurrentHashMap.newKeySet();
    private final AtomicInteger accepted = new AtomicInteger();
    private volatile boolean isOver;

    private RefreshProxy proxy(int rpcPort) {
        RefreshProxy proxy = RefreshProxy.builder()
                .id("away-1")
                .transport(RpcProxyTransport.builder()
                        .engines(List.of("127.0.0.1:" + rpcPort))
                        .backoff(Duration.ofMillis(50), Duration.ofMillis(500))
                        .build())
                .cache(ProxyCache.front("model", cache))
                .build();
        proxy.start();
        return proxy;
    }

    private long figure(EngineApi api, Pattern name) throws IOException, InterruptedException {
        HttpResponse<String> answer = api.get("/v1/engine/devices");
        Matcher found = name.matcher(answer.body());
        assertThat(found.find()).as(answer.body()).isTrue();
        return Long.parseLong(found.group(1));
    }

    /** One object after the other is changed at the origin, and refreshed with a deadline of two seconds. */
    private void load(EngineApi api) {
        try {
            for (int i = 0; !isOver; i++) {
                // every other one is refreshed once only: no later task makes up for a lost one
                String url = "http://www.example.com/away/" + (i % 2 == 0 ? "once" + i : "often" + i % OBJECTS);
                urls.add(url);
                cache.putOld(url);
                String body = "{\"targets\":[\"" + url + "\"],\"deadline\":\"2s\"}";
                boolean isAccepted = false;
                while (!isAccepted && !isOver) {
                    isAccepted = api.post("/v1/engine/task", body).statusCode() == 202;
                }
                accepted.addAndGet(isAccepted ? 1 : 0);
                if (!isAccepted) {
                    cache.forget(url);
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<String> oldCopies() {
        List<String> old = new ArrayList<>();
        for (String url : urls) {
            if (Boolean.FALSE.equals(cache.isNew(url))) {
                old.add(url);
            }
        }
        return old;
    }

    @Test
    void away_underLoadAndRedisWiped_catchesUpWithEverything() throws Exception {
        Duration away = Duration.ofSeconds(
                Integer.getInteger("refresh.away.seconds", Boolean.getBoolean("refresh.chaos") ? 60 : 6));
        int httpPort = FreePorts.one();
        int rpcPort = FreePorts.one();
        EngineApi api = new EngineApi(httpPort);
        try (RedisServer redis = RedisServer.start(folder);
                LauncherProcess engine = AwayEngine.start(
                        "jdbc:sqlite:" + folder.resolve("tasks.db"),
                        redis.url(),
                        httpPort,
                        rpcPort,
                        Duration.ofSeconds(2))) {
            api.awaitReady();
            RefreshProxy before = proxy(rpcPort);
            Awaitility.await().atMost(PATIENCE).until(before::isReady);
            Thread client = new Thread(() -> load(api), "client");
            client.start();
            Awaitility.await().atMost(PATIENCE).until(() -> accepted.get() > 100);

            before.close();
            Awaitility.await().pollDelay(away).atMost(away.plus(PATIENCE)).until(() -> figure(api, PARKED) > 0);
            assertThat(redis.command("FLUSHALL")).isEqualTo("+OK");
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> api.get("/v1/engine/devices").body().contains("\"state\":\"offline\""));
            // what is refreshed once only is not made old again by the load that goes on
            List<String> owing =
                    oldCopies().stream().filter(url -> url.contains("once")).toList();
            assertThat(owing).as("nobody has purged them").isNotEmpty();

            long backNanos = System.nanoTime();
            RefreshProxy after = proxy(rpcPort);
            try {
                Awaitility.await().atMost(PATIENCE).until(after::isReady);
                assertThat(owing)
                        .as("red until it has caught up")
                        .allMatch(url -> !Boolean.FALSE.equals(cache.isNew(url)));
                long readyMillis = (System.nanoTime() - backNanos) / 1_000_000;
                isOver = true;
                client.join();
                Awaitility.await()
                        .atMost(PATIENCE)
                        .until(() -> figure(api, PARKED) == 0
                                && figure(api, BEHIND) == 0
                                && oldCopies().isEmpty());
                logger.info(
                        "away={} accepted={} old={} ready after millis={} all done after millis={}",
                        away,
                        accepted,
                        owing.size(),
                        readyMillis,
                        (System.nanoTime() - backNanos) / 1_000_000);
                assertThat(cache.violations()).isEmpty();
                assertThat(engine.isAlive()).isTrue();
            } finally {
                after.close();
            }
        }
    }
}
