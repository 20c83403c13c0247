// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.redis.testkit.RedisServer;
import io.cdnrefresh.spi.LeaderElection;
import io.cdnrefresh.spi.Membership.Member;
import io.cdnrefresh.spi.OfflineQueues.Entry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of three nodes, and a Sentinel group through a failover. */
class RedisTopologiesIT {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final LeaderElection.Listener DEAF = new LeaderElection.Listener() {
        @Override
        public void onElected(long token) {}

        @Override
        public void onDeposed() {}
    };

    @TempDir
    Path directory;

    @Test
    void cluster_everyPart_worksOnItsSlots() throws Exception {
        List<RedisServer> nodes = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                RedisServer node = RedisServer.start(directory, "--cluster-enabled", "yes");
                nodes.add(node);
                int last = (i + 1) * 16384 / 3 - 1;
                assertThat(node.command("CLUSTER ADDSLOTSRANGE " + (i * 16384 / 3) + " " + last))
                        .isEqualTo("+OK");
                assertThat(node.command("CLUSTER MEET 127.0.0.1 " + nodes.get(0).port()))
                        .isEqualTo("+OK");
            }
            for (RedisServer node : nodes) {
                await().atMost(LONG)
                        .until(
                                () -> node.command("CLUSTER INFO"),
                                info -> info.contains("state:ok") && info.contains("cluster_known_nodes:3"));
            }
            String url = "redis-cluster://127.0.0.1:" + nodes.get(1).port();
            try (RedisCoordinator coordinator = RedisCoordinator.builder(url).build()) {
                awaitGeneration(coordinator);
                useEverything(coordinator);
            }
        } finally {
            nodes.forEach(RedisServer::close);
        }
    }

    @Test
    void sentinel_masterKilled_goesOnWithTheNewMaster() throws Exception {
        try (RedisServer master = RedisServer.start(directory, "--repl-diskless-sync-delay", "0");
                RedisServer replica = RedisServer.start(directory, "--replicaof", "127.0.0.1", "" + master.port());
                RedisServer sentinel = RedisServer.startSentinel(directory, "main", master, 1)) {
            await().atMost(LONG).until(() -> sentinel.command("INFO sentinel").contains("slaves=1"));
            String url = "redis-sentinel://127.0.0.1:" + sentinel.port() + "/0#main";
            try (RedisCoordinator coordinator =
                    RedisCoordinator.builder(url).lease(Duration.ofSeconds(2)).build()) {
                String generation = awaitGeneration(coordinator);
                useEverything(coordinator);
                await().atMost(LONG).until(() -> master.command("DBSIZE").equals(replica.command("DBSIZE")));
                master.kill();
                await().atMost(LONG) // a replica that is promoted cuts all its clients off, and this one with them
                        .ignoreExceptions()
                        .until(() -> replica.command("INFO replication").contains("role:master"));
                assertThat(awaitGeneration(coordinator))
                        .as("the last writes of the old master may be missing")
                        .isNotEqualTo(generation);
                await().atMost(LONG)
                        .ignoreExceptions()
                        .until(() -> get(coordinator.offlineQueues().length("d")) == 2);
                await().atMost(LONG)
                        .until(() -> coordinator.election().validToken().isPresent());
            }
        }
    }

    private static void useEverything(RedisCoordinator coordinator) throws Exception {
        coordinator.election().campaign("a", () -> CompletableFuture.completedFuture(7L), DEAF);
        await().atMost(LONG).until(() -> coordinator.election().validToken().isPresent());
        Member self = new Member(new EngineEpoch(1, 1), "h:1", "r:1", "1.0", 0);
        await().atMost(LONG)
                .ignoreExceptions()
                .untilAsserted(() -> get(coordinator.membership().join(self)));
        assertThat(get(coordinator.membership().members())).containsExactly(self);
        for (String device : List.of("d", "e", "f{x}", "g")) {
            await().atMost(LONG) // the connection to another node of a cluster opens with the first call to it
                    .ignoreExceptions()
                    .untilAsserted(() -> {
                        get(coordinator.offlineQueues().length(device));
                        get(coordinator.offlineQueues().park(device, List.of()));
                    });
            get(coordinator.offlineQueues().park(device, List.of(new Entry(1, 0), new Entry(2, 0))));
            assertThat(get(coordinator.offlineQueues().drain(device, "e1", Duration.ofSeconds(5), 10)))
                    .hasSize(2);
            assertThat(get(coordinator.offlineQueues().length(device))).isEqualTo(2);
        }
        await().atMost(LONG)
                .ignoreExceptions()
                .untilAsserted(() -> assertThat(get(coordinator.counters().sync("w:1", "e1", Map.of("k", 3L), 60)))
                        .containsEntry("k", 3L));
    }

    private static String awaitGeneration(RedisCoordinator coordinator) {
        return await().atMost(LONG)
                .ignoreExceptions()
                .until(() -> get(coordinator.offlineQueues().generation()), name -> !name.isEmpty());
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
