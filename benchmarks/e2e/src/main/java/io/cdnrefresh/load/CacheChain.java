// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.Layer;
import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.ProxyOptions;
import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.TaskHandle;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.model.Verify;
import io.cdnrefresh.mysql.JdbcStore;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.cache.CacheDrivers;
import io.cdnrefresh.netty.cache.CacheSettings;
import io.cdnrefresh.netty.client.HttpCall;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.client.HttpReply;
import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.rpc.RpcEngineTransport;
import io.cdnrefresh.netty.rpc.RpcProxyTransport;
import io.cdnrefresh.netty.testkit.RealCache;
import io.cdnrefresh.spi.CacheServer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * Origin, real cache, proxy and engine, joined by RPC, in this process but for the cache. The driver knows one variant, so
 * that a URL is one PURGE, as it is for the reference. Not thread-safe.
 */
final class CacheChain implements AutoCloseable {
    private static final String HOST = "bench.test";
    private static final int BATCH = 500;

    final RealCache cache;
    private final DemoOrigin origin = new DemoOrigin(0).start();
    private final DataFolder data = new DataFolder();
    private final NettyLoops loops = NettyLoops.builder().build();
    private final HttpClient client =
            HttpClient.builder().loops(loops).maxWaitingPerHost(100_000).build();
    private final List<AutoCloseable> parts = new ArrayList<>();
    private final RefreshEngine engine;

    /** @param fence of purges; zero = off */
    CacheChain(String driver, Duration fence) {
        cache = RealCache.of(driver, origin.port()).start();
        CacheSettings settings =
                cache.settings().urlFence(fence).variants(List.of(List.of())).build();
        JdbcStore store = JdbcStore.builder().url(data.sqlite("engine")).build();
        RpcEngineTransport rpc = RpcEngineTransport.builder()
                .host("127.0.0.1")
                .port(0)
                .loops(loops)
                .build();
        engine = RefreshEngine.builder()
                .store(store)
                .queries(store)
                .registry(store)
                .transport(rpc)
                .options(EngineOptions.DEFAULTS.toBuilder().owner("bench").build())
                .build();
        engine.start();
        CacheServer server = CacheDrivers.create(settings, client);
        RefreshProxy proxy = RefreshProxy.builder()
                .id("bench-1")
                .transport(RpcProxyTransport.builder()
                        .engines(List.of("127.0.0.1:" + rpc.port()))
                        .loops(loops)
                        .build())
                .journal(data.path.resolve("proxy"))
                .options(ProxyOptions.DEFAULTS)
                .cache(new ProxyCache(driver, server, Layer.FRONT, null))
                .build();
        proxy.start();
        parts.addAll(List.of(proxy, engine, server, store));
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> proxy.stats().links() > 0 && proxy.isReady());
    }

    private static String path(String prefix, int i) {
        return "/" + prefix + "/" + i;
    }

    /** Has the cache keep so many objects. */
    void fill(String prefix, int count) {
        Semaphore slots = new Semaphore(64);
        CountDownLatch left = new CountDownLatch(count);
        AtomicInteger failed = new AtomicInteger();
        for (int i = 0; i < count; i++) {
            slots.acquireUninterruptibly();
            client.execute(call("GET", path(prefix, i)), reply -> {
                if (!(reply instanceof HttpReply.Response response) || response.status() != 200) {
                    failed.incrementAndGet();
                }
                slots.release();
                left.countDown();
            });
        }
        try {
            left.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (failed.get() > 0) {
            throw new IllegalStateException("objects not stored: " + failed + " of " + count);
        }
    }

    private HttpCall call(String method, String path) {
        return HttpCall.to(method, "127.0.0.1", cache.port(), path)
                .authority(HOST)
                .timeout(Duration.ofSeconds(30))
                .build();
    }

    /** The client's way: one PURGE, with no engine. */
    void purgeDirectly(String path) {
        CompletableFuture<HttpReply> done = new CompletableFuture<>();
        client.execute(call("PURGE", path), done::complete);
        HttpReply reply = done.join();
        if (!(reply instanceof HttpReply.Response response) || response.status() != 200) {
            throw new IllegalStateException("PURGE: " + reply);
        }
    }

    /** Looks whether it is there, as the proxy does. */
    void probeDirectly(String path) {
        CompletableFuture<HttpReply> done = new CompletableFuture<>();
        HttpCall probe = HttpCall.to("HEAD", "127.0.0.1", cache.port(), path)
                .authority(HOST)
                .header("Cache-Control", "only-if-cached")
                .header("X-Refresh-Probe", "1")
                .build();
        client.execute(probe, done::complete);
        if (!(done.join() instanceof HttpReply.Response)) {
            throw new IllegalStateException("no probe");
        }
    }

    private static RefreshTask of(Verify verify, String... paths) {
        String[] urls = new String[paths.length];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = "http://" + HOST + paths[i];
        }
        RefreshTask task = RefreshTask.purge(urls);
        return task.withOptions(task.options().toBuilder().verify(verify).build());
    }

    /** Purges so many objects by tasks of 500; gives the seconds until the last is final. */
    double purge(String prefix, int count, Verify verify) {
        long begin = System.nanoTime();
        List<TaskHandle> tasks = new ArrayList<>();
        for (int from = 0; from < count; from += BATCH) {
            String[] paths = new String[Math.min(BATCH, count - from)];
            for (int i = 0; i < paths.length; i++) {
                paths[i] = path(prefix, from + i);
            }
            tasks.add(engine.submit(of(verify, paths)));
        }
        tasks.forEach(CacheChain::end);
        return (System.nanoTime() - begin) / 1e9;
    }

    /** Purges so many objects by a task each, 64 at a time. */
    void purgeEach(String prefix, int count, Verify verify) {
        Deque<TaskHandle> open = new ArrayDeque<>();
        for (int i = 0; i < count; i++) {
            if (open.size() == 64) {
                end(open.remove());
            }
            open.add(engine.submit(of(verify, path(prefix, i))));
        }
        open.forEach(CacheChain::end);
    }

    /** Purges one object; gives the nanoseconds until its task is final. */
    long purgeOne(String path, Verify verify) {
        long begin = System.nanoTime();
        end(engine.submit(of(verify, path)));
        return System.nanoTime() - begin;
    }

    private static void end(TaskHandle task) {
        try {
            TaskProgress end = task.completion().toCompletableFuture().get(5, TimeUnit.MINUTES);
            if (end.state() != TaskState.DONE) {
                throw new IllegalStateException("task: " + end);
            }
        } catch (Exception e) {
            throw new IllegalStateException("task without an end", e);
        }
    }

    @Override
    public void close() {
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (Exception e) {
                throw new IllegalStateException("not closed", e);
            }
        }
        client.close();
        loops.close();
        cache.close();
        origin.close();
        data.close();
    }
}
