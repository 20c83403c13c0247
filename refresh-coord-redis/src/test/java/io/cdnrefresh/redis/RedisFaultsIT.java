// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.redis.testkit.RedisServer;
import io.cdnrefresh.spi.CoordinationException;
import io.cdnrefresh.spi.LeaderElection;
import io.cdnrefresh.spi.Membership.Member;
import io.cdnrefresh.spi.OfflineQueues.Entry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Redis goes away, stands still and comes back. */
class RedisFaultsIT {
    private static final Duration LEASE = Duration.ofSeconds(2);

    @TempDir
    Path directory;

    private final AtomicLong tokens = new AtomicLong();
    private final AtomicInteger deposals = new AtomicInteger();

    @Test
    void start_redisAway_failsCallsAtOnceAndRecovers() throws Exception {
        try (RedisServer redis = RedisServer.start(directory)) {
            redis.kill();
            try (RedisCoordinator coordinator = coordinator(redis)) {
                campaign(coordinator);
                CompletionStage<Void> joined = coordinator.membership().join(member());
                assertThatThrownBy(() -> get(joined)).satisfies(RedisFaultsIT::isRetryable);
                assertThatThrownBy(() -> get(coordinator.offlineQueues().generation()))
                        .satisfies(RedisFaultsIT::isRetryable);
                redis.start();
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> coordinator.election().validToken().isPresent());
                await().atMost(Duration.ofSeconds(30))
                        .ignoreExceptions()
                        .until(() -> get(coordinator.membership().members()).equals(List.of(member())));
            }
        }
    }

    @Test
    void kill_redisWithoutDisk_comesBackWithAnotherGeneration() throws Exception {
        try (RedisServer redis = RedisServer.start(directory);
                RedisCoordinator coordinator = coordinator(redis)) {
            String generation = generation(coordinator);
            get(coordinator.offlineQueues().park("d", List.of(new Entry(1, 0))));
            redis.kill();
            await().untilAsserted(() -> assertThatThrownBy(
                            () -> get(coordinator.offlineQueues().length("d")))
                    .satisfies(RedisFaultsIT::isRetryable));
            redis.start();
            assertThat(generation(coordinator)).isNotEqualTo(generation);
            assertThat(get(coordinator.offlineQueues().length("d"))).isZero();
        }
    }

    @Test
    void kill_redisWithAppendOnlyFile_comesBackWithItsQueuesAndIsTakenForIncomplete() throws Exception {
        try (RedisServer redis = RedisServer.start(directory, "--appendonly", "yes", "--appendfsync", "always");
                RedisCoordinator coordinator = coordinator(redis)) {
            String generation = generation(coordinator);
            get(coordinator.offlineQueues().park("d", List.of(new Entry(1, 0))));
            redis.kill();
            redis.start();
            assertThat(generation(coordinator)).isNotEqualTo(generation);
            assertThat(get(coordinator.offlineQueues().length("d"))).isOne();
        }
    }

    @Test
    void kill_whileLeading_tokenEndsByTheDeadlineAndANewOneIsHigher() throws Exception {
        try (RedisServer redis = RedisServer.start(directory);
                RedisCoordinator coordinator = coordinator(redis)) {
            campaign(coordinator);
            long first = awaitToken(coordinator);
            redis.kill();
            long killedNanos = System.nanoTime();
            await().pollInterval(Duration.ofMillis(5))
                    .until(() -> coordinator.election().validToken().isEmpty());
            assertThat(System.nanoTime() - killedNanos).isLessThanOrEqualTo(LEASE.toNanos());
            redis.start();
            assertThat(awaitToken(coordinator)).isGreaterThan(first);
            assertThat(deposals).hasValueGreaterThanOrEqualTo(1);
        }
    }

    @Test
    void stop_longerThanTheLease_neverTwoLeadersAndTokensRise() throws Exception {
        try (RedisServer redis = RedisServer.start(directory);
                RedisCoordinator one = coordinator(redis);
                RedisCoordinator two = coordinator(redis)) {
            campaign(one);
            campaign(two);
            await().until(() -> leads(one) || leads(two));
            long before = (leads(one) ? one : two).election().validToken().orElseThrow();
            redis.signal("STOP");
            await().until(() -> !leads(one) && !leads(two));
            await().during(LEASE).until(() -> !leads(one) && !leads(two));
            redis.signal("CONT");
            await().atMost(Duration.ofSeconds(30)).until(() -> leads(one) || leads(two));
            await().during(LEASE).until(() -> !(leads(one) && leads(two)));
            await().until(() -> leads(one) || leads(two));
            assertThat((leads(one) ? one : two).election().validToken().orElseThrow())
                    .isGreaterThan(before);
        }
    }

    @Test
    void password_rightOrWrong_isUsedAndNeverShown() throws Exception {
        try (RedisServer redis = RedisServer.start(directory, "--requirepass", "s3cret")) {
            String right = "redis://:s3cret@127.0.0.1:" + redis.port();
            try (RedisCoordinator coordinator = RedisCoordinator.builder(right).build()) {
                assertThat(generation(coordinator)).isNotEmpty();
            }
            try (RedisCoordinator coordinator =
                    RedisCoordinator.builder(redis.url()).build()) {
                assertThatThrownBy(() -> get(coordinator.offlineQueues().generation()))
                        .hasCauseInstanceOf(CoordinationException.class)
                        .hasMessageNotContaining("s3cret");
            }
        }
    }

    private static RedisCoordinator coordinator(RedisServer redis) {
        return RedisCoordinator.builder(redis.url())
                .lease(LEASE)
                .commandTimeout(Duration.ofMillis(500))
                .build();
    }

    private void campaign(RedisCoordinator coordinator) {
        LeaderElection.Listener listener = new LeaderElection.Listener() {
            @Override
            public void onElected(long token) {}

            @Override
            public void onDeposed() {
                deposals.incrementAndGet();
            }
        };
        coordinator
                .election()
                .campaign("same-name", () -> CompletableFuture.completedFuture(tokens.incrementAndGet()), listener);
    }

    private static boolean leads(RedisCoordinator coordinator) {
        return coordinator.election().validToken().isPresent();
    }

    private static long awaitToken(RedisCoordinator coordinator) {
        await().atMost(Duration.ofSeconds(30)).until(() -> leads(coordinator));
        return coordinator.election().validToken().orElseThrow();
    }

    private static String generation(RedisCoordinator coordinator) {
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> get(coordinator.offlineQueues().park("any", List.of())) == 0);
        return await().atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> get(coordinator.offlineQueues().generation()), name -> !name.isEmpty());
    }

    private static Member member() {
        return new Member(new EngineEpoch(1, 1), "h:1", "r:1", "1.0", 0);
    }

    private static void isRetryable(Throwable failure) {
        assertThat(failure.getCause())
                .isInstanceOfSatisfying(
                        CoordinationException.class,
                        e -> assertThat(e.category()).isEqualTo(Category.RETRYABLE));
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
