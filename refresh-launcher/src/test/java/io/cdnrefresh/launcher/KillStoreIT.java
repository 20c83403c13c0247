// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.mysql.MariaDbServer;
import io.cdnrefresh.mysql.MySqlServer;
import io.cdnrefresh.mysql.ServerProcess;
import io.cdnrefresh.netty.rpc.RpcProxyTransport;
import io.cdnrefresh.testkit.FreePorts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Engine, database or both are killed under load, at random moments and at chosen ones, while a device reports: what was
 * answered with 202 is in the store, ends done and proven, in order, and its end is told of only when it is committed.
 *
 * <p>A few rounds by default. {@code -Drefresh.kill.rounds=50} makes so many of each kind, {@code -Drefresh.seed=}
 * repeats a run's choices.
 */
class KillStoreIT {
    private static final Logger logger = LoggerFactory.getLogger(KillStoreIT.class);
    private static final int ROUNDS = Integer.getInteger("refresh.kill.rounds", 0);

    @TempDir
    Path folder;

    private final int rpcPort = FreePorts.one();
    private final VersionedCache cache = new VersionedCache();

    @Test
    void sqlite() throws Exception {
        String url = "jdbc:sqlite:" + folder.resolve("tasks.db");
        run("SQLite", url, null, List.of(Kill.INSERTED, Kill.REPORTED), List.of(Kill.withoutServer()));
    }

    @Test
    void mariaDb() throws Exception {
        try (MariaDbServer server = MariaDbServer.start(folder.resolve("server"))) {
            run("MariaDB", server.mariaDbUrl(), server, List.of(Kill.BOTH), List.of(Kill.values()));
        }
    }

    @Test
    void mySql() throws Exception {
        try (MySqlServer server = MySqlServer.start(folder.resolve("server"))) {
            run("MySQL", server.mySqlUrl(), server, List.of(Kill.DATABASE), List.of(Kill.values()));
        }
    }

    private void run(String name, String url, @Nullable ServerProcess server, List<Kill> shortForm, List<Kill> longForm)
            throws Exception {
        long seed = Long.getLong("refresh.seed", 1);
        logger.info("kill rounds store={} seed={} rounds={}", name, seed, ROUNDS == 0 ? shortForm : ROUNDS);
        RpcProxyTransport transport = RpcProxyTransport.builder()
                .engines(List.of("127.0.0.1:" + rpcPort))
                .backoff(Duration.ofMillis(20), Duration.ofMillis(100))
                .build();
        try (RefreshProxy proxy = RefreshProxy.builder()
                        .id("node-1")
                        .transport(transport)
                        .cache(ProxyCache.front("model", cache))
                        .build();
                KillRounds rounds = new KillRounds(
                        new KillRounds.Site(url, server, folder.resolve("ends"), rpcPort), cache, seed)) {
            proxy.start();
            rounds.awaitTaking();
            if (ROUNDS == 0) {
                for (Kill kill : shortForm) {
                    rounds.round(kill);
                }
            }
            for (Kill kill : longForm) {
                for (int i = 0; i < kill.share(ROUNDS); i++) {
                    rounds.round(kill);
                }
            }
            rounds.figures().forEach(line -> logger.info("{} {}", name, line));
            assertThat(cache.violations()).as("seed %d", seed).isEmpty();
        }
    }
}
