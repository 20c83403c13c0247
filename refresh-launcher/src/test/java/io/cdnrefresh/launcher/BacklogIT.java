// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.netty.rpc.RpcProxyTransport;
import io.cdnrefresh.redis.testkit.RedisServer;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.CacheServer.PrefixPurgeCapable;
import io.cdnrefresh.spi.ProbeResult;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import io.cdnrefresh.testkit.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A long backlog of one proxy: tasks that have met their deadline while it was away are parked in a real Redis, Redis loses
 * everything, and the proxy comes back. Most of the tasks are equal, covered by a younger prefix, or superseded by the hard
 * form: few commands do the work of all. 20,000 tasks by default, 1,000,000 with {@code -Drefresh.chaos=true} or as many as
 * {@code -Drefresh.backlog.tasks=} says. The engine is a process with a heap of 256 MB.
 */
class BacklogIT {
    private static final Logger logger = LoggerFactory.getLogger(BacklogIT.class);
    private static final Duration PATIENCE = Duration.ofMinutes(20);
    private static final int BATCH = 1_000;
    /** One of so many tasks is a prefix that covers those before it. */
    private static final int PREFIX_EVERY = 2_000;

    private static final int DIFFERENT = 500;
    private static final Pattern PARKED = Pattern.compile("\"parked\":(-?\\d+)");
    private static final Pattern BEHIND = Pattern.compile("\"behind\":(\\d+)");
    private static final Pattern MEMORY = Pattern.compile("used_memory:(\\d+)");

    @TempDir
    Path folder;

    private final int httpPort = FreePorts.one();
    private final int rpcPort = FreePorts.one();
    private final EngineApi api = new EngineApi(httpPort);
    private final OldCopies cache = new OldCopies();
    private long made;

    /** Copies that are older than the last change at the origin. Thread-safe. */
    private static final class OldCopies implements CacheServer, PrefixPurgeCapable {
        private final Set<String> urls = ConcurrentHashMap.newKeySet();
        private final AtomicInteger asked = new AtomicInteger();

        @Override
        public void purge(PurgeRequest request, Listener<CacheResult> listener) {
            asked.incrementAndGet();
            boolean wasThere = urls.remove(request.target().wire());
            listener.onResult(new CacheResult.Gone(Instant.now(), wasThere, Duration.ZERO));
        }

        @Override
        public void purgePrefix(PurgeRequest request, Listener<CacheResult> listener) {
            asked.incrementAndGet();
            String below = request.target().host() + request.target().path();
            boolean wereThere = urls.removeIf(url -> url.startsWith("http://" + below));
            listener.onResult(new CacheResult.Gone(Instant.now(), wereThere, Duration.ZERO));
        }

        @Override
        public void probe(PurgeRequest request, Listener<ProbeResult> listener) {
            listener.onResult(ProbeResult.Absent.ONE);
        }

        @Override
        public void close() {}
    }

    private LauncherProcess engine(RedisServer redis) {
        return AwayEngine.start(storeUrl(), redis.url(), httpPort, rpcPort, Duration.ofSeconds(2));
    }

    private String storeUrl() {
        return "jdbc:sqlite:" + folder.resolve("tasks.db");
    }

    private RefreshProxy proxy() {
        RefreshProxy proxy = RefreshProxy.builder()
                .id("away-1")
                .transport(RpcProxyTransport.builder()
                        .engines(List.of("127.0.0.1:" + rpcPort))
                        .backoff(Duration.ofMillis(50), Duration.ofMillis(500))
                        .build())
                .cache(ProxyCache.front("model", cache))
                .build();
        proxy.start();
        return proxy;
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await().atMost(PATIENCE).ignoreExceptions().until(condition);
    }

    private long figure(Pattern name) throws IOException, InterruptedException {
        String body = api.get("/v1/engine/devices").body();
        Matcher found = name.matcher(body);
        assertThat(found.find()).as(body).isTrue();
        return Long.parseLong(found.group(1));
    }

    private static long used(RedisServer redis) throws IOException {
        Matcher found = MEMORY.matcher(redis.command("INFO memory"));
        return found.find() ? Long.parseLong(found.group(1)) : -1;
    }

    /** What was asked for while the proxy was away, an hour ago, and is unfinished: its deadline has passed. */
    private void fill(int tasks) {
        try (JdbcStore store = JdbcStore.builder().url(storeUrl()).build()) {
            EngineEpoch epoch = store.claimEngine(OptionalInt.of(1), "away-test", Duration.ofMinutes(10))
                    .epoch();
            DeviceSet devices = DeviceSet.of(store.load().devices().get(0).ordinal());
            Instant at = Instant.now().minus(Duration.ofHours(1));
            while (made < tasks) {
                List<TaskRow> rows = new ArrayList<>(BATCH);
                while (rows.size() < BATCH) {
                    long millis = at.toEpochMilli() - TaskId.EPOCH_MILLIS + (made >> 12);
                    TaskId id = new TaskId(millis << 22 | epoch.engine() << 12 | made & 4_095);
                    TaskStatus status = new TaskStatus(
                            epoch.version(0),
                            TaskState.RUNNING,
                            0,
                            OutcomeCounts.pending(1),
                            0,
                            new byte[0],
                            null,
                            null);
                    rows.add(new TaskRow(id, epoch, next(), devices, at, at, null, status));
                }
                store.insert(epoch, rows).forEach(outcome -> assertThat(outcome).isNotNull());
            }
        }
    }

    private RefreshTask next() {
        long number = made++;
        if (number % PREFIX_EVERY == PREFIX_EVERY - 1) {
            return RefreshTask.purgePrefix("http://www.example.com/covered/");
        }
        long kind = number % 10;
        String url = "http://www.example.com/"
                + (kind < 6
                        ? "equal/" + number % DIFFERENT
                        : kind < 8 ? "covered/" + number : "superseded/" + number / 10 % DIFFERENT);
        cache.urls.add(url);
        RefreshTask task = RefreshTask.purge(url);
        // 8: soft, 9: hard, ten later than its soft form at least once
        return kind == 8
                ? task.withOptions(
                        TaskOptions.DEFAULTS.toBuilder().mode(Mode.SOFT).build())
                : task;
    }

    @Test
    void back_afterALongBacklogAndRedisWiped_fewCommandsDoAllOfIt() throws Exception {
        int tasks =
                Integer.getInteger("refresh.backlog.tasks", Boolean.getBoolean("refresh.chaos") ? 1_000_000 : 20_000);
        try (RedisServer redis = RedisServer.start(folder)) {
            try (LauncherProcess first = engine(redis);
                    RefreshProxy known = proxy()) {
                await(known::isReady);
                assertThat(first.isAlive()).isTrue();
            }
            fill(tasks);
            int old = cache.urls.size();
            long startNanos = System.nanoTime();
            try (LauncherProcess engine = engine(redis)) {
                await(() -> figure(PARKED) >= tasks);
                long parkedMillis = (System.nanoTime() - startNanos) / 1_000_000;
                long redisBytes = used(redis);
                assertThat(cache.urls).as("nobody has purged them").hasSize(old);
                assertThat(redis.command("FLUSHALL")).isEqualTo("+OK");

                long backNanos = System.nanoTime();
                try (RefreshProxy proxy = proxy()) {
                    await(() -> cache.urls.isEmpty());
                    long freshMillis = (System.nanoTime() - backNanos) / 1_000_000;
                    await(() -> figure(PARKED) == 0 && figure(BEHIND) == 0);
                    await(proxy::isReady);
                    logger.warn(
                            "tasks={} old copies={} parked after millis={} redis bytes={} no old copy after millis={}"
                                    + " all settled after millis={} purges={}",
                            tasks,
                            old,
                            parkedMillis,
                            redisBytes,
                            freshMillis,
                            (System.nanoTime() - backNanos) / 1_000_000,
                            cache.asked);
                    assertThat(cache.asked.get()).as("compacted").isLessThan(tasks / 2);
                }
                assertThat(engine.isAlive()).isTrue();
                assertThat(engine.text()).doesNotContain("OutOfMemoryError");
                EngineNode.log("backlog", engine.text());
            }
        }
    }
}
