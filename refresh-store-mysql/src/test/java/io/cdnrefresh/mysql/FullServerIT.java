// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.TaskHandle;
import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.ProbeResult;
import io.cdnrefresh.spi.TaskFilter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers whose files cannot grow: nothing is answered that is not stored, what is under way ends. */
class FullServerIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private final SlowCache cache = new SlowCache();
    private int next;

    @Test
    void mariaDb() throws Exception {
        try (MariaDbServer server = MariaDbServer.start(folder)) {
            fillAndGoOn(server, server.mariaDbUrl(), 24);
        }
    }

    @Test
    void mySql() throws Exception {
        try (MySqlServer server = MySqlServer.start(folder)) {
            fillAndGoOn(server, server.mySqlUrl(), 40);
        }
    }

    /** {@code mebibytes}: more than the server's own files have, which do not grow here. */
    private void fillAndGoOn(ServerProcess server, String url, int mebibytes) throws IOException {
        server.kill();
        server.limitFiles(mebibytes);
        server.start();
        try (JdbcStore store = JdbcStore.builder().url(url).build();
                LocalTransport transport = LocalTransport.create();
                RefreshEngine engine = RefreshEngine.builder()
                        .store(store)
                        .transport(transport.engineSide())
                        .options(
                                EngineOptions.DEFAULTS.toBuilder().owner("full").build())
                        .build();
                RefreshProxy proxy = RefreshProxy.builder()
                        .id("node-1")
                        .transport(transport.proxySide())
                        .cache(ProxyCache.front("slow", cache))
                        .build()) {
            engine.start();
            proxy.start();
            List<TaskHandle> accepted = new ArrayList<>();
            await().atMost(LIMIT).ignoreExceptions().until(() -> accepted.add(submit(engine)));
            for (int i = 0; i < 20; i++) {
                accepted.add(submit(engine));
            }
            await().atMost(LIMIT).until(() -> cache.held() == accepted.size());

            submitUntilRefused(engine, accepted);
            assertThat(accepted)
                    .allSatisfy(task -> assertThat(store.find(task.id())).isPresent());
            cache.letGo();
            assertThat(accepted.get(0).completion().toCompletableFuture())
                    .as("what is under way ends, or waits to be stored")
                    .isNotCompletedExceptionally();

            server.unlimitFiles();
            await().atMost(LIMIT).ignoreExceptions().until(() -> accepted.add(submit(engine)));
            for (TaskHandle task : accepted) {
                await().atMost(LIMIT)
                        .until(() -> task.completion().toCompletableFuture().isDone());
                assertThat(store.find(task.id()).orElseThrow().status().state()).isEqualTo(TaskState.DONE);
            }
            assertThat(store.list(TaskFilter.ANY, Long.MAX_VALUE, 10_000))
                    .as("what was refused is not there")
                    .hasSameSizeAs(accepted);
        }
    }

    private TaskHandle submit(RefreshEngine engine) {
        return engine.submit(RefreshTask.purge("http://www.example.com/" + next++));
    }

    private void submitUntilRefused(RefreshEngine engine, List<TaskHandle> accepted) {
        Random random = new Random(1);
        try {
            while (true) {
                accepted.add(engine.submit(large(random)));
            }
        } catch (RefreshException full) {
            assertThat(full.category()).isEqualTo(Category.RETRYABLE);
            assertThat(full).hasMessageContaining("STORE_DOWN");
        }
    }

    /** A task that does not compress. */
    private static RefreshTask large(Random random) {
        String[] urls = new String[60];
        for (int i = 0; i < urls.length; i++) {
            StringBuilder url = new StringBuilder("http://www.example.com/");
            while (url.length() < 2_000) {
                url.append(Long.toString(random.nextLong() >>> 1, 36));
            }
            urls[i] = url.toString();
        }
        return RefreshTask.purge(urls);
    }

    /** Answers no purge until it is told to. */
    private static final class SlowCache implements CacheServer {
        private final Queue<Runnable> held = new ConcurrentLinkedQueue<>();
        private volatile boolean isFree;

        int held() {
            return held.size();
        }

        void letGo() {
            isFree = true;
            for (Runnable answer = held.poll(); answer != null; answer = held.poll()) {
                answer.run();
            }
        }

        @Override
        public void purge(PurgeRequest request, Listener<CacheResult> listener) {
            held.add(() -> listener.onResult(new CacheResult.Gone(Instant.now(), true, Duration.ZERO)));
            if (isFree) {
                letGo();
            }
        }

        @Override
        public void probe(PurgeRequest request, Listener<ProbeResult> listener) {
            listener.onResult(ProbeResult.Absent.ONE);
        }

        @Override
        public void close() {}
    }
}
