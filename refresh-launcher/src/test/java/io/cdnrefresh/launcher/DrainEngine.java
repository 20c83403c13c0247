// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.FencedEvent;
import io.cdnrefresh.model.FlowLimits;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.netty.rpc.RpcEngineTransport;
import io.cdnrefresh.redis.RedisCoordinator;
import io.cdnrefresh.testkit.FreePorts;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * One of several engines, in a process of its own: it lets go of finished tasks at once, so that what is owed is parked
 * after a second, and has few commands under way at a device. Replaced by the others, it joins anew. Owned by one thread.
 */
final class DrainEngine implements AutoCloseable {
    private final String[] arguments;
    private final EngineApi api;
    private LauncherProcess process;

    DrainEngine(String storeUrl, String redisUrl, String owner) {
        int httpPort = FreePorts.one();
        arguments = new String[] {storeUrl, redisUrl, owner, "" + httpPort, "" + FreePorts.one()};
        api = new EngineApi(httpPort);
        process = LauncherProcess.startMain(DrainEngine.class, arguments);
    }

    EngineApi api() {
        return api;
    }

    String rpcAddress() {
        return "127.0.0.1:" + arguments[4];
    }

    /** All that this life of it has said. */
    String text() {
        return process.text();
    }

    /** SIGKILL. */
    void kill() {
        process.close();
        EngineNode.log(arguments[2], process.text());
    }

    void startAgain() {
        process = LauncherProcess.startMain(DrainEngine.class, arguments);
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            kill();
        }
    }

    /** Store URL, Redis URL, owner, HTTP port, RPC port. */
    public static void main(String[] args) throws InterruptedException {
        while (true) {
            live(args);
        }
    }

    /** From a claim to the loss of it. */
    private static void live(String[] args) throws InterruptedException {
        CountDownLatch fenced = new CountDownLatch(1);
        try (JdbcStore store = JdbcStore.builder().url(args[0]).build();
                RedisCoordinator coordinator = RedisCoordinator.builder(args[1]).build();
                RefreshEngine engine = RefreshEngine.builder()
                        .store(store)
                        .coordinator(coordinator)
                        .transport(RpcEngineTransport.builder()
                                .port(Integer.parseInt(args[4]))
                                .build())
                        .options(EngineOptions.DEFAULTS.toBuilder()
                                .owner(args[2])
                                .apiAddress("127.0.0.1:" + args[3])
                                .rpcAddress("127.0.0.1:" + args[4])
                                .lease(Duration.ofSeconds(5))
                                .grace(Duration.ofSeconds(1))
                                .offlineAfter(Duration.ofSeconds(2))
                                .flow(new FlowLimits(50, 50, 50, 16, Duration.ofSeconds(60), Duration.ofSeconds(1)))
                                .build())
                        .build();
                HttpApiServer http = HttpApiServer.builder(engine.api())
                        .host("127.0.0.1")
                        .port(Integer.parseInt(args[3]))
                        .build()) {
            engine.subscribe(FencedEvent.class, event -> fenced.countDown());
            engine.start();
            http.start();
            fenced.await();
        }
    }
}
