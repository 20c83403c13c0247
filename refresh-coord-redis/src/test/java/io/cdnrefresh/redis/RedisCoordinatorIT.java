// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.redis.testkit.RedisServer;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.OfflineQueues;
import io.cdnrefresh.testkit.CoordinatorContract;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real Redis. */
class RedisCoordinatorIT extends CoordinatorContract {
    private static final Duration LEASE = Duration.ofSeconds(1);

    @TempDir
    static Path directory;

    private static RedisServer redis;

    private final Map<Coordinator, CountDownLatch> hung = new HashMap<>();

    @BeforeAll
    static void startRedis() throws IOException {
        redis = RedisServer.start(directory);
    }

    @AfterAll
    static void stopRedis() {
        redis.close();
    }

    @BeforeEach
    void emptyRedis() throws IOException {
        assertThat(redis.command("FLUSHALL")).isEqualTo("+OK");
    }

    @AfterEach
    void wakeAll() {
        hung.values().forEach(CountDownLatch::countDown);
    }

    @Override
    protected Coordinator open() {
        RedisCoordinator coordinator = RedisCoordinator.builder(redis.url())
                .lease(LEASE)
                .queueBound(QUEUE_BOUND)
                .build();
        await().ignoreExceptions()
                .untilAsserted(() -> get(coordinator.offlineQueues().length("any")));
        await().ignoreExceptions()
                .untilAsserted(() -> get(coordinator.offlineQueues().park("any", List.of())));
        await().ignoreExceptions()
                .untilAsserted(() -> get(coordinator.membership().members()));
        return coordinator;
    }

    @Override
    protected Duration lease() {
        return LEASE;
    }

    @Override
    protected void pass(Duration time) {
        await().pollDelay(time).atMost(time.plusSeconds(30)).until(() -> true);
    }

    @Override
    protected void hang(Coordinator coordinator) {
        CountDownLatch latch = new CountDownLatch(1);
        hung.put(coordinator, latch);
        for (int i = 0; i < 2; i++) { // its threads in turn
            Future<?> unused = ((RedisCoordinator) coordinator).timer().submit(() -> latch.await(60, TimeUnit.SECONDS));
        }
    }

    @Override
    protected void wake(Coordinator coordinator) {
        CountDownLatch latch = hung.remove(coordinator);
        if (latch != null) {
            latch.countDown();
        }
    }

    @Test
    void run_scriptsFlushed_areLoadedAgain() throws Exception {
        try (Coordinator coordinator = open()) {
            get(coordinator.offlineQueues().length("d"));
            assertThat(redis.command("SCRIPT FLUSH")).isEqualTo("+OK");
            assertThat(get(coordinator.offlineQueues().length("d"))).isZero();
            assertThat(get(coordinator.offlineQueues().park("d", List.of(new OfflineQueues.Entry(1, 0)))))
                    .isOne();
            assertThat(redis.command("SCRIPT FLUSH")).isEqualTo("+OK");
            assertThat(get(coordinator.offlineQueues().park("d", List.of(new OfflineQueues.Entry(2, 0)))))
                    .isEqualTo(2);
        }
    }

    @Test
    void threads_ofACoordinator_haveShortNamesAndEnd() throws Exception {
        Coordinator coordinator = open();
        get(coordinator.offlineQueues().generation());
        assertThat(redisThreads()).isPositive();
        coordinator.close();
        await().until(() -> redisThreads() == 0);
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(t -> t.getName().startsWith("lettuce"));
    }

    private static long redisThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("redis-"))
                .peek(thread -> assertThat(thread.getName()).hasSizeLessThanOrEqualTo(15))
                .count();
    }
}
