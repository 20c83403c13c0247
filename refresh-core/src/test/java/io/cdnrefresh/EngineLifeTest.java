// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.local.LocalCoordinator;
import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.ConfigEvent;
import io.cdnrefresh.model.DeviceEvent;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineEvent;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.EnginePool;
import io.cdnrefresh.model.EngineState;
import io.cdnrefresh.model.EngineStateEvent;
import io.cdnrefresh.model.ExitEvent;
import io.cdnrefresh.model.LeaderEvent;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.LeaderElection;
import io.cdnrefresh.spi.RefreshTimer;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.timer.TimingWheel;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** An engine's life from outside: what it tells of itself, in which order it ends, and that nothing of it is left. */
class EngineLifeTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final List<String> order = Collections.synchronizedList(new ArrayList<>());
    private final List<EngineEvent> events = Collections.synchronizedList(new ArrayList<>());

    /** The target; the last call of each named method is noted when it begins. */
    @SuppressWarnings("unchecked")
    private <T> T noting(T target, List<String> methods, Class<?>... faces) {
        return (T) Proxy.newProxyInstance(EngineLifeTest.class.getClassLoader(), faces, (proxy, method, arguments) -> {
            if (methods.contains(method.getName())) {
                order.remove(method.getName());
                order.add(method.getName());
            }
            try {
                return method.invoke(target, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .collect(Collectors.toSet());
    }

    private static boolean submitted(RefreshEngine engine, String url) {
        try {
            engine.submit(RefreshTask.purge(url));
            return true;
        } catch (RuntimeException notYet) {
            return false;
        }
    }

    @Test
    void shutdown_order_isFrontToBack() throws Exception {
        LocalCoordinator coordinator = LocalCoordinator.builder().build();
        LeaderElection election = noting(coordinator.election(), List.of("resign"), LeaderElection.class);
        Coordinator shared = (Coordinator) Proxy.newProxyInstance(
                EngineLifeTest.class.getClassLoader(),
                new Class<?>[] {Coordinator.class},
                (proxy, method, arguments) ->
                        method.getName().equals("election") ? election : method.invoke(coordinator, arguments));
        MemoryStore memory = new MemoryStore();
        TaskStore store = noting(memory, List.of("update"), TaskStore.class, TaskQueries.class, RegistryStore.class);
        LocalTransport transport = LocalTransport.create();
        CountDownLatch isToldOnce = new CountDownLatch(1);
        CompletableFuture<Void> mayGoOn = new CompletableFuture<>();
        RefreshEngine engine = RefreshEngine.builder()
                .store(store)
                .coordinator(shared)
                .transport(noting(transport.engineSide(), List.of("shutdown", "publish"), EngineTransport.class))
                .timer(noting(TimingWheel.builder().build(), List.of("stop"), RefreshTimer.class))
                .completionListener(progress -> {
                    isToldOnce.countDown();
                    mayGoOn.join();
                    order.remove("told");
                    order.add("told");
                })
                .build();
        engine.subscribe(ExitEvent.class, exit -> order.add("exit"));
        engine.start();
        ModelCache cache = new ModelCache();
        RefreshProxy proxy = RefreshProxy.builder()
                .id("node")
                .transport(transport.proxySide())
                .cache(ProxyCache.front("model", cache))
                .build();
        proxy.start();
        await().atMost(LIMIT).until(() -> submitted(engine, "http://a.test/1"));
        assertThat(isToldOnce.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        // Something is on its way through every stage: the caches do not answer, the notifier stands still.
        cache.setDead(true);
        for (int i = 0; i < 100; i++) {
            assertThat(submitted(engine, "http://a.test/" + i)).isTrue();
        }
        CompletableFuture<ShutdownReport> report = CompletableFuture.supplyAsync(() -> engine.shutdown(LIMIT));
        await().atMost(LIMIT).until(() -> order.contains("stop"));
        assertThat(submitted(engine, "http://a.test/late")).isFalse();
        mayGoOn.complete(null);
        ShutdownReport left = report.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        proxy.close();
        transport.close();

        assertThat(order.subList(order.indexOf("shutdown"), order.size())).doesNotContain("publish");
        assertThat(order).containsSubsequence("publish", "shutdown", "stop", "told", "resign", "exit");
        assertThat(left.leftUndone()).containsOnlyKeys("tasks").containsEntry("tasks", 100);
        assertThat(left.clean()).isFalse();
        assertThat(engine.shutdown(LIMIT).leftUndone()).isEmpty();
    }

    @Test
    void shutdown_transportIsStuck_tasksAreSavedAllTheSameWithinTheDeadline() throws Exception {
        MemoryStore memory = new MemoryStore();
        CountDownLatch never = new CountDownLatch(1);
        LocalTransport transport = LocalTransport.create();
        EngineTransport side = transport.engineSide();
        EngineTransport stuck = (EngineTransport) Proxy.newProxyInstance(
                EngineLifeTest.class.getClassLoader(),
                new Class<?>[] {EngineTransport.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("publish")) {
                        never.await();
                    }
                    return method.invoke(side, arguments);
                });
        RefreshEngine engine =
                RefreshEngine.builder().store(memory).transport(stuck).build();
        engine.start();
        RefreshProxy proxy = RefreshProxy.builder()
                .id("node")
                .transport(transport.proxySide())
                .cache(ProxyCache.front("model", new ModelCache()))
                .build();
        proxy.start();
        await().atMost(LIMIT).until(() -> submitted(engine, "http://a.test/1"));
        TaskHandle withdrawn = engine.submit(RefreshTask.purge("http://a.test/2"));

        ShutdownReport report = engine.shutdown(Duration.ofSeconds(2));
        proxy.close();
        transport.close();

        assertThat(report.leftUndone()).containsKey("tasks").doesNotContainKeys("saver-0", "saver-1", "notify");
        assertThat(memory.find(withdrawn.id())).isPresent();
        assertThat(withdrawn.completion().toCompletableFuture()).isCompletedExceptionally();
    }

    @Test
    void startStop_hundredRounds_leavesNoThread() {
        Set<Thread> before = threads();
        for (int round = 0; round < 100; round++) {
            RefreshEngine engine = RefreshEngine.builder().build();
            engine.start();
            assertThat(engine.shutdown(LIMIT).leftUndone()).isEmpty();
        }
        await().atMost(LIMIT).untilAsserted(() -> {
            Set<Thread> left = threads();
            left.removeAll(before);
            left.removeIf(thread -> thread.getName().startsWith("ForkJoin")
                    || thread.getName().startsWith("awaitility")
                    || thread.getName().startsWith("process reaper"));
            assertThat(left).isEmpty();
        });
    }

    @Test
    void start_twice_isRefused_andAClosedEngineStaysClosed() {
        RefreshEngine engine = RefreshEngine.builder().build();
        engine.start();
        assertThatThrownBy(engine::start).isInstanceOf(IllegalStateException.class);
        engine.close();
        assertThatThrownBy(engine::start).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void close_neverStarted_leavesNothing() {
        Set<Thread> before = threads();
        RefreshEngine engine = RefreshEngine.builder().build();
        assertThat(engine.shutdown(LIMIT).leftUndone()).isEmpty();
        Set<Thread> left = threads();
        left.removeAll(before);
        assertThat(left).noneMatch(thread -> thread.getName().matches("lane-.*|saver-.*|query-.*|notify-.*|wheel"));
    }

    @Test
    void idle_engine_usesNextToNoProcessorTime() {
        Set<Thread> before = threads();
        RefreshEngine engine = RefreshEngine.builder().build();
        engine.start();
        Set<Thread> own = threads();
        own.removeAll(before);
        assertThat(own).hasSizeGreaterThan(8);
        ThreadMXBean bean = ManagementFactory.getThreadMXBean();
        await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
        long beforeNanos = processorNanos(bean, own);
        await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
        long usedNanos = processorNanos(bean, own) - beforeNanos;
        engine.close();

        // in two seconds; one spinning thread would use 2,000 ms
        assertThat(Duration.ofNanos(usedNanos)).isLessThan(Duration.ofMillis(200));
    }

    private static long processorNanos(ThreadMXBean bean, Set<Thread> threads) {
        return threads.stream()
                .mapToLong(thread -> Math.max(0, bean.getThreadCpuTime(thread.getId())))
                .sum();
    }

    @Test
    void subscribe_lifeOfAnEngine_isTold() {
        LocalTransport transport = LocalTransport.create();
        RefreshEngine engine = RefreshEngine.builder()
                .transport(transport.engineSide())
                .options(EngineOptions.DEFAULTS.toBuilder()
                        .offlineAfter(Duration.ofMillis(100))
                        .build())
                .build();
        engine.subscribe(EngineEvent.class, event -> {
            throw new IllegalStateException("planted");
        });
        engine.subscribe(EngineEvent.class, events::add);
        engine.start();
        RefreshProxy proxy = RefreshProxy.builder()
                .id("node")
                .transport(transport.proxySide())
                .cache(ProxyCache.front("model", new ModelCache()))
                .build();
        proxy.start();
        await().atMost(LIMIT).until(() -> events.contains(new DeviceEvent("node", DeviceState.ONLINE, true)));
        await().atMost(LIMIT).until(() -> events.stream().anyMatch(event -> event instanceof LeaderEvent));
        proxy.close();
        await().atMost(LIMIT).until(() -> events.contains(new DeviceEvent("node", DeviceState.OFFLINE, false)));
        engine.resize(EnginePool.QUERIES, 4);
        engine.close();
        transport.close();

        assertThat(events)
                .containsSubsequence(
                        new EngineStateEvent(EngineState.SERVING),
                        new DeviceEvent("node", DeviceState.ONLINE, true),
                        new DeviceEvent("node", DeviceState.ONLINE, false),
                        new DeviceEvent("node", DeviceState.OFFLINE, false),
                        new ConfigEvent(EnginePool.QUERIES, 4),
                        new EngineStateEvent(EngineState.DRAINING),
                        new EngineStateEvent(EngineState.STOPPED));
        assertThat(events.get(events.size() - 1)).isInstanceOf(ExitEvent.class);
    }

    private static long callbackThreads() {
        return threads().stream()
                .filter(thread -> thread.getName().startsWith("timer-cb-"))
                .count();
    }

    @Test
    void resize_notifier_standsStillWithZeroAndGoesOnWithMore() throws Exception {
        LocalTransport transport = LocalTransport.create();
        List<String> tellers = Collections.synchronizedList(new ArrayList<>());
        RefreshEngine engine = RefreshEngine.builder()
                .transport(transport.engineSide())
                .completionListener(
                        progress -> tellers.add(Thread.currentThread().getName()))
                .build();
        assertThatThrownBy(() -> engine.resize(EnginePool.NOTIFIER, 2)).isInstanceOf(IllegalStateException.class);
        engine.start();
        RefreshProxy proxy = RefreshProxy.builder()
                .id("node")
                .transport(transport.proxySide())
                .cache(ProxyCache.front("model", new ModelCache()))
                .build();
        proxy.start();
        await().atMost(LIMIT).until(() -> submitted(engine, "http://a.test/1"));
        await().atMost(LIMIT).until(() -> tellers.size() == 1);

        engine.resize(EnginePool.NOTIFIER, 0);
        TaskHandle waiting = engine.submit(RefreshTask.purge("http://a.test/2"));
        await().pollDelay(Duration.ofMillis(500)).until(() -> true);
        assertThat(waiting.completion().toCompletableFuture()).isNotDone();
        engine.resize(EnginePool.NOTIFIER, 3);
        long callbacks = callbackThreads();
        engine.resize(EnginePool.TIMER_CALLBACKS, 3);
        waiting.completion().toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(threads().stream().map(Thread::getName)).contains("notify-2", "timer-cb-2");
        engine.resize(EnginePool.TIMER_CALLBACKS, 1);
        await().atMost(LIMIT).until(() -> callbackThreads() == callbacks);
        assertThatThrownBy(() -> engine.resize(EnginePool.NOTIFIER, 65))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65 (expected: 0..64)");

        proxy.close();
        engine.close();
        transport.close();
    }
}
