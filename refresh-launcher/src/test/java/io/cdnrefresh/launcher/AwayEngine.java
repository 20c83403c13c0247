// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.netty.rpc.RpcEngineTransport;
import io.cdnrefresh.redis.RedisCoordinator;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;

/** An engine in a process of its own that lets go of finished tasks at once: what is owed is parked after a second. */
final class AwayEngine {
    private AwayEngine() {}

    /** Starts it as a child. */
    static LauncherProcess start(String storeUrl, String redisUrl, int httpPort, int rpcPort, Duration offlineAfter) {
        return LauncherProcess.startMain(
                AwayEngine.class, storeUrl, redisUrl, "" + httpPort, "" + rpcPort, offlineAfter.toString());
    }

    /** Store URL, Redis URL, HTTP port, RPC port, when a device is offline. */
    public static void main(String[] args) throws InterruptedException {
        JdbcStore store = JdbcStore.builder().url(args[0]).build();
        RefreshEngine engine = RefreshEngine.builder()
                .store(store)
                .coordinator(RedisCoordinator.builder(args[1]).build())
                .transport(RpcEngineTransport.builder()
                        .port(Integer.parseInt(args[3]))
                        .build())
                .options(EngineOptions.DEFAULTS.toBuilder()
                        .id(OptionalInt.of(1))
                        .owner("away-test")
                        .grace(Duration.ofSeconds(1))
                        .maxTasks(100_000)
                        .offlineAfter(Duration.parse(args[4]))
                        .build())
                .build();
        engine.start();
        HttpApiServer.builder(engine.api())
                .host("127.0.0.1")
                .port(Integer.parseInt(args[2]))
                .build()
                .start();
        new CountDownLatch(1).await();
    }
}
