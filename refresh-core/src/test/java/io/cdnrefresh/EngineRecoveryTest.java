// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.RegistryChange.DeviceSeen;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import io.cdnrefresh.spi.TaskUpdate;
import io.cdnrefresh.testkit.PassingStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A restart with many more unfinished tasks than may be in memory. */
class EngineRecoveryTest {
    private static final int TASKS = 20_000;
    private static final int IN_MEMORY = 400;
    /** The rest is for new ones. */
    private static final int FOR_RECOVERED = IN_MEMORY - IN_MEMORY / 4;

    private static final int PAGE = 1_000;
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private final CountingStore store = new CountingStore();
    private final Set<String> alerts = ConcurrentHashMap.newKeySet();

    @Test
    void restart_manyUnfinishedTasks_areFinishedInBoundedMemoryWhileNewOnesAreTaken() throws Exception {
        store.memory.apply(
                List.of(new DeviceSeen("node-1", "default", "edge", "1", DeviceState.ONLINE, Instant.now())));
        EngineEpoch dead = store.memory
                .claimEngine(OptionalInt.of(0), "test", Duration.ofMinutes(5))
                .epoch();
        for (int from = 0; from < TASKS; from += PAGE) {
            store.memory.insert(dead, unfinished(dead, from));
        }
        try (LocalTransport transport = LocalTransport.create();
                RefreshEngine engine = RefreshEngine.builder()
                        .store(store)
                        .queries(store.memory)
                        .registry(store.memory)
                        .transport(transport.engineSide())
                        .alertSink(alert -> alerts.add(alert.name()))
                        .options(EngineOptions.DEFAULTS.toBuilder()
                                .id(OptionalInt.of(0))
                                .owner("test")
                                .queueCapacity(64)
                                .maxTasks(IN_MEMORY)
                                .grace(Duration.ofMillis(10))
                                .build())
                        .build()) {
            engine.start();
            await().atMost(LIMIT).until(() -> store.given.get() >= FOR_RECOVERED);
            await().atMost(LIMIT).until(() -> alerts.contains("store-not-durable"));
            TaskHandle early = engine.submit(RefreshTask.purge("http://a.test/new"));
            assertThat(store.given.get()).as("nothing ends, so no more is read").isEqualTo(FOR_RECOVERED);
            try (RefreshProxy proxy = RefreshProxy.builder()
                    .id("node-1")
                    .transport(transport.proxySide())
                    .cache(ProxyCache.front("model", new ModelCache()))
                    .build()) {
                proxy.start();
                assertThat(early.completion()
                                .toCompletableFuture()
                                .get(LIMIT.toSeconds(), TimeUnit.SECONDS)
                                .state())
                        .isEqualTo(TaskState.DONE);
                await().atMost(LIMIT).until(() -> store.ended.size() > TASKS);
            }
        }
        assertThat(store.given.get()).as("each task is read once").isBetween(TASKS, TASKS + IN_MEMORY);
        assertThat(store.mostOpen.get())
                .as("read and not ended: what fits into memory, and what is on its way out")
                .isLessThan(IN_MEMORY + 64 * 64);
        assertThat(store.memory.recover(
                        store.memory
                                .claimEngine(OptionalInt.of(0), "test", Duration.ofMinutes(5))
                                .epoch(),
                        0,
                        10))
                .isEmpty();
    }

    private static List<TaskRow> unfinished(EngineEpoch owner, int from) {
        List<TaskRow> rows = new ArrayList<>();
        Instant start = Instant.now().minusSeconds(60);
        for (int i = from; i < from + PAGE; i++) {
            Instant at = Instant.ofEpochMilli(start.toEpochMilli() + i / 100);
            TaskStatus status = new TaskStatus(
                    owner.version(1), TaskState.ACCEPTED, 0, OutcomeCounts.pending(1), 0, new byte[0], null, null);
            rows.add(new TaskRow(
                    new TaskId(at.toEpochMilli() - TaskId.EPOCH_MILLIS << 22 | i % 4_096),
                    owner,
                    RefreshTask.purge("http://a.test/" + i),
                    DeviceSet.of(0),
                    at,
                    at,
                    null,
                    status));
        }
        return rows;
    }

    /** Counts what is read back and what has ended. */
    private static final class CountingStore extends PassingStore {
        final MemoryStore memory;
        final AtomicInteger given = new AtomicInteger();
        final AtomicInteger mostOpen = new AtomicInteger();
        final Set<TaskId> ended = ConcurrentHashMap.newKeySet();

        CountingStore() {
            this(new MemoryStore());
        }

        private CountingStore(MemoryStore memory) {
            super(memory);
            this.memory = memory;
        }

        @Override
        public int maxWriters() {
            return 2;
        }

        @Override
        public void update(EngineEpoch caller, List<TaskUpdate> updates) {
            super.update(caller, updates);
            for (TaskUpdate update : updates) {
                if (update.status().state().isFinal()) {
                    ended.add(update.id());
                }
            }
        }

        @Override
        public List<TaskRow> recover(EngineEpoch caller, long after, int limit) {
            List<TaskRow> page = super.recover(caller, after, limit);
            if (limit > 1) {
                mostOpen.accumulateAndGet(given.addAndGet(page.size()) - ended.size(), Math::max);
            }
            return page;
        }

        @Override
        public List<String> durabilityWarnings() {
            return List.of("sync is off");
        }
    }
}
