// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.PreloadLimits;
import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.Verify;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.testkit.ManualClock;
import io.cdnrefresh.testkit.ManualTimer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A proxy without a thread, a clock that is moved by hand, and engines played by the test. */
final class Rig {
    static final String URL = "http://www.example.com/a.css";

    final ManualClock clock = new ManualClock();
    final ManualTimer timer = new ManualTimer(clock);
    final FakeEngines engines = new FakeEngines();
    final List<AgentCache> caches = new ArrayList<>();
    AgentSettings settings = settings(64, 65_536, 16_384, 1_000);
    private @Nullable ProxyAgent agent;
    private long sequence;

    static AgentSettings settings(int inFlight, int queueLimit, int parked, int window) {
        return new AgentSettings(
                "edge-1",
                "boot-1",
                "default",
                "edge",
                "1",
                Map.of(QueueKind.URL, inFlight, QueueKind.BROAD, inFlight, QueueKind.PRELOAD, inFlight),
                Map.of(QueueKind.URL, queueLimit, QueueKind.BROAD, queueLimit, QueueKind.PRELOAD, queueLimit),
                parked,
                Duration.ofSeconds(5).toNanos(),
                8,
                Duration.ofSeconds(60).toNanos(),
                Duration.ofHours(1).toNanos(),
                window,
                64L << 20,
                20,
                Duration.ofMillis(100).toNanos(),
                Duration.ofSeconds(10).toNanos(),
                3,
                10,
                256,
                Duration.ofMillis(2).toNanos(),
                PreloadLimits.DEFAULTS,
                42);
    }

    ScriptedCache.Able cache() {
        return cache("cache", false);
    }

    ScriptedCache.Able cache(String name, boolean isBack) {
        ScriptedCache.Able cache = new ScriptedCache.Able(clock);
        caches.add(new AgentCache(name, cache, isBack, Duration.ZERO));
        return cache;
    }

    Rig start() {
        ProxyAgent started = new ProxyAgent(settings, caches, engines, clock, timer, false);
        agent = started;
        started.start();
        return this;
    }

    ProxyAgent agent() {
        return java.util.Objects.requireNonNull(agent);
    }

    AgentCounters counters() {
        return agent().counters();
    }

    /** Does all that can be done now. */
    void run() {
        do {
            agent().runPending();
        } while (timer.fireDue() > 0);
    }

    /** Moves the clock in steps no longer than to the next timer. */
    void advance(Duration by) {
        long leftNanos = by.toNanos();
        run();
        while (leftNanos > 0) {
            long next = timer.nanosToNext();
            long step = Math.min(leftNanos, Math.min(next <= 0 ? 1_000_000 : next, 50_000_000));
            clock.advance(Duration.ofNanos(step));
            leftNanos -= step;
            run();
        }
    }

    Command command(long id, RefreshTask task) {
        return new Command(new TaskId(id), 0, task, clock.now().plus(Duration.ofMinutes(10)), List.of());
    }

    long send(EngineLink link, Command... commands) {
        long first = sequence + 1;
        if (!engines.send(link, first, commands)) {
            throw new IllegalStateException("refused");
        }
        sequence += commands.length;
        run();
        return first;
    }

    static RefreshTask with(RefreshTask task, Verify verify) {
        return task.withOptions(task.options().toBuilder().verify(verify).build());
    }

    static RefreshTask soft(RefreshTask task) {
        return task.withOptions(task.options().toBuilder().mode(Mode.SOFT).build());
    }

    List<Report> reports(EngineLink link) {
        return engines.of(link);
    }

    Report last(EngineLink link) {
        List<Report> reports = engines.of(link);
        return reports.get(reports.size() - 1);
    }
}
