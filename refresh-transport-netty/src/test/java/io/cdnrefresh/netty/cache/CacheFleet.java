// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.Layer;
import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.ProxyOptions;
import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.TaskHandle;
import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.spi.CacheServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;

/** An engine and the proxies of several nodes, each with one cache. Not thread-safe. */
final class CacheFleet implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(9);

    private final NettyLoops loops = NettyLoops.builder().build();
    private final HttpClient client = HttpClient.builder().loops(loops).build();
    private final LocalTransport transport = LocalTransport.create();
    private final List<AutoCloseable> parts = new ArrayList<>();
    private final List<RefreshProxy> proxies = new ArrayList<>();
    final RefreshEngine engine;

    /** A node: its name, its tier and its cache. */
    record Node(String name, String tier, CacheSettings settings) {}

    CacheFleet(List<Node> nodes) {
        MemoryStore store = new MemoryStore();
        engine = RefreshEngine.builder()
                .store(store)
                .queries(store)
                .registry(store)
                .transport(transport.engineSide())
                .options(EngineOptions.DEFAULTS.toBuilder().owner("fleet").build())
                .build();
        engine.start();
        try {
            nodes.forEach(this::start);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() ->
                            proxies.stream().allMatch(proxy -> proxy.stats().links() > 0));
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void start(Node node) {
        CacheServer server = CacheDrivers.create(node.settings(), client);
        RefreshProxy proxy = RefreshProxy.builder()
                .id(node.name())
                .tier(node.tier())
                .transport(transport.proxySide())
                .options(ProxyOptions.DEFAULTS)
                .cache(new ProxyCache(node.settings().driver(), server, Layer.FRONT, null))
                .build();
        parts.add(server);
        parts.add(0, proxy);
        proxies.add(proxy);
        proxy.start();
    }

    /** Submits a task. */
    TaskHandle submit(RefreshTask task) {
        return engine.submit(task);
    }

    /** Submits a task and waits for its end. */
    TaskProgress run(RefreshTask task) {
        return end(submit(task));
    }

    static TaskProgress end(TaskHandle task) {
        try {
            return task.completion().toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("no end", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** The figures of the proxies, by the order of their nodes. */
    List<RefreshProxy> proxies() {
        return proxies;
    }

    @Override
    public void close() {
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                throw new AssertionError("not closed", e);
            }
        }
        engine.close();
        transport.close();
        client.close();
        loops.close();
    }
}
