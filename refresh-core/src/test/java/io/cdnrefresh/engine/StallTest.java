// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.local.LocalCoordinator;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.DeviceEvent;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.EnginePool;
import io.cdnrefresh.model.EngineState;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Scope;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.Alert.Severity;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.OfflineQueues;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskHead;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.testkit.PassingStore;
import io.cdnrefresh.timer.TimingWheel;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * One dependency stands still, and with it the stage that talks to it: every other stage goes on, over 10,000 events, and
 * once the dependency moves again nothing is missing.
 */
class StallTest {
    private static final int MANY = 10_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final MemoryStore memory = new MemoryStore();
    private final InstantTransport transport = new InstantTransport();
    private final Gate insert = new Gate();
    private final Gate update = new Gate();
    private final Gate query = new Gate();
    private final Gate listener = new Gate();
    private final Gate sink = new Gate();
    private final Gate subscriber = new Gate();
    private final AtomicInteger told = new AtomicInteger();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger renewals = new AtomicInteger();
    private final AtomicInteger parkings = new AtomicInteger();
    private final CompletableFuture<Long> coordinator = new CompletableFuture<>();
    private EngineHost host;

    @BeforeEach
    void start() throws Exception {
        EngineOptions options = EngineOptions.DEFAULTS.toBuilder()
                .id(OptionalInt.of(1))
                .lanes(2)
                .savers(2)
                .lease(Duration.ofSeconds(3))
                .grace(Duration.ofMillis(300))
                .build();
        EngineSetup.Stores stores = new EngineSetup.Stores(
                new PassingStore((TaskStore) store()), (TaskQueries) store(), (RegistryStore) store(), true);
        host = new EngineHost(new EngineSetup(
                stores,
                coordinator(),
                transport,
                EngineClock.system(),
                TimingWheel.builder().build(),
                alert -> sink.pass(),
                List.of(progress -> {
                    told.incrementAndGet();
                    listener.pass();
                }),
                options,
                null));
        host.start();
        assertThat(host.state()).isEqualTo(EngineState.SERVING);
        transport.join("here");
        warmUp();
    }

    /** Saver 0 stands before the gates of writes, the query threads before the gate of reads. */
    private Object store() {
        Object inner = insert.before(
                memory,
                name -> name.equals("insert") && isSaver0(),
                TaskStore.class,
                TaskQueries.class,
                RegistryStore.class);
        inner = update.before(
                inner,
                name -> name.equals("update") && isSaver0(),
                TaskStore.class,
                TaskQueries.class,
                RegistryStore.class);
        return query.before(
                inner,
                name -> {
                    renewals.addAndGet(name.equals("renewEngine") ? 1 : 0);
                    return name.equals("find");
                },
                TaskStore.class,
                TaskQueries.class,
                RegistryStore.class);
    }

    private static boolean isSaver0() {
        return Thread.currentThread().getName().equals("saver-0");
    }

    /** A coordinator whose offline queues take work when {@code coordinator} is completed. */
    private Coordinator coordinator() {
        LocalCoordinator local = LocalCoordinator.builder().build();
        OfflineQueues queues = (OfflineQueues) Proxy.newProxyInstance(
                StallTest.class.getClassLoader(), new Class<?>[] {OfflineQueues.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("park")) {
                        parkings.incrementAndGet();
                        return coordinator;
                    }
                    return method.invoke(local.offlineQueues(), arguments);
                });
        return (Coordinator) Proxy.newProxyInstance(
                StallTest.class.getClassLoader(),
                new Class<?>[] {Coordinator.class},
                (proxy, method, arguments) ->
                        method.getName().equals("offlineQueues") ? queues : method.invoke(local, arguments));
    }

    private void warmUp() {
        submit(1);
        await().atMost(LIMIT).until(() -> told.get() == 1);
        told.set(0);
        accepted.set(0);
    }

    @AfterEach
    void stop() {
        Stream.of(insert, update, query, listener, sink, subscriber, transport.gate)
                .forEach(Gate::open);
        coordinator.complete(1L);
        assertThat(host.shutdown(Duration.ofSeconds(20))).isEmpty();
    }

    private void submit(int count) {
        submit(count, TaskOptions.DEFAULTS);
    }

    private void submit(int count, TaskOptions options) {
        for (int i = 0; i < count; i++) {
            host.submit(RefreshTask.purge("http://a.test/" + i).withOptions(options))
                    .whenComplete((ticket, e) -> (e == null ? accepted : refused).incrementAndGet());
        }
    }

    private EngineCore core() {
        return Objects.requireNonNull(host.life().core(), "core");
    }

    private void assertAllAreTold() {
        await().atMost(LIMIT).until(() -> told.get() == accepted.get());
        assertThat(refused).hasValue(0);
    }

    /** Sends tasks until so many are told. */
    private void run(int tasks) {
        submit(tasks);
        await().atMost(LIMIT).until(() -> told.get() >= MANY);
    }

    @Test
    void insert_standsStill_theOtherSaverAndAllStagesGoOn() {
        insert.shut();
        run(3 * MANY);
        assertThat(insert.stopped()).isEqualTo(1);
        // saver 1 has inserted and saved, a lane was told of inserts, reports and saves, the feed has pushed
        assertThat(core().savers[1].queue().processed()).isGreaterThanOrEqualTo(2 * MANY);
        assertThat(core().lanes[1].queue().processed()).isGreaterThanOrEqualTo(2 * MANY);
        assertThat(core().feed.queue().processed()).isGreaterThanOrEqualTo(MANY);

        insert.open();
        assertAllAreTold();
        assertThat(told).hasValue(3 * MANY);
    }

    @Test
    void update_standsStill_theOtherSaverAndAllStagesGoOn() {
        update.shut();
        run(3 * MANY);
        assertThat(update.stopped()).isEqualTo(1);

        update.open();
        await().atMost(LIMIT).until(() -> accepted.get() == 3 * MANY);
        assertAllAreTold();
    }

    @Test
    void queries_standStill_tasksAndHousekeepingGoOn() {
        query.shut();
        AtomicInteger answered = new AtomicInteger();
        for (int i = 0; i < 10; i++) {
            host.find(new TaskId(1L << 40 | i), answer -> answered.incrementAndGet());
        }
        await().atMost(LIMIT).until(() -> query.stopped() == 2);

        run(MANY);
        int before = renewals.get();
        await().atMost(LIMIT).until(() -> renewals.get() > before + 1);
        assertThat(answered).hasValue(0);
        assertThat(host.unreadiness()).isEmpty();

        query.open();
        await().atMost(LIMIT).until(() -> answered.get() == 10);
    }

    @Test
    void queries_standStill_moreThreadsHelp() {
        query.shut();
        host.find(new TaskId(1L << 40), answer -> {});
        host.find(new TaskId(1L << 40), answer -> {});
        await().atMost(LIMIT).until(() -> query.stopped() == 2);
        host.events().resize(EnginePool.QUERIES, 3);
        host.find(new TaskId(1L << 40), answer -> {});
        await().atMost(LIMIT).until(() -> query.stopped() == 3);
    }

    @Test
    void transport_standsStill_tasksAreTakenInWithdrawnAndTold() {
        transport.gate.shut();
        submit(1);
        await().atMost(LIMIT).until(() -> transport.gate.stopped() == 1);
        TaskId[] ids = new TaskId[MANY];
        for (int i = 0; i < MANY; i++) {
            int index = i;
            host.submit(RefreshTask.purge("http://b.test/" + i)).whenComplete((ticket, e) -> {
                ids[index] = ticket.id();
                accepted.incrementAndGet();
            });
        }
        await().atMost(LIMIT).until(() -> accepted.get() == MANY + 1);
        AtomicInteger found = new AtomicInteger();
        for (TaskId id : ids) {
            host.find(id, answer -> found.incrementAndGet());
            host.cancel(id, "test", answer -> {});
        }
        await().atMost(LIMIT).until(() -> told.get() >= MANY && found.get() == MANY);
        assertThat(transport.gate.stopped()).isEqualTo(1);

        transport.gate.open();
        assertAllAreTold();
    }

    @Test
    void listener_standsStill_tasksReachTheirEndInTheStore() {
        listener.shut();
        submit(MANY);
        await().atMost(LIMIT).until(() -> listener.stopped() == 1 && accepted.get() == MANY);
        await().atMost(LIMIT).until(() -> done() == MANY + 1);
        assertThat(told).hasValue(1);

        listener.open();
        assertAllAreTold();
        await().atMost(LIMIT).until(() -> core().table.size() == 0);
    }

    /** Tasks that the store holds as done. */
    private long done() {
        TaskFilter filter = new TaskFilter(null, TaskState.DONE, null, null, null, null, null);
        long count = 0;
        long before = Long.MAX_VALUE;
        List<TaskHead> page = memory.list(filter, before, 1_000);
        while (!page.isEmpty()) {
            count += page.size();
            before = page.get(page.size() - 1).row().id().value();
            page = memory.list(filter, before, 1_000);
        }
        return count;
    }

    @Test
    void alertSink_standsStill_tasksGoOnAndAlertsAreDroppedAtTheBound() {
        sink.shut();
        for (int i = 0; i < 3_000; i++) {
            host.life().alerts().raise(Severity.WARN, "planted", "subject " + i, "");
        }
        await().atMost(LIMIT).until(() -> sink.stopped() == 1);
        run(MANY);
        assertThat(host.life().alerts().dropped()).isGreaterThan(1_000);
    }

    @Test
    void subscriber_standsStill_tasksGoOn() {
        subscriber.shut();
        host.events().subscribe(DeviceEvent.class, event -> subscriber.pass());
        host.events().publish(new DeviceEvent("x", DeviceState.ONLINE, true));
        await().atMost(LIMIT).until(() -> subscriber.stopped() == 1);
        run(MANY);
        assertThat(subscriber.stopped()).isEqualTo(1);
    }

    @Test
    void coordinator_doesNotAnswer_tasksOfOthersGoOn() throws Exception {
        transport.join("away");
        int away = Objects.requireNonNull(host.life().devices().view().device("away"))
                .ordinal();
        transport.silent.add(away);
        TaskOptions hopeless = TaskOptions.DEFAULTS.toBuilder()
                .scope(new Scope(List.of(), List.of(), List.of("away"), List.of()))
                .deadline(Duration.ofSeconds(1))
                .build();
        submit(100, hopeless);
        await().atMost(LIMIT).until(() -> parkings.get() >= 100);
        told.set(0);
        accepted.set(0);

        TaskOptions here = TaskOptions.DEFAULTS.toBuilder()
                .scope(new Scope(List.of(), List.of(), List.of("here"), List.of()))
                .build();
        submit(MANY, here);
        await().atMost(LIMIT).until(() -> told.get() >= MANY);
        assertThat(core().table.size()).isGreaterThanOrEqualTo(100);

        coordinator.complete(1L);
        await().atMost(LIMIT).until(() -> core().table.size() == 0);
    }
}
