// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.launcher.LauncherProcess.Ended;
import io.cdnrefresh.mysql.MariaDbServer;
import io.cdnrefresh.mysql.MySqlServer;
import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.testkit.PlainHttp;
import io.cdnrefresh.netty.testkit.RealCache;
import io.cdnrefresh.redis.testkit.RedisServer;
import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Engine and proxy as processes of their own, with a real database, a real Redis and a real cache. */
class TwoProcessesIT {
    private static final String HOST = "www.example.com";

    @TempDir
    private static Path shared;

    private static MariaDbServer database;
    private static RedisServer redis;
    private static int schemas;

    @TempDir
    Path folder;

    private final int httpPort = FreePorts.one();
    private final int rpcPort = FreePorts.one();
    private final EngineApi api = new EngineApi(httpPort);

    @BeforeAll
    static void startServers() throws IOException {
        database = MariaDbServer.start(shared.resolve("db"));
        redis = RedisServer.start(shared);
    }

    @AfterAll
    static void stopServers() {
        redis.close();
        database.close();
    }

    /** The engines of other tests were killed and still hold their ids. */
    @BeforeEach
    void forgetOtherEngines() throws IOException {
        assertThat(redis.command("FLUSHALL")).isEqualTo("+OK");
    }

    /** The URL with a database of its own instead of the shared one. */
    private static String fresh(String url) {
        return url.replace("/test?", "/test" + ++schemas + "?createDatabaseIfNotExist=true&");
    }

    private LauncherProcess engine(String storeUrl) throws IOException {
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
        int old = fillAndChange(cache, origin, path);
        Ended refresh = LauncherProcess.run("submit", "--engine", api.address(), "--wait", "http://" + HOST + path);
        assertThat(refresh.exitCode()).as(refresh.toString()).isZero();
        assertThat(PlainHttp.get(cache.port(), HOST, path).version())
                .isEqualTo(origin.version())
                .isGreaterThan(old);
    }

    /** Leaves the cache with a copy that is older than the origin's; the copy's version. */
    private static int fillAndChange(RealCache cache, DemoOrigin origin, String path) {
        int old = PlainHttp.get(cache.port(), HOST, path).version();
        origin.bump();
        assertThat(PlainHttp.get(cache.port(), HOST, path).version()).isEqualTo(old);
        return old;
    }

    private void refreshOver(String storeUrl, String driver) throws IOException {
        try (DemoOrigin origin = new DemoOrigin(0).start();
                RealCache cache = RealCache.of(driver, origin.port()).start();
                LauncherProcess engine = engine(storeUrl);
                LauncherProcess proxy = NodeProcess.start(folder, rpcPort, driver, cache)) {
            api.awaitReady();
            refresh(cache, origin, "/a.css");
            assertThat(engine.isAlive()).isTrue();
            assertThat(proxy.isAlive()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ats", "varnish", "nginx", "squid"})
    void refresh_mariaDbWithItsDriver_isVerified(String driver) throws Exception {
        refreshOver(fresh(database.mariaDbUrl()), driver);
    }

    @Test
    void refresh_mariaDbWithConnectorJ_isVerified() throws Exception {
        refreshOver(fresh(database.mySqlUrl()), "varnish");
    }

    @Test
    void refresh_mySql_isVerified() throws Exception {
        try (MySqlServer mySql = MySqlServer.start(folder.resolve("mysql"))) {
            refreshOver(mySql.mySqlUrl(), "varnish");
        }
    }

    @Test
    void deadDatabaseAndDeadProxy_atStartAndInFlight_recoverByThemselves() throws Exception {
        try (DemoOrigin origin = new DemoOrigin(0).start();
                RealCache cache = RealCache.of("varnish", origin.port()).start();
                MariaDbServer mortal = MariaDbServer.start(folder.resolve("db"))) {
            mortal.kill();
            try (LauncherProcess engine = engine(mortal.mariaDbUrl())) {
                // dead at the start: alive, not ready, says why
                api.awaitBody("/readyz", 503, "store");
                api.awaitBody("/healthz", 200, "");
                mortal.start();
                api.awaitReady();
                try (LauncherProcess first = NodeProcess.start(folder, rpcPort, "varnish", cache)) {
                    refresh(cache, origin, "/a.css");
                    first.kill();
                }
                taskOutlivesDatabase(mortal, cache, origin);
                assertThat(engine.isAlive()).isTrue();
            }
        }
    }

    /** Accepted while the proxy is away, then the database dies, and is done when both are back. */
    private void taskOutlivesDatabase(MariaDbServer mortal, RealCache cache, DemoOrigin origin) throws Exception {
        int old = fillAndChange(cache, origin, "/b.css");
        String id = api.trySubmit("http://" + HOST + "/b.css").orElseThrow();
        mortal.kill();
        assertRefuses();
        assertThat(PlainHttp.get(cache.port(), HOST, "/b.css").version()).isEqualTo(old);
        try (LauncherProcess second = NodeProcess.start(folder, rpcPort, "varnish", cache)) {
            mortal.start();
            String task = api.awaitBody("/v1/engine/task/" + id, 200, "\"state\":\"DONE\"");
            assertThat(task).contains("\"VERIFIED\":1");
            assertThat(PlainHttp.get(cache.port(), HOST, "/b.css").version()).isEqualTo(origin.version());
            api.awaitReady();
            refresh(cache, origin, "/a.css");
            assertThat(second.isAlive()).isTrue();
        }
    }

    /** Nothing is accepted that could be lost. */
    private void assertRefuses() throws Exception {
        Ended refused = LauncherProcess.run(
                "submit", "--engine", api.address(), "--retry-for", "1s", "http://" + HOST + "/c.css");
        assertThat(refused.exitCode()).as(refused.toString()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(refused.err()).contains("503").contains("The task store does not answer");
        HttpResponse<String> answer = api.post("/v1/engine/task", "{\"targets\":[\"http://" + HOST + "/c.css\"]}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After"))
                .hasValueSatisfying(after -> assertThat(after).matches("[1-9][0-9]*"));
    }
}
