// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.Layer;
import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.TaskHandle;
import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.testkit.PlainHttp;
import io.cdnrefresh.netty.testkit.RealCache;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.RegistryChange;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** An origin, a real cache, a proxy and an engine. Not thread-safe. */
final class MatrixNode implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    final String driver;
    final DemoOrigin origin = new DemoOrigin(0).start();
    final RealCache cache;
    final MemoryStore store = new MemoryStore();
    private final NettyLoops loops = NettyLoops.builder().build();
    private final HttpClient client =
            HttpClient.builder().loops(loops).maxWaitingPerHost(100_000).build();
    private final LocalTransport transport = LocalTransport.create();
    private final CacheServer server;
    private final RefreshEngine engine;
    private final RefreshProxy proxy;

    /** @param journal the folder of the proxy's journal; null = none */
    MatrixNode(String driver, @Nullable Path journal) {
        this(driver, journal, Duration.ofMinutes(2));
    }

    /** @param forgets what the cache may have forgotten after a crash */
    MatrixNode(String driver, @Nullable Path journal, Duration forgets) {
        this.driver = driver;
        cache = RealCache.of(driver, origin.port()).start();
        Duration fence = Duration.ofSeconds(2);
        server = CacheDrivers.create(
                cache.settings()
                        .urlFence(fence)
                        .broadFence(fence)
                        .forgets(forgets)
                        .build(),
                client);
        engine = RefreshEngine.builder()
                .store(store)
                .queries(store)
                .registry(store)
                .transport(transport.engineSide())
                .options(EngineOptions.DEFAULTS.toBuilder().owner("matrix").build())
                .build();
        for (String tenant : List.of("a", "b")) {
            HostRule rule =
                    new HostRule("all-" + tenant + ".test", "tenant-" + tenant, List.of(), "", List.of(), List.of());
            rule(rule);
        }
        rule(new HostRule(
                "forms-a.test", "", List.of(), "{uri} {decoded} {encoded} {sorted} {slash}", List.of(), List.of()));
        rule(new HostRule("slices-a.test", "", List.of(), "{slice}", List.of(), List.of()));
        engine.start();
        RefreshProxy.Builder builder = RefreshProxy.builder()
                .id("node-1")
                .transport(transport.proxySide())
                .cache(new ProxyCache(driver, server, Layer.FRONT, null));
        if (journal != null) {
            builder.journal(journal);
        }
        proxy = builder.build();
        try {
            proxy.start();
            end(submit(RefreshTask.purge("http://warm.test/")));
        } catch (RuntimeException | Error e) {
            close(); // nobody else can: there is no object yet
            throw e;
        }
    }

    private void rule(HostRule rule) {
        store.apply(List.of(new RegistryChange.HostPut(rule)));
    }

    PlainHttp.Reply get(String host, String path, String... headers) {
        return PlainHttp.get(cache.port(), host, path, headers);
    }

    boolean isReady() {
        return proxy.isReady();
    }

    /** Whether the proxy has seen the restart of a server that forgets, and purged again. */
    boolean isCaughtUp(int purges) {
        return isReady() && (!driver.equals("ats") || proxy.stats().replayed() >= purges);
    }

    /** Whether the proxy holds the cache's disk for too old. */
    boolean needsWipe() {
        return proxy.stats().needsWipe() > 0;
    }

    TaskHandle submit(RefreshTask task) {
        TaskHandle[] handle = new TaskHandle[1];
        Awaitility.await().atMost(LIMIT).until(() -> {
            try {
                handle[0] = engine.submit(task);
                return true;
            } catch (RefreshException e) {
                if (e.category() == RefreshException.Category.PERMANENT
                        && !String.valueOf(e.getMessage()).contains("NoDevices")) {
                    throw e;
                }
                return false;
            }
        });
        return handle[0];
    }

    /** The one outcome of all targets, or all outcomes with their counts. */
    String end(TaskHandle task) {
        try {
            TaskProgress progress = task.completion().toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            StringBuilder text = new StringBuilder();
            for (Outcome outcome : Outcome.values()) {
                long count = progress.counts().of(outcome);
                if (count > 0) {
                    text.append(text.isEmpty() ? "" : ", ").append(outcome);
                }
            }
            return text.toString();
        } catch (Exception e) {
            return "no end: " + e;
        }
    }

    /** Whole seconds pass: some servers count no others. */
    void nextMoment() {
        long now = Instant.now().getEpochSecond();
        Awaitility.await()
                .pollInterval(Duration.ofMillis(10))
                .until(() -> Instant.now().getEpochSecond() > now);
    }

    @Override
    public void close() {
        proxy.close();
        engine.close();
        transport.close();
        server.close();
        client.close();
        loops.close();
        cache.close();
        origin.close();
    }
}
