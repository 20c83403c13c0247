// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.mysql.MariaDbServer;
import io.cdnrefresh.redis.testkit.RedisServer;
import io.cdnrefresh.spi.RegistryChange;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Three engines and the leader among them write all the time, each its token, while they are stopped, killed, lose Redis and
 * have their clocks stepped. The database itself notes the token of every write that it commits: none is ever lower than one
 * before it.
 *
 * <p>A few rounds by default, 100 with {@code -Drefresh.chaos=true}; {@code -Drefresh.seed=} repeats a run's choices.
 */
class TokensIT {
    private static final Logger logger = LoggerFactory.getLogger(TokensIT.class);
    private static final int ROUNDS =
            Integer.getInteger("refresh.token.rounds", Boolean.getBoolean("refresh.chaos") ? 102 : 0);

    @TempDir
    Path folder;

    @Test
    void tokens_underPausesKillsRedisRestartsAndClockSteps_neverFall() throws Exception {
        long seed = Long.getLong("refresh.seed", 1);
        Random random = new Random(seed);
        List<TokenRounds.Kind> kinds = new ArrayList<>();
        if (ROUNDS == 0) {
            kinds.addAll(List.of(
                    TokenRounds.Kind.PAUSE_LEADER, TokenRounds.Kind.REDIS_RESTART, TokenRounds.Kind.CLOCK_STEP));
        }
        while (kinds.size() < ROUNDS) {
            List<TokenRounds.Kind> all = new ArrayList<>(List.of(TokenRounds.Kind.values()));
            Collections.shuffle(all, random);
            kinds.addAll(all);
        }
        try (MariaDbServer database = MariaDbServer.start(folder.resolve("database"));
                RedisServer redis = RedisServer.start(folder);
                JdbcStore store = JdbcStore.builder().url(database.mariaDbUrl()).build()) {
            store.apply(List.of(new RegistryChange.DeviceSeen(
                    "node-1", "default", "edge", "", DeviceState.OFFLINE, Instant.now())));
            try (TokenRounds rounds = new TokenRounds(database.mariaDbUrl(), redis, folder, random)) {
                Map<TokenRounds.Kind, List<Long>> millis = new EnumMap<>(TokenRounds.Kind.class);
                for (TokenRounds.Kind kind : kinds) {
                    long took = rounds.round(kind);
                    logger.info("{} millis={}", kind, TimeUnit.NANOSECONDS.toMillis(took));
                    millis.computeIfAbsent(kind, any -> new ArrayList<>()).add(TimeUnit.NANOSECONDS.toMillis(took));
                }
                rounds.checkTokens();
                millis.forEach((kind, all) -> logger.warn("{} {}", kind, spread(all)));
                logger.warn(
                        "seed={} rounds={} writes={} roundsWithRefusedWrite={} refusedOfEngines={} refusedOfLeaders={}",
                        seed,
                        kinds.size(),
                        rounds.writes(),
                        rounds.roundsWithRefusal(),
                        rounds.refusedOfEngines(),
                        rounds.refusedOfLeaders());
                assertThat(rounds.roundsWithRefusal())
                        .isGreaterThanOrEqualTo(ROUNDS == 0 ? 1 : Math.min(20, ROUNDS / 5));
            }
        }
    }

    private static String spread(List<Long> millis) {
        List<Long> sorted = new ArrayList<>(millis);
        Collections.sort(sorted);
        return "rounds=" + sorted.size() + " takeOverMillis min=" + sorted.get(0) + " median="
                + sorted.get(sorted.size() / 2) + " p90=" + sorted.get(sorted.size() * 9 / 10) + " max="
                + sorted.get(sorted.size() - 1);
    }
}
