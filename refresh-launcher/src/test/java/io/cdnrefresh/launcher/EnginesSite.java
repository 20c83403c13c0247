// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

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
import java.util.List;
import org.awaitility.Awaitility;

/** MariaDB, Redis, three engines as processes, and proxies in this one. Owned by one thread. */
final class EnginesSite implements AutoCloseable {
    final MariaDbServer database;
    final RedisServer redis;
    final List<EngineNode> engines = new ArrayList<>();
    private final List<RefreshProxy> proxies = new ArrayList<>();

    /** Starts the servers and the engines; {@code keys} are further settings of each engine. */
    EnginesSite(Path folder, String... keys) throws IOException {
        database = MariaDbServer.start(folder.resolve("database"));
        redis = RedisServer.start(folder);
        for (int i = 0; i < 3; i++) {
            engines.add(new EngineNode(folder.resolve("engine-" + i), database.mariaDbUrl(), redis.url(), keys));
        }
        // the first makes the tables
        engines.get(0).start();
        engines.get(0).awaitReady();
        engines.subList(1, engines.size()).forEach(EngineNode::start);
        engines.forEach(EngineNode::awaitReady);
    }

    EngineNode engine(int number) {
        return engines.get(number);
    }

    /** A proxy that is told of one engine only: it learns of the others. Returns when every engine knows it. */
    void addProxy(String id, CacheServer cache) {
        RpcProxyTransport transport = RpcProxyTransport.builder()
                .engines(List.of(engine(0).rpcAddress()))
                .backoff(Duration.ofMillis(50), Duration.ofMillis(500))
                .build();
        RefreshProxy proxy = RefreshProxy.builder()
                .id(id)
                .transport(transport)
                .cache(ProxyCache.front("model", cache))
                .build();
        proxies.add(proxy);
        proxy.start();
        for (EngineNode engine : engines) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .ignoreExceptions()
                    .until(() -> engine.api()
                            .get("/v1/engine/devices")
                            .body()
                            .matches("(?s).*\"id\":\"" + id + "\"[^}]*\"connected\":true.*"));
        }
    }

    @Override
    public void close() {
        proxies.forEach(RefreshProxy::close);
        engines.forEach(EngineNode::close);
        redis.close();
        database.close();
    }
}
