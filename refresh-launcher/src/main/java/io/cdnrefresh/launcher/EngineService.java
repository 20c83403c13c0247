// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.ShutdownReport;
import io.cdnrefresh.local.LocalCoordinator;
import io.cdnrefresh.model.AuthOptions;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.FencedEvent;
import io.cdnrefresh.model.FlowLimits;
import io.cdnrefresh.model.IntakeLimits;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.http.CorsEndpoint;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.netty.http.HttpApiServerBuilder;
import io.cdnrefresh.netty.poll.HttpEngineTransport;
import io.cdnrefresh.netty.poll.MixedEngineTransport;
import io.cdnrefresh.netty.rpc.RpcEngineTransport;
import io.cdnrefresh.netty.tls.TlsFiles;
import io.cdnrefresh.redis.RedisCoordinator;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.MetricSource;
import io.cdnrefresh.spi.Reload;
import io.cdnrefresh.spi.TaskStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An engine with all that belongs to it. Started by {@link #start}, stopped once by {@link #close}. */
final class EngineService implements AutoCloseable {
    private static final long READY_POLL_MILLIS = 20;
    private static final Logger logger = LoggerFactory.getLogger(EngineService.class);

    private volatile Config config;
    private volatile ApiEndpoint cors = (request, responder) -> {};
    private final Closing parts = new Closing();
    private final RefreshEngine engine;
    private final AlertOutput alerts;
    private final RpcEngineTransport transport;
    private final @Nullable HttpEngineTransport polls;
    private final HttpApiServer http;
    private final @Nullable HttpApiServer dialects;
    private final String httpHost;
    private final String dialectsHost;
    private final Duration deadline;

    private EngineService(Config config, NettyLoops loops) {
        this.config = config;
        deadline = config.time("engine.shutdown");
        httpHost = config.text("engine.http.host");
        dialectsHost = config.text("engine.dialects.host");
        try {
            DataFolder data = parts.add("data folder", DataFolder.open(config.text("engine.data")));
            TaskStore store = parts.add("store", KeyStore.open(config, data.database()));
            AuthOptions auth = KeyStore.auth(config, store);
            Coordinator coordinator = parts.add("coordinator", coordinator(config));
            Peers peers = Peers.of(coordinator);
            TlsFiles rpcTls = add("rpc tls", TlsSettings.server(config, "engine.rpc"));
            RpcEngineTransport.Builder rpc = RpcEngineTransport.builder()
                    .host(config.text("engine.rpc.host"))
                    .port(config.number("engine.rpc.port"))
                    .compressAboveBytes("snappy".equals(config.text("engine.rpc.compression")) ? 512 : 0)
                    .token(secret(config, "engine.rpc.token"))
                    .tls(rpcTls)
                    .peers(peers::rpcAddresses)
                    .loops(loops);
            if (TlsSettings.namesDevices(config)) {
                rpc.namedByCertificate();
            }
            HttpEngineTransport.Builder overHttp = HttpEngineTransport.builder()
                    .token(secret(config, "engine.rpc.token"))
                    .loops(loops);
            if (config.flag("engine.rpc.token-per-device")) {
                rpc.tokenPerDevice();
                overHttp.tokenPerDevice();
            }
            transport = rpc.build();
            polls = takesPolls(config) ? overHttp.build() : null;
            HttpClient outward =
                    parts.add("http client", HttpClient.builder().loops(loops).build());
            alerts = parts.add("alerts", new AlertOutput(config, outward, instance(config, data)));
            engine = RefreshEngine.builder()
                    .store(store)
                    .coordinator(coordinator)
                    .transport(polls == null ? transport : new MixedEngineTransport(transport, polls))
                    .options(options(config, data, auth))
                    .alertSink(alerts)
                    .peers(Peers.caller(config, parts, loops))
                    .callbacks(Webhooks.sender(config, parts, loops), Webhooks.options(config))
                    .build();
            parts.add("engine", this::shutdownEngine);
            engine.addMetrics(new JvmMetrics());
            engine.addMetrics(Logging::metrics);
            engine.addMetrics(alerts);
            engine.addMetrics(() -> WireMetrics.of("outward", outward));
            engine.addMetrics(parts.add("certificates", CertMetrics.of(config, List.of("engine.http", "engine.rpc"))));
            if (store instanceof MetricSource source) {
                engine.addMetrics(source);
            }
            engine.start();
            TlsFiles httpTls = add("http tls", TlsSettings.server(config, "engine.http"));
            http = parts.add("http", http(config, loops, httpTls));
            dialects = DialectServer.create(config, engine.api(), coordinator.counters(), loops, httpTls);
            if (dialects != null) {
                parts.add("dialects", dialects);
            }
            engine.addMetrics(() -> WireMetrics.of(http));
        } catch (RuntimeException e) {
            parts.close();
            throw e;
        }
    }

    /** How this process is named to receivers of its alerts. */
    private static String instance(Config config, DataFolder data) {
        String address = Peers.address(config, "engine.http");
        return address.isEmpty() ? data.owner() : address;
    }

    /** Event loops as the configuration wants them. */
    static NettyLoops loops(Config config) {
        return NettyLoops.builder()
                .acceptThreads(config.number("engine.io.accept-threads"))
                .httpThreads(config.number("engine.io.http-threads"))
                .rpcThreads(config.number("engine.io.rpc-threads"))
                .build();
    }

    /** Starts an engine and its API, which answers from now on; it is ready once it has reached its store. */
    static EngineService start(Config config, NettyLoops loops) {
        EngineService service = startWithoutApi(config, loops);
        try {
            service.openApi();
            return service;
        } catch (RuntimeException e) {
            service.parts.close();
            throw e;
        }
    }

    /** Starts an engine whose API answers after {@link #openApi}. */
    static EngineService startWithoutApi(Config config, NettyLoops loops) {
        return new EngineService(config, loops);
    }

    /** Calls back, once, when other engines have replaced this one. */
    void onFenced(Runnable call) {
        var unused = engine.subscribe(FencedEvent.class, event -> call.run());
    }

    /** What operators may look into. */
    AdminPages.Inside inside() {
        return new AdminPages.Inside(() -> config, engine::metrics, engine::locks, engine::sizes);
    }

    void openApi() {
        http.start();
        if (dialects != null) {
            dialects.start();
            logger.info("dialects listening host={} port={}", dialectsHost, dialects.port());
        }
    }

    /** Waits until the engine takes tasks and proxies; however long its store is away. */
    void awaitReady() {
        try {
            while (!engine.unreadiness().isEmpty()) {
                TimeUnit.MILLISECONDS.sleep(READY_POLL_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException(ExitCode.FAILED, "interrupted");
        }
    }

    /** Where the API answers. */
    String apiAddress() {
        return httpHost + ":" + http.port();
    }

    /** The port of the API; after {@link #openApi}. */
    int apiPort() {
        return http.port();
    }

    /** The port that proxies dial; after {@link #awaitReady}. */
    int rpcPort() {
        return transport.port();
    }

    /** Refuses new tasks, lets go what is under way, then ends everything, front to back. */
    @Override
    public void close() {
        engine.drain();
        if (polls != null) {
            polls.leave();
        }
        http.stopAccepting();
        if (dialects != null) {
            dialects.stopAccepting();
        }
        parts.close();
    }

    private void shutdownEngine() {
        ShutdownReport report = engine.shutdown(deadline);
        logger.info("engine stopped {}", report);
    }

    private @Nullable TlsFiles add(String name, @Nullable TlsFiles files) {
        return files == null ? null : parts.add(name, files);
    }

    private HttpApiServer http(Config config, NettyLoops loops, @Nullable TlsFiles tls) {
        allowOrigins(config);
        ApiEndpoint allowing = (request, responder) -> cors.onRequest(request, responder);
        HttpApiServerBuilder builder = HttpApiServer.builder(RecordKeys.recorded(config, parts, allowing))
                .host(httpHost)
                .port(config.number("engine.http.port"))
                .maxBodyBytes(config.number("engine.http.max-body"))
                .loops(loops);
        return (tls == null ? builder : builder.tls(tls)).build();
    }

    private void allowOrigins(Config now) {
        ApiEndpoint api = polls == null ? engine.api() : polls.endpoint(engine.api());
        ApiEndpoint endpoint = config.flag("engine.http.page") ? new StatusPage(api) : api;
        cors = CorsEndpoint.allowing(now.list("engine.http.allow-origins"), endpoint);
    }

    /** Uses what may change while the engine runs. */
    void apply(Config now) {
        config = now;
        allowOrigins(now);
        alerts.apply(now);
        boolean unused = engine.update(limits(now), flow(now));
    }

    /** Who reads the configuration anew when the API is asked to. */
    void onReload(Reload way) {
        engine.onReload(way);
    }

    /** Over HTTP nothing but the shared token says who somebody is: not enough where certificates name the devices. */
    private static boolean takesPolls(Config config) {
        boolean isWanted = config.flag("engine.http.proxies");
        if (isWanted && TlsSettings.namesDevices(config)) {
            logger.info("proxies over http are not taken: engine.rpc.tls-client-ca names the devices");
            return false;
        }
        return isWanted;
    }

    private static @Nullable String secret(Config config, String key) {
        String secret = config.text(key);
        return secret.isEmpty() ? null : secret;
    }

    private static Coordinator coordinator(Config config) {
        String url = config.text("coordinator.url");
        return url.isEmpty() ? LocalCoordinator.builder().build() : redis(config, url);
    }

    private static Coordinator redis(Config config, String url) {
        RedisCoordinator.Builder redis = RedisCoordinator.builder(url)
                .lease(config.time("engine.lease").multipliedBy(2).dividedBy(3))
                .commandTimeout(config.time("coordinator.timeout"))
                .requestQueue(config.number("coordinator.requests"))
                .queueBound(config.number("coordinator.queue-bound"));
        String authority = config.text("coordinator.tls-ca");
        return (authority.isEmpty() ? redis : redis.trust(Path.of(authority))).build();
    }

    private static EngineOptions options(Config config, DataFolder data, AuthOptions auth) {
        String id = config.text("engine.id");
        return EngineOptions.DEFAULTS.toBuilder()
                .id("auto".equals(id) ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(id)))
                .owner(data.owner())
                .lease(config.time("engine.lease"))
                .version(Version.number())
                .apiAddress(Peers.address(config, "engine.http"))
                .rpcAddress(Peers.address(config, "engine.rpc"))
                .lanes(config.number("engine.lanes"))
                .maxTasks(config.number("engine.max-tasks"))
                .retention(config.time("engine.retention"))
                .barrier(config.time("engine.barrier"))
                .offlineAfter(config.time("engine.offline-after"))
                .flow(flow(config))
                .gateMaxRed(config.percent("gate.max-red") / 100.0)
                .collapseAbove(config.number("engine.offline.collapse-above"))
                .limits(limits(config))
                .lockLimit(config.time("diag.lock-limit"))
                .auth(auth)
                .build();
    }

    private static FlowLimits flow(Config config) {
        return new FlowLimits(
                config.number("engine.flow.urls"),
                config.number("engine.flow.broad"),
                config.number("engine.flow.preloads"),
                config.number("engine.flow.slow-share"),
                config.time("engine.flow.slow-after"),
                config.time("engine.flow.calm"));
    }

    private static IntakeLimits limits(Config config) {
        Map<TaskKind, List<RateLimit>> kinds = new EnumMap<>(TaskKind.class);
        Map<TaskKind, Integer> weights = new EnumMap<>(TaskKind.class);
        for (TaskKind kind : TaskKind.values()) {
            String name = kind.name().toLowerCase(Locale.ROOT);
            kinds.put(kind, RateLimit.parse(config.text("limit.kind." + name)));
            weights.put(kind, config.number("limit.weight." + name));
        }
        return new IntakeLimits(
                RateLimit.parse(config.text("limit.tenant")),
                kinds,
                RateLimit.parse(config.text("limit.host")),
                weights,
                config.flag("limit.hard"),
                config.time("limit.sync"));
    }
}
