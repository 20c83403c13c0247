// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.ProxyOptions;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.ShutdownReport;
import io.cdnrefresh.model.PreloadLimits;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.netty.poll.HttpProxyTransport;
import io.cdnrefresh.netty.rpc.RpcProxyTransport;
import io.cdnrefresh.netty.tls.TlsFiles;
import io.cdnrefresh.spi.ProxyTransport;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A proxy with all that belongs to it. Started by {@link #start}, stopped once by {@link #close}. */
final class ProxyService implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(ProxyService.class);
    private static final long LINK_POLL_MILLIS = 5;

    private volatile Config config;
    private final Closing parts = new Closing();
    private final HttpApiServer http;
    private final String httpHost;
    private final String id;
    private final RefreshProxy proxy;
    private final ProxyCaches used;

    private ProxyService(
            Config config,
            List<Config.Cache> caches,
            List<String> engines,
            NettyLoops loops,
            @Nullable Supplier<Config> source) {
        this.config = config;
        httpHost = config.text("proxy.http.host");
        id = id(config);
        try {
            HttpClient client =
                    parts.add("http client", HttpClient.builder().loops(loops).build());
            RefreshProxy.Builder builder = RefreshProxy.builder()
                    .id(id)
                    .group(config.text("proxy.group"))
                    .tier(config.text("proxy.tier"))
                    .journal(Path.of(config.text("proxy.data")))
                    .options(options(config))
                    .gate(
                            config.time("gate.max-wait"),
                            config.text("gate.isolation").equals("withdraw"))
                    .version(Version.number());
            used = new ProxyCaches(caches, client);
            parts.add("caches", used);
            used.list().forEach(builder::cache);
            proxy = builder.transport(transport(config, engines, loops)).build();
            Duration deadline = config.time("proxy.shutdown");
            parts.add("proxy", () -> {
                ShutdownReport report = proxy.shutdown(deadline);
                logger.info("proxy stopped {}", report);
            });
            proxy.addMetrics(new JvmMetrics());
            proxy.addMetrics(Logging::metrics);
            proxy.addMetrics(parts.add("certificates", CertMetrics.of(config, List.of("proxy"))));
            proxy.addMetrics(() -> WireMetrics.of("caches", client));
            proxy.start();
            ProxyReload reload = new ProxyReload(config, source, next -> used.change(next, proxy));
            http = HttpApiServer.builder(reload.before(proxy.api()))
                    .host(httpHost)
                    .port(config.number("proxy.http.port"))
                    .loops(loops)
                    .build();
            parts.add("http", http);
            proxy.addMetrics(() -> WireMetrics.of(http));
            http.start();
        } catch (RuntimeException e) {
            parts.close();
            throw e;
        }
    }

    private ProxyTransport transport(Config config, List<String> engines, NettyLoops loops) {
        TlsFiles tls = TlsSettings.client(config);
        if (tls != null) {
            parts.add("tls", tls);
        }
        String secret = config.text("proxy.token");
        String token = secret.isEmpty() ? null : secret;
        if (!"http".equals(config.text("proxy.transport"))) {
            return RpcProxyTransport.builder()
                    .engines(engines)
                    .token(token)
                    .tls(tls)
                    .loops(loops)
                    .build();
        }
        // A client of its own: caches and engines need not trust the same authorities.
        HttpClient.Builder client = HttpClient.builder().loops(loops);
        HttpProxyTransport.Builder http =
                HttpProxyTransport.builder().engines(engines).token(token).loops(loops);
        if (tls != null) {
            client.tls(tls);
            http.secure();
        }
        return http.client(parts.add("engine client", client.build())).build();
    }

    /**
     * Starts a proxy; when this returns it dials the engines.
     *
     * @param caches at least one
     * @param engines {@code HOST:PORT} of each
     */
    static ProxyService start(Config config, List<Config.Cache> caches, List<String> engines, NettyLoops loops) {
        return start(config, caches, engines, loops, null);
    }

    /** The same; {@code source} reads the configuration again, null = it cannot be reloaded. */
    static ProxyService start(
            Config config,
            List<Config.Cache> caches,
            List<String> engines,
            NettyLoops loops,
            @Nullable Supplier<Config> source) {
        if (caches.isEmpty()) {
            throw new ConfigException(List.of(new ConfigFault(
                    "configuration", "proxy.cache", "none", "at least one: [[proxy.cache]] with driver and url")));
        }
        return new ProxyService(config, caches, engines, loops, source);
    }

    /** Waits until an engine has taken the proxy in, or until the time is over. */
    void awaitLink(Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        try {
            while (proxy.stats().links() == 0 && System.nanoTime() - end < 0) {
                TimeUnit.MILLISECONDS.sleep(LINK_POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Uses what may change while the proxy runs. */
    void apply(Config now) {
        config = now;
    }

    /**
     * Works with these caches from now on.
     *
     * @throws IllegalArgumentException if it cannot; then nothing has changed
     */
    void changeCaches(List<Config.Cache> next) {
        used.change(next, proxy);
    }

    /** What operators may look into. */
    AdminPages.Inside inside() {
        return new AdminPages.Inside(() -> config, proxy::metrics, List::of, proxy::sizes);
    }

    /** Where health and numbers are shown. */
    String httpAddress() {
        return httpHost + ":" + http.port();
    }

    /** The device's name. */
    String id() {
        return id;
    }

    @Override
    public void close() {
        parts.close();
    }

    private static ProxyOptions options(Config config) {
        return ProxyOptions.builder()
                .cacheCheck(config.time("proxy.cache-check"))
                .preloadInFlight(config.number("proxy.preload.in-flight"))
                .preloads(new PreloadLimits(
                        config.number("proxy.preload.per-host"),
                        config.size("proxy.preload.rate"),
                        config.size("proxy.preload.host-rate"),
                        config.time("proxy.preload.jitter"),
                        config.number("proxy.preload.max-objects"),
                        config.list("proxy.pod")))
                .build();
    }

    private static String id(Config config) {
        String given = config.text("proxy.id");
        if (!given.isEmpty()) {
            return given;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            throw new ConfigException(
                    List.of(new ConfigFault("configuration", "proxy.id", "", "a name, because the host has none")));
        }
    }
}
