// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.launcher.LauncherProcess.Ended;
import io.cdnrefresh.mysql.MariaDbServer;
import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.testkit.PlainHttp;
import io.cdnrefresh.netty.testkit.RealCache;
import io.cdnrefresh.redis.testkit.RedisServer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Engine and proxy as processes of their own, with a real MariaDB, a real Redis and a real cache. */
class TwoProcessesIT {
    private static final String HOST = "www.example.com";

    @TempDir
    Path folder;

    private final int httpPort = LauncherProcess.freePort();
    private final int rpcPort = LauncherProcess.freePort();
    private final EngineApi api = new EngineApi(httpPort);

    private LauncherProcess engine(String storeUrl, RedisServer redis) throws Exception {
        Path config = folder.resolve("engine.toml");
        Files.writeString(config, """
                [engine.http]
                port = %d
                [engine.rpc]
                port = %d
                [store]
                url = "%s"
                [coordinator]
                url = "%s"
                """.formatted(httpPort, rpcPort, storeUrl, redis.url()));
        return LauncherProcess.start("engine", "--config", config.toString());
    }

    private void refresh(RealCache cache, DemoOrigin origin, String path) {
        int old = PlainHttp.get(cache.port(), HOST, path).version();
        origin.bump();
        assertThat(PlainHttp.get(cache.port(), HOST, path).version()).isEqualTo(old);
        Ended refresh = LauncherProcess.run("submit", "--engine", api.address(), "--wait", "http://" + HOST + path);
        assertThat(refresh.exitCode()).as(refresh.toString()).isZero();
        assertThat(PlainHttp.get(cache.port(), HOST, path).version()).isEqualTo(origin.version());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void refresh_mariaDbAndRedis_isVerified(boolean isMariaDbDriver) throws Exception {
        try (MariaDbServer database = MariaDbServer.start(folder.resolve("db"));
                RedisServer redis = RedisServer.start(folder.resolve("redis"));
                DemoOrigin origin = new DemoOrigin(0).start();
                RealCache cache = RealCache.of("varnish", origin.port()).start();
                LauncherProcess engine = engine(isMariaDbDriver ? database.mariaDbUrl() : database.mySqlUrl(), redis);
                LauncherProcess proxy = NodeProcess.start(folder, rpcPort, cache)) {
            api.awaitReady();
            refresh(cache, origin, "/a.css");
            assertThat(engine.isAlive()).isTrue();
            assertThat(proxy.isAlive()).isTrue();
        }
    }

    @Test
    void deadDatabaseAndDeadProxy_atStartAndInFlight_recoverByThemselves() throws Exception {
        try (MariaDbServer database = MariaDbServer.start(folder.resolve("db"));
                RedisServer redis = RedisServer.start(folder.resolve("redis"));
                DemoOrigin origin = new DemoOrigin(0).start();
                RealCache cache = RealCache.of("varnish", origin.port()).start()) {
            database.kill();
            try (LauncherProcess engine = engine(database.mariaDbUrl(), redis)) {
                // dead at the start: alive, not ready, says why
                api.awaitBody("/readyz", 503, "store");
                assertThat(api.awaitBody("/healthz", 200, "")).isNotNull();
                database.start();
                api.awaitReady();
                try (LauncherProcess first = NodeProcess.start(folder, rpcPort, cache)) {
                    refresh(cache, origin, "/a.css");

                    // dead in flight: nothing is accepted that could be lost, and it comes back by itself
                    database.kill();
                    Ended refused = LauncherProcess.run(
                            "submit", "--engine", api.address(), "--retry-for", "1s", "http://" + HOST + "/a.css");
                    assertThat(refused.exitCode()).as(refused.toString()).isNotZero();
                    database.start();
                    api.awaitReady();
                    refresh(cache, origin, "/a.css");
                    first.kill();
                }
                // a dead proxy: the task is accepted, waits, and is done when the node is back
                int old = PlainHttp.get(cache.port(), HOST, "/b.css").version();
                origin.bump();
                String id = api.trySubmit("http://" + HOST + "/b.css").orElseThrow();
                assertThat(PlainHttp.get(cache.port(), HOST, "/b.css").version())
                        .isEqualTo(old);
                try (LauncherProcess second = NodeProcess.start(folder, rpcPort, cache)) {
                    api.awaitBody("/v1/engine/task/" + id, 200, "\"state\":\"DONE\"");
                    assertThat(PlainHttp.get(cache.port(), HOST, "/b.css").version())
                            .isEqualTo(origin.version());
                    assertThat(second.isAlive()).isTrue();
                }
                assertThat(engine.isAlive()).isTrue();
            }
        }
    }
}
