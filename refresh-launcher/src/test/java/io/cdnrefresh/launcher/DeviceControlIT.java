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
        String store = "jdbc:sqlite:" + folder.resolve("tasks.db");
        return AwayEngine.start(store, redis.url(), httpPort, rpcPort, Duration.ofSeconds(30));
    }

    private RefreshProxy proxy(String id) {
        RefreshProxy proxy = RefreshProxy.builder()
                .id(id)
                .transport(RpcProxyTransport.builder()
                        .engines(List.of("127.0.0.1:" + rpcPort))
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
}
