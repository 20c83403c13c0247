// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.testkit.PlainHttp;
import io.cdnrefresh.netty.testkit.RealCache;
import io.cdnrefresh.testkit.FreePorts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node whose cache server is dead: what is asked for stays wanted and is done and proven once the cache is back. */
class DeadCacheIT {
    private static final String HOST = "www.example.com";

    @TempDir
    Path folder;

    private final EngineApi api = new EngineApi(FreePorts.one());
    private final EngineApi node = new EngineApi(FreePorts.one());

    private LauncherProcess standalone(RealCache cache, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "standalone",
                "--cache",
                "varnish=http://127.0.0.1:" + cache.port(),
                "--set",
                "engine.http.port=" + api.port(),
                "--set",
                "engine.rpc.port=" + FreePorts.one(),
                "--set",
                "proxy.http.port=" + node.port(),
                "--set",
                "engine.data=" + folder));
        arguments.addAll(List.of(more));
        LauncherProcess standalone = LauncherProcess.start(arguments.toArray(String[]::new));
        api.awaitReady();
        standalone.awaitErr("device connected");
        return standalone;
    }

    @Test
    void cacheDeadAtTheStart_taskIsDoneOnceItIsThere() throws Exception {
        try (DemoOrigin origin = new DemoOrigin(0).start();
                RealCache cache = RealCache.of("varnish", origin.port());
                LauncherProcess standalone = standalone(cache)) {
            origin.bump();
            assertWaitsAndIsDone(cache, origin, "/a.css");
            assertThat(standalone.isAlive()).isTrue();
        }
    }

    @Test
    void cacheKilledInFlight_taskIsDoneOnceItIsBack() throws Exception {
        try (DemoOrigin origin = new DemoOrigin(0).start();
                RealCache cache = RealCache.of("varnish", origin.port()).start();
                LauncherProcess standalone = standalone(cache)) {
            int old = PlainHttp.get(cache.port(), HOST, "/a.css").version();
            origin.bump();
            assertThat(PlainHttp.get(cache.port(), HOST, "/a.css").version()).isEqualTo(old);
            cache.kill();
            assertWaitsAndIsDone(cache, origin, "/a.css");
            assertThat(standalone.isAlive()).isTrue();
        }
    }

    /** Nobody asks for anything: the proxy looks by itself, and its engine says so. */
    @Test
    void cacheKilledWhileIdle_nodeAndEngineSaySoUntilItIsBack() throws Exception {
        try (DemoOrigin origin = new DemoOrigin(0).start();
                RealCache cache = RealCache.of("varnish", origin.port()).start();
                LauncherProcess standalone = standalone(cache, "--set", "proxy.cache-check=1s")) {
            node.awaitBody("/stats", 200, "\"down\":[]");
            cache.kill();
            node.awaitBody("/stats", 200, "\"down\":[\"varnish\"]");
            assertThat(node.awaitBody("/metrics", 200, "refresh_proxy_caches_down 1"))
                    .contains("refresh_proxy_caches_down");
            api.awaitBody("/v1/engine/devices", 200, "\"cachesDown\":1");
            standalone.awaitErr("cache-down");
            cache.start();
            node.awaitBody("/stats", 200, "\"down\":[]");
            api.awaitBody("/v1/engine/devices", 200, "\"cachesDown\":0");
        }
    }

    /** Submits while the cache is dead, then starts it. */
    private void assertWaitsAndIsDone(RealCache cache, DemoOrigin origin, String path) throws Exception {
        String id = api.trySubmit("http://" + HOST + path).orElseThrow();
        node.awaitBody("/stats", 200, "\"cachesDown\":1");
        assertThat(api.get("/v1/engine/task/" + id).body())
                .as("still wanted")
                .contains("\"state\":\"RUNNING\"")
                .doesNotContain("\"VERIFIED\":1");
        cache.start();
        String task = api.awaitBody("/v1/engine/task/" + id, 200, "\"state\":\"DONE\"");
        assertThat(task).contains("\"VERIFIED\":1");
        assertThat(PlainHttp.get(cache.port(), HOST, path).version()).isEqualTo(origin.version());
        node.awaitBody("/stats", 200, "\"cachesDown\":0");
    }
}
