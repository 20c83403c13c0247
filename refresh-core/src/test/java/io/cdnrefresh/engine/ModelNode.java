// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.PreloadLimits;
import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.proxy.AgentCache;
import io.cdnrefresh.proxy.AgentSettings;
import io.cdnrefresh.proxy.ProxyAgent;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.PreloadResult;
import io.cdnrefresh.spi.ProbeResult;
import io.cdnrefresh.testkit.ManualClock;
import io.cdnrefresh.testkit.ManualTimer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A device of a model: a real proxy that lives again and again, and a cache that remembers when its copies were fetched. */
final class ModelNode {
    final String id;
    final String group;
    final String tier;
    private final ManualClock clock;
    private final ModelLedger ledger;
    private final ModelNetwork network;
    private final Random random;
    private final int windowEntries;
    /** When each copy was fetched, by the ledger's moments, and by the clock. */
    private final Map<String, Copy> copies = new HashMap<>();

    private final List<Runnable> calls = new ArrayList<>();
    /** What this life of the proxy has finished for good. */
    private final Set<ModelLedger.Job> finished = new HashSet<>();

    private int life;
    /** Answers are honest and immediate. */
    boolean isKind;

    private @Nullable Proxy proxy;

    ModelNode(String name, World world, int windowEntries) {
        String[] parts = name.split("/", -1);
        id = parts[0];
        group = parts[1];
        tier = parts[2];
        clock = world.clock;
        ledger = world.ledger;
        network = world.network;
        random = world.random;
        this.windowEntries = windowEntries;
    }

    /** Where a node lives. */
    record World(ManualClock clock, ModelLedger ledger, ModelNetwork network, Random random) {}

    private record Copy(long fetchedAt, Instant storedAt) {}

    private record Proxy(ModelNetwork.ProxyEnd end, ProxyAgent agent, ManualTimer timer) {}

    boolean isUp() {
        return proxy != null;
    }

    boolean is(ModelNetwork.ProxyEnd end) {
        return proxy != null && proxy.end == end;
    }

    void start() {
        life++;
        ledger.log("node up " + id + " life " + life);
        finished.clear();
        ModelNetwork.ProxyEnd end = network.new ProxyEnd(id);
        ManualTimer timer = new ManualTimer(clock);
        AgentCache cache = new AgentCache("model", new Cache(life), false, Duration.ZERO);
        ProxyAgent agent = new ProxyAgent(settings(), List.of(cache), end, clock, timer, false);
        proxy = new Proxy(end, agent, timer);
        agent.start();
    }

    private AgentSettings settings() {
        Map<QueueKind, Integer> inFlight = Map.of(QueueKind.URL, 4, QueueKind.BROAD, 4, QueueKind.PRELOAD, 4);
        Map<QueueKind, Integer> limits = Map.of(QueueKind.URL, 256, QueueKind.BROAD, 256, QueueKind.PRELOAD, 256);
        return new AgentSettings(
                id,
                id + "-" + life,
                group,
                tier,
                "1",
                inFlight,
                limits,
                4_096,
                Duration.ofSeconds(5).toNanos(),
                8,
                Duration.ofSeconds(60).toNanos(),
                Duration.ofHours(1).toNanos(),
                windowEntries,
                64L << 20,
                3,
                Duration.ofMillis(100).toNanos(),
                Duration.ofSeconds(2).toNanos(),
                3,
                10,
                16,
                Duration.ofMillis(2).toNanos(),
                PreloadLimits.DEFAULTS,
                42);
    }

    /** The process dies: what it knew and what it had under way is gone. */
    void stop() {
        Proxy dead = proxy;
        if (dead != null) {
            proxy = null;
            calls.clear();
            network.proxyDied(dead.end);
        }
    }

    /** Does what can be done now. */
    void run() {
        Proxy now = proxy;
        if (now != null) {
            network.dial(now.end);
            do {
                now.agent.runPending();
            } while (now.timer.fireDue() > 0);
        }
    }

    /** The cache answers one call, in any order. */
    boolean answerOne() {
        if (calls.isEmpty()) {
            return false;
        }
        calls.remove(random.nextInt(calls.size())).run();
        return true;
    }

    /** A client asks for an object. */
    void fetch(String url) {
        copies.computeIfAbsent(url, any -> new Copy(ledger.tick(), clock.now()));
    }

    /** No copy may be left from before the refresh was asked for. */
    void checkGone(ModelLedger.Job refresh) {
        copies.forEach((url, copy) -> {
            if (refresh.covers(url) && copy.fetchedAt < refresh.askedAt) {
                ledger.violated("on " + id + " an old copy of " + url + " is left by " + refresh);
            }
        });
    }

    void onReport(Report report) {
        ModelLedger.Job job = ledger.onReport(id, report);
        if (job != null) {
            ledger.log(
                    "reported by " + id + " for " + job.task.trace() + " " + report.isFinal() + " " + report.outcome());
        }
        if (job == null || !report.isFinal()) {
            return;
        }
        if (!ModelLedger.isOwed(report)) {
            finished.add(job);
        }
        if (report.outcome() == Outcome.VERIFIED && report.exceptions().isEmpty()) {
            checkGone(job);
        }
    }

    private final class Cache
            implements CacheServer,
                    CacheServer.PrefixPurgeCapable,
                    CacheServer.BroadProbeCapable,
                    CacheServer.PreloadCapable {
        private final int ofLife;

        Cache(int ofLife) {
            this.ofLife = ofLife;
        }

        private ModelLedger.@Nullable Job begin(PurgeRequest request) {
            ledger.log("call on " + id + " for " + request.trace() + " " + request.target());
            ModelLedger.Job job = ledger.onCall(id, request.trace(), request.target());
            if (job != null && finished.contains(job)) {
                ledger.violated("on " + id + " executed again after its final report: " + job);
            }
            return job;
        }

        private boolean isFailing() {
            return !isKind && random.nextInt(16) == 0;
        }

        private void later(Runnable answer) {
            calls.add(() -> {
                if (ofLife == life) {
                    answer.run();
                }
            });
        }

        @Override
        public void purge(PurgeRequest request, Listener<CacheResult> listener) {
            remove(request, listener, false);
        }

        @Override
        public void purgePrefix(PurgeRequest request, Listener<CacheResult> listener) {
            remove(request, listener, true);
        }

        private void remove(PurgeRequest request, Listener<CacheResult> listener, boolean isPrefix) {
            ModelLedger.Job job = begin(request);
            String wire = request.target().wire();
            long begunAt = ledger.tick();
            later(() -> {
                if (job != null) {
                    ledger.onPurged(id, job, request.target(), begunAt);
                }
                if (isFailing()) {
                    listener.onResult(new CacheResult.Failed("model"));
                    return;
                }
                boolean wasPresent =
                        copies.keySet().removeIf(url -> isPrefix ? url.startsWith(wire) : url.equals(wire));
                listener.onResult(new CacheResult.Gone(clock.now(), wasPresent, Duration.ZERO));
            });
        }

        @Override
        public void probe(PurgeRequest request, Listener<ProbeResult> listener) {
            later(() -> {
                Copy copy = copies.get(request.target().wire());
                if (isFailing()) {
                    listener.onResult(new ProbeResult.Failed("model"));
                } else if (copy == null) {
                    listener.onResult(ProbeResult.Absent.ONE);
                } else {
                    listener.onResult(new ProbeResult.Present(copy.storedAt));
                }
            });
        }

        @Override
        public void probeBroad(TaskKind kind, PurgeRequest request, Listener<ProbeResult> listener) {
            later(() -> {
                if (isFailing()) {
                    listener.onResult(new ProbeResult.Failed("model"));
                    return;
                }
                String wire = request.target().wire();
                listener.onResult(copies.entrySet().stream()
                        .filter(copy -> copy.getKey().startsWith(wire))
                        .map(copy -> copy.getValue().storedAt)
                        .min(Comparator.naturalOrder())
                        .<ProbeResult>map(ProbeResult.Present::new)
                        .orElse(ProbeResult.Absent.ONE));
            });
        }

        @Override
        public void preload(PreloadRequest request, Listener<PreloadResult> listener) {
            ModelLedger.Job job = begin(request.object());
            String url = request.object().target().wire();
            if (job != null) {
                ledger.onPreload(id, job, url);
            }
            later(() -> {
                if (isFailing()) {
                    listener.onResult(new PreloadResult.Failed("model"));
                    return;
                }
                fetch(url);
                listener.onResult(new PreloadResult.Loaded(200, 1));
            });
        }

        @Override
        public void close() {}
    }
}
