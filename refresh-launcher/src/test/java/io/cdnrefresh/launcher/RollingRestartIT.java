// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.demo.SmallCache;
import io.cdnrefresh.testkit.FreePorts;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Three engines behind HAProxy and two proxies, stopped by SIGTERM and started again one after the other under load. No
 * client of the balancer meets a failure; clients without one meet polite refusals only; no task is lost. One round by
 * default, many with {@code -Drefresh.rolling.rounds} (17 are 51 engines) and in the chaos profile.
 */
class RollingRestartIT {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int ROUNDS =
            Integer.getInteger("refresh.rolling.rounds", Boolean.getBoolean("refresh.chaos") ? 17 : 1);

    @TempDir
    Path folder;

    @Test
    void restart_enginesAndProxiesUnderLoad_noClientFailsAndNothingIsLost() throws Exception {
        try (DemoOrigin origin = new DemoOrigin(0).start();
                SmallCache cache = SmallCache.builder()
                        .origin(new InetSocketAddress(InetAddress.getLoopbackAddress(), origin.port()))
                        .build()
                        .start();
                EnginesSite site = new EnginesSite(folder);
                HaProxy balancer = HaProxy.start(
                        folder,
                        "http",
                        site.engines.stream().map(e -> e.api().port()).toList())) {
            LauncherProcess[] proxies = {proxy(site, cache, "node-1"), proxy(site, cache, "node-2")};
            Stream.of(proxies).forEach(RollingRestartIT::awaitJoined);
            EngineApi front = new EngineApi(balancer.port());
            RollingLoad load = new RollingLoad(
                    front, site.engines.stream().map(EngineNode::api).toList());
            load.start();
            int stops = 0;
            try {
                for (int round = 0; round < ROUNDS; round++) {
                    for (EngineNode engine : site.engines) {
                        stopOrderly(engine);
                        engine.start();
                        engine.awaitReady();
                        balancer.awaitServers(3);
                        stops++;
                    }
                    for (int p = 0; p < proxies.length; p++) {
                        proxies[p].terminate();
                        assertThat(proxies[p].awaitEnd(PATIENCE).exitCode()).isIn(0, 143);
                        proxies[p].close();
                        proxies[p] = proxy(site, cache, "node-" + (p + 1));
                        awaitJoined(proxies[p]);
                    }
                }
            } finally {
                load.stop();
            }
            LoggerFactory.getLogger(RollingRestartIT.class)
                    .info(
                            "engines stopped={} tasks={} failures={} first tries without a balancer={}",
                            stops,
                            load.accepted().size(),
                            load.failures().size(),
                            load.firstTries());
            assertThat(load.failures()).isEmpty();
            assertThat(load.firstTries().keySet())
                    .isSubsetOf("202", "503 with Retry-After", "port closed", "connection closed");
            for (String id : load.accepted()) {
                front.awaitBody("/v1/engine/task/" + id, 200, "\"state\":\"DONE\"");
            }
            Stream.of(proxies).forEach(LauncherProcess::close);
        }
    }

    private static void stopOrderly(EngineNode engine) {
        LauncherProcess.Ended ended = engine.stop();
        assertThat(ended.exitCode()).as(ended.err()).isIn(0, 143);
        assertThat(ended.err())
                .as("it says what was left, and stops back to front")
                .containsPattern("(?s)stopping.*engine stopped ShutdownReport.*stopped");
    }

    private LauncherProcess proxy(EnginesSite site, SmallCache cache, String id) {
        String engines = String.join(
                ",", site.engines.stream().map(EngineNode::rpcAddress).toList());
        LauncherProcess proxy = LauncherProcess.start(
                LauncherProcess.QUICK_START,
                Map.of(),
                "proxy",
                "--set",
                "proxy.id=" + id,
                "--set",
                "proxy.engines=" + engines,
                "--set",
                "proxy.http.port=" + FreePorts.one(),
                "--set",
                "proxy.data=" + folder.resolve(id),
                "--set",
                "proxy.cache.0.driver=http",
                "--set",
                "proxy.cache.0.url=http://127.0.0.1:" + cache.port(),
                "--set",
                "proxy.cache.0.fence=50ms");
        return proxy;
    }

    private static void awaitJoined(LauncherProcess proxy) {
        Awaitility.await().atMost(PATIENCE).until(() -> proxy.text().split("joined engine", -1).length > 3);
    }
}
