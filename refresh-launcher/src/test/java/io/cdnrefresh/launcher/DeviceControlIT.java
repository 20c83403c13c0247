// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.netty.rpc.RpcProxyTransport;
import io.cdnrefresh.redis.testkit.RedisServer;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator takes nodes out and back in, and engines restart: who serves meanwhile. Engine and Redis are processes. */
class DeviceControlIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    private final int httpPort = FreePorts.one();
    private final int rpcPort = FreePorts.one();
    private final EngineApi api = new EngineApi(httpPort);
    private final VersionedCache cache = new VersionedCache();

    private LauncherProcess engine(RedisServer redis) {
        return engine(redis, Duration.ofSeconds(30));
    }

    private LauncherProcess engine(RedisServer redis, Duration offlineAfter) {
        String store = "jdbc:sqlite:" + folder.resolve("tasks.db");
        return AwayEngine.start(store, redis.url(), httpPort, rpcPort, offlineAfter);
    }

    private RefreshProxy proxy(String id) {
        return proxy(id, rpcPort, cache);
    }

    private static RefreshProxy proxy(String id, int enginePort, CacheServer cache) {
        RefreshProxy proxy = RefreshProxy.builder()
                .id(id)
                .transport(RpcProxyTransport.builder()
                        .engines(List.of("127.0.0.1:" + enginePort))
                        .backoff(Duration.ofMillis(50), Duration.ofMillis(500))
                        .build())
                .cache(ProxyCache.front("model", cache))
                .build();
        proxy.start();
        return proxy;
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(condition);
    }

    private void set(String id, String body) throws IOException, InterruptedException {
        HttpResponse<String> answer = api.put("/v1/engine/devices/" + id + "/state", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    @Test
    void state_setByAnOperator_outlivesEnginesAndEndsWhenItShould() throws Exception {
        try (RedisServer redis = RedisServer.start(folder);
                RefreshProxy serving = proxy("a");
                RefreshProxy held = proxy("b")) {
            try (LauncherProcess engine = engine(redis)) {
                await(() -> serving.isReady() && held.isReady());
                set("b", "{\"state\":\"maintenance\",\"reason\":\"disk\"}");
                await(() -> !held.isReady());
                assertThat(api.get("/v1/engine/devices").body()).contains("\"state\":\"maintenance\"", "\"disk\"");
                cache.putOld("http://www.example.com/a");
                await(() -> api.trySubmit("http://www.example.com/a").isPresent());
                engine.kill();
            }
            try (LauncherProcess engine = engine(redis)) {
                await(() -> {
                    assertThat(serving.isReady()).as("a green node").isTrue();
                    assertThat(held.isReady()).as("a held node").isFalse();
                    return api.get("/v1/engine/devices").body().split("\"caughtUp\":true", -1).length == 3;
                });
                assertThat(cache.isNew("http://www.example.com/a")).isNotEqualTo(false);
                set("b", "{\"state\":\"online\"}");
                await(held::isReady);

                Instant until = Instant.now().plusSeconds(4);
                set("b", "{\"state\":\"offline\",\"until\":\"" + until + "\"}");
                await(() -> !held.isReady());
                await(held::isReady);
                assertThat(Instant.now()).isAfter(until);
                await(() -> !api.get("/v1/engine/devices").body().contains("offline"));
                assertThat(serving.isReady()).isTrue();
                assertThat(engine.isAlive()).isTrue();
            }
        }
    }

    @Test
    void link_cutForLongerThanTheLimit_redUntilCaughtUp() throws Exception {
        HeldCache held = new HeldCache();
        held.letGo();
        try (RedisServer redis = RedisServer.start(folder);
                LauncherProcess engine = engine(redis, Duration.ofSeconds(2));
                CutLine line = new CutLine(rpcPort);
                RefreshProxy proxy = proxy("cut", line.port(), held)) {
            await(() -> proxy.isReady() && api.get("/v1/engine/devices").body().contains("\"state\":\"online\""));
            line.cut();
            await(() -> api.get("/v1/engine/devices").body().contains("\"state\":\"offline\""));
            assertThat(proxy.isReady()).as("cut off, it serves on").isTrue();
            held.hold();
            String[] task = {""};
            await(() -> {
                task[0] = api.trySubmit("http://www.example.com/a").orElse("");
                return !task[0].isEmpty();
            });

            line.heal();
            await(() -> !proxy.isReady());
            await(() -> !held.asked().isEmpty());
            assertThat(proxy.isReady()).as("red while it owes").isFalse();
            held.letGo();
            await(proxy::isReady);
            assertThat(held.asked()).contains("purge http://www.example.com/a");
            api.awaitBody("/v1/engine/task/" + task[0], 200, "\"state\":\"DONE\"");
            assertThat(engine.isAlive()).isTrue();
        }
    }
}
