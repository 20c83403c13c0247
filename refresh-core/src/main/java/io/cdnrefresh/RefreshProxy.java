// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.proxy.AgentCache;
import io.cdnrefresh.proxy.AgentSettings;
import io.cdnrefresh.proxy.ProxyAgent;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.MetricSource;
import io.cdnrefresh.spi.ProxyTransport;
import io.cdnrefresh.spi.RefreshTimer;
import io.cdnrefresh.timer.TimingWheel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The proxy of one node: takes commands from every engine, makes the node's caches forget or fetch, proves it, and
 * reports.
 *
 * <p>Thread-safe. One thread, {@code proxy-agent}, does all work; no call waits for a cache. What is sent again is
 * answered from memory and not executed again. A life of a proxy remembers nothing of the one before: the engines know
 * what is owed.
 *
 * <p>Owns the transport and the timer that it is given from {@link #start} on: it starts and stops them. The caches stay
 * the embedder's.
 */
public final class RefreshProxy implements AutoCloseable {
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(10);

    private final ProxyAgent agent;
    private final String id;
    private final String version;
    private final @Nullable Path journal;
    private final Map<String, String> drivers;
    private final List<MetricSource> sources = new CopyOnWriteArrayList<>();
    private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

    private RefreshProxy(
            ProxyAgent agent, String id, String version, @Nullable Path journal, Map<String, String> drivers) {
        this.journal = journal;
        this.drivers = Map.copyOf(drivers);
        this.agent = agent;
        this.id = id;
        this.version = version;
    }

    /** A builder; it needs at least an id, a transport and a cache. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts the thread and begins to dial the engines.
     *
     * @throws IllegalStateException if it was started before
     */
    public void start() {
        if (!state.compareAndSet(State.NEW, State.STARTED)) {
            throw new IllegalStateException("proxy: " + state.get() + " (expected: NEW)");
        }
        agent.start();
    }

    /**
     * Does all that can be done at this moment; for tests with a clock that is moved by hand.
     *
     * @throws IllegalStateException unless built with {@link Builder#callerRuns}
     */
    public void runPending() {
        agent.runPending();
    }

    /**
     * Whether the node may serve clients: it has caught up with the engines, is not stopping, and none of its caches may
     * hold, after a restart, what it was told to forget. {@link Builder#gate} says for how long it may be out.
     */
    public boolean isReady() {
        return agent.isReady();
    }

    /**
     * Works with other caches from now on, without losing anything: one that is equal to an old one keeps its queues, one that
     * is new gets what comes from now on, one that is left out does what it has and gets no more. Engines hear of new
     * abilities when they are joined the next time. Returns at once.
     *
     * @param released told of each server that is not used any more, on the proxy's thread; it may be closed then
     * @throws IllegalArgumentException if there is none, or two have one name
     */
    public void caches(List<ProxyCache> next, Consumer<CacheServer> released) {
        if (next.isEmpty() || next.stream().map(ProxyCache::name).distinct().count() < next.size()) {
            throw new IllegalArgumentException("caches: "
                    + next.stream().map(ProxyCache::name).toList() + " (expected: at least one, with different names)");
        }
        agent.caches(agentCaches(next, journal), released);
    }

    private static List<AgentCache> agentCaches(List<ProxyCache> caches, @Nullable Path journal) {
        return caches.stream()
                .map(cache -> new AgentCache(
                        cache.name(),
                        cache.server(),
                        cache.layer() == Layer.BACK,
                        cache.fence() == null ? Duration.ZERO : cache.fence(),
                        journal))
                .toList();
    }

    /** The figures of this moment. */
    public ProxyStats stats() {
        return ProxyStats.of(agent.counters());
    }

    /** The figures of this moment for a monitoring system. */
    public List<Metric> metrics() {
        List<Metric> all = new ArrayList<>(ProxyMetrics.of(stats(), agent.counters(), drivers, agent.isReady()));
        sources.forEach(source -> all.addAll(source.metrics()));
        return all;
    }

    /** For people: every queue with what is in it; one line each. */
    public List<String> sizes() {
        return metrics().stream()
                .filter(metric -> metric.name().equals("refresh_queue_depth"))
                .flatMap(metric -> metric.samples().stream())
                .map(sample -> "%-24s %12d".formatted(sample.labels().get(1), (long) sample.value()))
                .toList();
    }

    /** Adds figures to those that {@code GET /metrics} tells; they live as long as the proxy. */
    public void addMetrics(MetricSource source) {
        sources.add(source);
    }

    /**
     * The proxy's own small API: {@code GET /healthz} (200, or 503 with a reason while it should not serve),
     * {@code GET /stats} and {@code GET /metrics}.
     */
    public ApiEndpoint api() {
        return new ProxyApi(this, agent, id, version);
    }

    /**
     * Takes no more commands, waits for calls under way and for the engines' acknowledgements until the deadline, then
     * stops everything. What is left is not lost: the engines send it to the next life of this proxy. Idempotent: a
     * second call gives an empty report at once.
     */
    public ShutdownReport shutdown(Duration deadline) {
        Objects.requireNonNull(deadline, "deadline");
        if (state.getAndSet(State.STOPPED) != State.STARTED) {
            return new ShutdownReport(Map.of(), Duration.ZERO, true);
        }
        long startNanos = EngineClock.system().nanos();
        Map<String, Integer> left = agent.shutdown(deadline);
        return new ShutdownReport(left, Duration.ofNanos(EngineClock.system().nanos() - startNanos), left.isEmpty());
    }

    /** {@link #shutdown} within 10 seconds. */
    @Override
    public void close() {
        shutdown(CLOSE_WITHIN);
    }

    private enum State {
        NEW,
        STARTED,
        STOPPED
    }

    /** Collects what a proxy is made of. Not thread-safe. */
    public static final class Builder {
        private String id = "";
        private String group = "default";
        private String tier = "edge";
        private String version = "0";
        private @Nullable ProxyTransport transport;
        private @Nullable RefreshTimer timer;
        private final List<ProxyCache> caches = new ArrayList<>();
        private ProxyOptions options = ProxyOptions.DEFAULTS;
        private EngineClock clock = EngineClock.system();
        private @Nullable Path journal;
        private Duration gateMaxWait = Duration.ofMinutes(5);
        private boolean withdraws;
        private boolean hasThread = true;

        private Builder() {}

        /** The device id: 1 to 128 printable characters. Required. */
        public Builder id(String value) {
            if (value.isEmpty() || value.length() > 128 || value.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
                throw new IllegalArgumentException("id: " + value + " (expected: 1 to 128 printable characters)");
            }
            id = value;
            return this;
        }

        /** The group of devices it belongs to; {@code default} unless set. */
        public Builder group(String value) {
            group = value;
            return this;
        }

        /** {@code parent} or {@code edge}; the latter unless set. */
        public Builder tier(String value) {
            if (!value.equals("parent") && !value.equals("edge")) {
                throw new IllegalArgumentException("tier: " + value + " (expected: parent or edge)");
            }
            tier = value;
            return this;
        }

        /** The version of the software, as engines and operators see it. */
        public Builder version(String value) {
            version = value;
            return this;
        }

        /** The way to the engines. Required. */
        public Builder transport(ProxyTransport value) {
            transport = Objects.requireNonNull(value, "transport");
            return this;
        }

        /** One more cache; at least one. */
        public Builder cache(ProxyCache value) {
            caches.add(Objects.requireNonNull(value, "cache"));
            return this;
        }

        /** Caps, limits and waits; {@link ProxyOptions#DEFAULTS} unless set. */
        public Builder options(ProxyOptions value) {
            options = Objects.requireNonNull(value, "options");
            return this;
        }

        /**
         * The folder for what a cache may forget when it restarts ({@link CacheServer.RestartCapable}); without one such
         * a cache may serve what was purged just before its crash, and purges of URLs end unproven. One proxy only may use a folder.
         */
        public Builder journal(Path value) {
            journal = Objects.requireNonNull(value, "journal");
            return this;
        }

        /**
         * How long the node may be out of service because it has not caught up, 1 s to 1 h, 5 min unless set; and whether
         * it leaves the service when it is cut off from every engine, not unless set.
         */
        public Builder gate(Duration maxWait, boolean withdrawsAlone) {
            if (maxWait.compareTo(Duration.ofSeconds(1)) < 0 || maxWait.compareTo(Duration.ofHours(1)) > 0) {
                throw new IllegalArgumentException("maxWait: " + maxWait + " (expected: 1 s to 1 h)");
            }
            gateMaxWait = maxWait;
            withdraws = withdrawsAlone;
            return this;
        }

        /** The time; the system's unless set. */
        public Builder clock(EngineClock value) {
            clock = Objects.requireNonNull(value, "clock");
            return this;
        }

        /** A timer of the proxy's own, not started; a {@code TimingWheel} over the clock unless set. */
        public Builder timer(RefreshTimer value) {
            timer = Objects.requireNonNull(value, "timer");
            return this;
        }

        /** No thread: the embedder calls {@link RefreshProxy#runPending}. */
        public Builder callerRuns() {
            hasThread = false;
            return this;
        }

        /**
         * The proxy, not started.
         *
         * @throws IllegalArgumentException naming everything that is missing or contradicts itself
         */
        public RefreshProxy build() {
            List<String> faults = new ArrayList<>();
            if (id.isEmpty()) {
                faults.add("id: none (expected: a device id)");
            }
            if (caches.isEmpty()) {
                faults.add("cache: none (expected: at least one)");
            }
            Set<String> names = new HashSet<>();
            List<String> pod = options.preloads().pod();
            if (!pod.isEmpty() && !pod.contains(id)) {
                faults.add("pod: " + pod + " (expected: device ids, " + id + " among them)");
            }
            for (ProxyCache cache : caches) {
                if (!names.add(cache.name())) {
                    faults.add("cache: " + cache.name() + " twice (expected: different names)");
                }
            }
            ProxyTransport way = transport;
            if (way == null) {
                faults.add("transport: none (expected: one)");
            }
            if (way == null || !faults.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", faults));
            }
            RefreshTimer ownTimer =
                    timer != null ? timer : TimingWheel.builder().clock(clock).build();
            ProxyAgent agent =
                    new ProxyAgent(settings(), agentCaches(caches, journal), way, clock, ownTimer, hasThread);
            agent.gate(gateMaxWait, withdraws);
            agent.cacheCheck(options.cacheCheck());
            Map<String, String> drivers = new HashMap<>();
            caches.forEach(cache -> drivers.put(cache.name(), cache.server().driver()));
            return new RefreshProxy(agent, id, version, journal, drivers);
        }

        private AgentSettings settings() {
            UUID bootId = UUID.randomUUID();
            return new AgentSettings(
                    id,
                    bootId.toString(),
                    group,
                    tier,
                    version,
                    byQueue(options.urlInFlight(), options.broadInFlight(), options.preloadInFlight()),
                    byQueue(options.urlQueue(), options.broadQueue(), options.preloadQueue()),
                    options.parkedCommands(),
                    options.slowAfter().toNanos(),
                    options.slowInFlight(),
                    options.callTimeout().toNanos(),
                    options.preloadTimeout().toNanos(),
                    options.windowEntries(),
                    options.windowBytes(),
                    options.maxAttempts(),
                    options.firstRetry().toNanos(),
                    options.longestRetry().toNanos(),
                    options.purgeRepeats(),
                    options.sampleEvery(),
                    options.reportBatch(),
                    options.reportDelay().toNanos(),
                    options.preloads(),
                    bootId.getLeastSignificantBits());
        }

        private static Map<QueueKind, Integer> byQueue(int url, int broad, int preload) {
            return Map.of(QueueKind.URL, url, QueueKind.BROAD, broad, QueueKind.PRELOAD, preload);
        }
    }
}
