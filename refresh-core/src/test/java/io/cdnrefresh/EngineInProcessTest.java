// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.testkit.PassingStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The whole engine and real proxies in one process, on their own threads; only the cache is a model. */
class EngineInProcessTest {
    private static final String URL = "http://a.test/x.css";
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private <T extends AutoCloseable> T opened(T part) {
        open.add(part);
        return part;
    }

    private RefreshEngine engine(TaskStore store, LocalTransport transport) {
        MemoryStore registry = store instanceof MemoryStore memory ? memory : ((FailingStore) store).memory;
        RefreshEngine engine = opened(RefreshEngine.builder()
                .store(store)
                .queries((TaskQueries) registry)
                .registry((RegistryStore) registry)
                .transport(transport.engineSide())
                .options(EngineOptions.DEFAULTS.toBuilder()
                        .owner("test")
                        .queueCapacity(1024)
                        .resend(Duration.ofMillis(200))
                        .grace(Duration.ofMillis(200))
                        .build())
                .build());
        engine.start();
        return engine;
    }

    private ModelCache proxy(String id, LocalTransport transport) {
        ModelCache cache = new ModelCache();
        RefreshProxy proxy = opened(RefreshProxy.builder()
                .id(id)
                .transport(transport.proxySide())
                .cache(ProxyCache.front("model", cache))
                .build());
        proxy.start();
        return cache;
    }

    private static TaskProgress end(TaskHandle task) throws Exception {
        return task.completion().toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    }

    private static TaskHandle submitWhenPossible(RefreshEngine engine, RefreshTask task) {
        TaskHandle[] handle = new TaskHandle[1];
        await().atMost(LIMIT).until(() -> {
            try {
                handle[0] = engine.submit(task);
                return true;
            } catch (RefreshException notYet) {
                return false;
            }
        });
        return handle[0];
    }

    @Test
    void submit_objectInCache_endsDoneAndGone() throws Exception {
        LocalTransport transport = opened(LocalTransport.create());
        RefreshEngine engine = engine(new MemoryStore(), transport);
        ModelCache cache = proxy("node-1", transport);
        cache.put(URL);

        TaskProgress progress = end(submitWhenPossible(engine, RefreshTask.purge(URL, "http://a.test/y.css")));

        assertThat(progress.state()).isEqualTo(TaskState.DONE);
        assertThat(progress.counts().of(Outcome.VERIFIED)).isEqualTo(2);
        assertThat(cache.has(URL)).isFalse();
        assertThat(progress.settledAt()).isNotNull();
    }

    @Test
    void submit_noDevices_isRefusedForGood() {
        RefreshEngine engine = engine(new MemoryStore(), opened(LocalTransport.create()));
        assertThatThrownBy(() -> engine.submit(RefreshTask.purge(URL)))
                .isInstanceOf(RefreshException.class)
                .hasMessageContaining("NoDevices");
    }

    @Test
    void restart_unfinishedTask_isFinishedByTheNextLife() throws Exception {
        MemoryStore store = opened(new MemoryStore());
        LocalTransport first = opened(LocalTransport.create());
        RefreshEngine dying = engine(store, first);
        ModelCache cache = proxy("node-1", first);
        submitWhenPossible(dying, RefreshTask.purge("http://a.test/warm"));
        cache.put(URL);
        cache.setDead(true);
        TaskHandle left = dying.submit(RefreshTask.purge(URL));
        dying.close();

        LocalTransport second = opened(LocalTransport.create());
        engine(store, second);
        ModelCache again = proxy("node-1", second);
        again.put(URL);

        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(
                                store.find(left.id()).orElseThrow().status().state())
                        .isEqualTo(TaskState.DONE));
        assertThat(again.has(URL)).isFalse();
    }

    @Test
    void deviceAway_deadlinePasses_isOwedAndSettledOnReturn() throws Exception {
        MemoryStore store = opened(new MemoryStore());
        LocalTransport transport = opened(LocalTransport.create());
        RefreshEngine engine = engine(store, transport);
        RefreshProxy proxy = RefreshProxy.builder()
                .id("node-1")
                .transport(transport.proxySide())
                .cache(ProxyCache.front("model", new ModelCache()))
                .build();
        proxy.start();
        end(submitWhenPossible(engine, RefreshTask.purge("http://a.test/warm")));
        proxy.close();

        TaskOptions brief =
                TaskOptions.DEFAULTS.toBuilder().deadline(Duration.ofSeconds(1)).build();
        TaskHandle task = engine.submit(RefreshTask.purge(URL).withOptions(brief));
        TaskProgress progress = end(task);
        assertThat(progress.state()).isEqualTo(TaskState.FAILED);
        assertThat(progress.devices().owed()).isEqualTo(1);
        assertThat(progress.devices().unproven()).isEqualTo(1);
        assertThat(progress.settledAt()).isNull();

        proxy("node-1", transport);
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(
                                store.find(task.id()).orElseThrow().status().settledAt())
                        .isNotNull());
        assertThat(store.find(task.id()).orElseThrow().status().state()).isEqualTo(TaskState.FAILED);
    }

    @Test
    void storeAway_submitIsRefusedThenWorksAgain_andRunningTasksEnd() throws Exception {
        FailingStore store = new FailingStore();
        LocalTransport transport = opened(LocalTransport.create());
        RefreshEngine engine = engine(store, transport);
        ModelCache cache = proxy("node-1", transport);
        TaskHandle running = submitWhenPossible(engine, RefreshTask.purge(URL));
        store.isDown = true;
        assertThatThrownBy(() -> engine.submit(RefreshTask.purge(URL)))
                .isInstanceOf(RefreshException.class)
                .extracting(e -> ((RefreshException) e).category())
                .isEqualTo(RefreshException.Category.RETRYABLE);
        await().atMost(LIMIT).until(() -> !engine.unreadiness().isEmpty());

        store.isDown = false;
        assertThat(end(running).state()).isEqualTo(TaskState.DONE);
        assertThat(end(submitWhenPossible(engine, RefreshTask.purge(URL))).state())
                .isEqualTo(TaskState.DONE);
        assertThat(engine.unreadiness()).isEmpty();
        assertThat(cache.has(URL)).isFalse();
    }

    @Test
    void submit_interruptedWhileTheStoreHolds_isRetryableAndTheThreadStaysInterrupted() throws Exception {
        FailingStore store = new FailingStore();
        LocalTransport transport = opened(LocalTransport.create());
        RefreshEngine engine = engine(store, transport);
        ModelCache unused = proxy("node-1", transport);
        assertThat(end(submitWhenPossible(engine, RefreshTask.purge(URL))).state())
                .isEqualTo(TaskState.DONE);
        CountDownLatch held = new CountDownLatch(1);
        store.held = held;
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> engine.submit(RefreshTask.purge(URL)))
                    .isInstanceOf(RefreshException.class)
                    .hasMessageContaining("interrupted")
                    .extracting(e -> ((RefreshException) e).category())
                    .isEqualTo(RefreshException.Category.RETRYABLE);
            assertThat(Thread.interrupted()).isTrue();
        } finally {
            held.countDown();
        }
    }

    @Test
    void after_predecessorDone_runsThen() throws Exception {
        LocalTransport transport = opened(LocalTransport.create());
        RefreshEngine engine = engine(new MemoryStore(), transport);
        ModelCache cache = proxy("node-1", transport);
        TaskHandle first = submitWhenPossible(engine, RefreshTask.purge(URL));
        TaskOptions then = TaskOptions.DEFAULTS.toBuilder().after(first.id()).build();
        TaskHandle second = engine.submit(RefreshTask.preload(URL).withOptions(then));

        assertThat(end(second).state()).isEqualTo(TaskState.DONE);
        assertThat(cache.has(URL)).isTrue();
    }

    @Test
    void notBefore_inTheFuture_waitsForItsTime() throws Exception {
        LocalTransport transport = opened(LocalTransport.create());
        RefreshEngine engine = engine(new MemoryStore(), transport);
        proxy("node-1", transport);
        end(submitWhenPossible(engine, RefreshTask.purge(URL)));
        Instant start = Instant.now().plusMillis(1_200);
        TaskOptions later = TaskOptions.DEFAULTS.toBuilder().notBefore(start).build();

        TaskProgress progress = end(engine.submit(RefreshTask.purge(URL).withOptions(later)));

        assertThat(progress.state()).isEqualTo(TaskState.DONE);
        assertThat(progress.finalAt()).isAfterOrEqualTo(start);
    }

    @Test
    void shutdown_manyRounds_leavesNoThread() {
        int before = Thread.activeCount();
        for (int round = 0; round < 20; round++) {
            RefreshEngine engine = RefreshEngine.builder().build();
            engine.start();
            assertThat(engine.shutdown(Duration.ofSeconds(5)).leftUndone()).isEmpty();
        }
        await().atMost(LIMIT).until(() -> Thread.activeCount() <= before + 1);
    }

    /** A store that can be made to fail like one whose connection is lost. */
    private static final class FailingStore extends PassingStore {
        final MemoryStore memory;
        volatile boolean isDown;
        volatile CountDownLatch held = new CountDownLatch(0);

        FailingStore() {
            this(new MemoryStore());
        }

        private FailingStore(MemoryStore memory) {
            super(memory);
            this.memory = memory;
        }

        @Override
        protected <T> T call(EngineEpoch caller, List<TaskId> ids, Supplier<T> work) {
            if (isDown) {
                throw new StoreException(RefreshException.Category.RETRYABLE, "connection lost", null);
            }
            try {
                held.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted", e);
            }
            return super.call(caller, ids, work);
        }
    }
}
