// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.mysql.MariaDbServer;
import io.cdnrefresh.netty.rpc.RpcProxyTransport;
import io.cdnrefresh.redis.testkit.RedisServer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * One of two engines runs in a network namespace and is cut off: from Redis, from the proxies one way, from MariaDB. What
 * docs/failure-modes.md says of it.
 */
class NetworkCutIT {
    @TempDir
    Path folder;

    private final HeldCache cache = new HeldCache();

    @Test
    @EnabledIfSystemProperty(named = "refresh.chaos", matches = "true", disabledReason = "long: mvn verify -Pchaos")
    void engine_cutOffInTurn_behavesAsDocumented() throws Exception {
        CutNetwork network;
        try {
            network = CutNetwork.lay();
        } catch (IOException e) {
            Assumptions.abort("network namespaces need root and iproute2: " + e.getMessage());
            return;
        }
        try (network;
                MariaDbServer database = MariaDbServer.start(folder.resolve("database"), "--bind-address=0.0.0.0");
                RedisServer redis = RedisServer.start(folder, "--bind", "0.0.0.0", "--protected-mode", "no");
                EngineNode near = engine(network, database, redis, false);
                EngineNode far = engine(network, database, redis, true)) {
            near.start();
            near.awaitReady();
            far.start();
            far.awaitReady();
            cache.letGo();
            try (RefreshProxy proxy = RefreshProxy.builder()
                    .id("node-1")
                    .transport(RpcProxyTransport.builder()
                            .engines(List.of(near.rpcAddress(), far.rpcAddress()))
                            .backoff(Duration.ofMillis(50), Duration.ofMillis(500))
                            .build())
                    .cache(ProxyCache.front("model", cache))
                    .build()) {
                proxy.start();
                for (EngineNode engine : List.of(near, far)) {
                    engine.api().awaitBody("/v1/engine/devices", 200, "\"connected\":true");
                }
                cutFromRedis(network, near, far);
                cutFromProxiesOneWay(network, near, far);
                cutFromDatabase(network, near, far);
            }
        }
    }

    private EngineNode engine(CutNetwork network, MariaDbServer database, RedisServer redis, boolean isFar) {
        EngineNode.Place place = isFar
                ? new EngineNode.Place(folder.resolve("far"), network.address(), network.command())
                : new EngineNode.Place(folder.resolve("near"), network.outside(5), List.of());
        return new EngineNode(
                place,
                database.mariaDbUrl().replace("127.0.0.1", network.outside(4)),
                redis.url().replace("127.0.0.1", network.outside(3)),
                "engine.lease=3s",
                "auth.insecure=true");
    }

    /** It works on, and is not fenced: only the store decides that. */
    private void cutFromRedis(CutNetwork network, EngineNode near, EngineNode far) throws Exception {
        cache.hold();
        String held = submit(far, "redis-before");
        network.cut(network.outside(3));
        near.process().awaitErr("engine gone engine=\\d+/\\d+ address=" + network.address());
        near.api().awaitBody("/v1/engine/task/" + held, 200, "\"asOf\"");
        cache.letGo();
        far.api().awaitBody("/v1/engine/task/" + held, 200, "\"state\":\"DONE\"");
        String during = submit(far, "redis-during");
        far.api().awaitBody("/v1/engine/task/" + during, 200, "\"state\":\"DONE\"");
        network.heal(network.outside(3));
        int seen = 2;
        patience()
                .until(() -> near.process()
                                .text()
                                .split("engine seen engine=\\d+/\\d+ address=" + network.address(), -1)
                                .length
                        > seen);
        assertThat(far.process().text()).doesNotContain("was replaced");
    }

    /** The proxy hears nothing more and ends the link; the task is done over the next one, once. */
    private void cutFromProxiesOneWay(CutNetwork network, EngineNode near, EngineNode far) throws Exception {
        network.cut(network.outside(1));
        String during = submitInside(network, far, "one-way");
        String elsewhere = submit(near, "other-engine");
        near.api().awaitBody("/v1/engine/task/" + elsewhere, 200, "\"state\":\"DONE\"");
        patience().until(() -> far.process().text().contains("device gone device=node-1"));
        assertThat(near.api().get("/v1/engine/task/" + during).body()).doesNotContain("\"state\":\"DONE\"");
        network.heal(network.outside(1));
        near.api().awaitBody("/v1/engine/task/" + during, 200, "\"state\":\"DONE\"");
        assertThat(cache.asked()).containsOnlyOnce("purge http://www.example.com/one-way");
    }

    /** It refuses what it cannot keep; the other one finishes its tasks; it comes back as another. */
    private void cutFromDatabase(CutNetwork network, EngineNode near, EngineNode far) throws Exception {
        cache.hold();
        String held = submit(far, "database");
        network.cut(network.outside(4));
        near.process().awaitErr("engine taken over engine=");
        cache.letGo();
        near.api().awaitBody("/v1/engine/task/" + held, 200, "\"state\":\"DONE\"");
        far.api().awaitBody("/readyz", 503, "");
        network.heal(network.outside(4));
        far.process().awaitErr("this engine was replaced by the others");
        far.awaitReady();
        String after = submit(far, "database-after");
        near.api().awaitBody("/v1/engine/task/" + after, 200, "\"state\":\"DONE\"");
    }

    private static String submit(EngineNode engine, String path) throws Exception {
        HttpResponse<String> answer =
                engine.api().post("/v1/engine/task", "{\"targets\":[\"http://www.example.com/" + path + "\"]}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return answer.body().replaceAll(".*\"id\":\"(\\d+)\".*", "$1");
    }

    /** By the command line, from within: nothing of the engine's arrives here. */
    private static String submitInside(CutNetwork network, EngineNode engine, String path) {
        try (LauncherProcess client = LauncherProcess.startUnder(
                network.command(),
                List.of(),
                Map.of(),
                "submit",
                "http://www.example.com/" + path,
                "--engine",
                engine.api().address())) {
            return client.awaitOut("(\\d{15,19})").group(1);
        }
    }

    private static ConditionFactory patience() {
        return Awaitility.await().atMost(Duration.ofSeconds(90)).pollInterval(Duration.ofMillis(50));
    }
}
