// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.model.Verify;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.cache.CacheDrivers;
import io.cdnrefresh.netty.cache.CacheSettings;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.demo.SmallCache;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.netty.rpc.RpcEngineTransport;
import io.cdnrefresh.netty.rpc.RpcProxyTransport;
import io.cdnrefresh.netty.testkit.PlainHttp;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.ProxyTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A real engine with proxies over RPC, over HTTP, and one that is written in another language. */
class MixedFleetTest {
    private static final String HOST = "www.example.com";
    private static final String TOKEN = "s3cret";
    private static final Path SCRIPT = Path.of("..", "examples", "proxy-http", "proxy.py");

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final List<SmallCache> caches = new ArrayList<>();
    private final NettyLoops loops = add(NettyLoops.create());
    private final DemoOrigin origin = add(new DemoOrigin(0).start());
    private final HttpClient client = add(HttpClient.builder().loops(loops).build());
    private final RpcEngineTransport rpc =
            RpcEngineTransport.builder().loops(loops).token(TOKEN).build();
    private final HttpEngineTransport http =
            HttpEngineTransport.builder().loops(loops).token(TOKEN).build();
    private final RefreshEngine engine = RefreshEngine.builder()
            .transport(new MixedEngineTransport(rpc, http))
            .build();
    private final HttpApiServer front =
            add(HttpApiServer.builder(http.endpoint(engine.api())).loops(loops).build());

    private <T extends AutoCloseable> T add(T part) {
        parts.push(part);
        return part;
    }

    private void start() {
        add(engine);
        engine.start();
        front.start();
        await().until(() -> engine.unreadiness().isEmpty());
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable part : parts) {
            part.close();
        }
    }

    private SmallCache cache() {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), origin.port());
        SmallCache cache = add(SmallCache.builder().origin(address).build().start());
        caches.add(cache);
        return cache;
    }

    private void proxy(String device, ProxyTransport transport) {
        String url = "http://127.0.0.1:" + cache().port();
        CacheServer server =
                add(CacheDrivers.create(CacheSettings.builder("http", url).build(), client));
        RefreshProxy proxy = add(RefreshProxy.builder()
                .id(device)
                .transport(transport)
                .cache(ProxyCache.front("small", server))
                .build());
        proxy.start();
    }

    private RpcProxyTransport overRpc() {
        return RpcProxyTransport.builder()
                .loops(loops)
                .token(TOKEN)
                .engines(List.of("127.0.0.1:" + rpc.port()))
                .build();
    }

    private HttpProxyTransport overHttp(String token) {
        return HttpProxyTransport.builder()
                .loops(loops)
                .client(client)
                .token(token)
                .engines(List.of("127.0.0.1:" + front.port()))
                .build();
    }

    private void awaitDevices(int count) {
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptions()
                .until(() -> devices().split("\"connected\":true", -1).length == count + 1);
    }

    private String devices() {
        return new String(
                PlainHttp.get(front.port(), "engine", "/v1/engine/devices").body(),
                java.nio.charset.StandardCharsets.UTF_8);
    }

    /** Every cache has the object; it changes; a purge makes every cache fetch the new one. */
    private void purgeEverywhere() throws Exception {
        int before = origin.version();
        for (SmallCache cache : caches) {
            PlainHttp.get(cache.port(), HOST, "/a.css");
            assertThat(PlainHttp.get(cache.port(), HOST, "/a.css").version()).isEqualTo(before);
        }
        origin.bump();
        RefreshTask task = RefreshTask.purge("http://" + HOST + "/a.css")
                .withOptions(
                        TaskOptions.DEFAULTS.toBuilder().verify(Verify.NONE).build());
        TaskProgress progress =
                engine.submit(task).completion().toCompletableFuture().get(30, TimeUnit.SECONDS);
        assertThat(progress.state()).isEqualTo(TaskState.DONE);
        for (SmallCache cache : caches) {
            assertThat(PlainHttp.get(cache.port(), HOST, "/a.css").version()).isEqualTo(before + 1);
        }
    }

    @Test
    void rpcAndHttp_onOneEngine_bothPurge() throws Exception {
        start();
        proxy("over-rpc", overRpc());
        proxy("over-http", overHttp(TOKEN));
        awaitDevices(2);
        purgeEverywhere();
        purgeEverywhere();
    }

    @Test
    void wrongToken_overHttp_isNeverADevice() {
        start();
        proxy("right", overHttp(TOKEN));
        proxy("wrong", overHttp("other"));
        awaitDevices(1);
        assertThat(devices()).contains("right").doesNotContain("wrong");
    }

    @Test
    void script_polledByIt_purges() throws Exception {
        assumeTrue(hasPython(), "python3 is not installed");
        start();
        SmallCache cache = cache();
        ProcessBuilder script = new ProcessBuilder(
                        "python3",
                        SCRIPT.toString(),
                        "http://127.0.0.1:" + front.port(),
                        "scripted",
                        "http://127.0.0.1:" + cache.port())
                .inheritIO();
        script.environment().put("REFRESH_PROXY_TOKEN", TOKEN);
        Process running = script.start();
        add(() -> running.destroyForcibly().waitFor());
        awaitDevices(1);
        purgeEverywhere();
        purgeEverywhere();
    }

    private static boolean hasPython() {
        try {
            return new ProcessBuilder("python3", "--version").start().waitFor() == 0;
        } catch (IOException missing) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
