// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.event.EventBus;
import io.cdnrefresh.model.EnginePool;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.spi.ResizableTimer;
import io.cdnrefresh.stats.StatsRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The parts of an engine that outlive one epoch and may wait for others: queries, housekeeping, notifier, alerts, events.
 * Thread-safe.
 */
final class EngineWorkers {
    private static final int QUERY_THREADS = 2;
    private static final int QUERY_CAPACITY = 4_096;
    private static final int HOUSE_CAPACITY = 64;

    final EventBus events = new EventBus();
    final WorkerPool queries = new WorkerPool("query", QUERY_CAPACITY);
    /** Renews the claim and looks after devices; apart from the queries, so that slow ones cost no lease. */
    final WorkerPool house;

    final Notifier notifier;
    final AlertReporter alerts;
    final AuditLog audits;
    /** Null: the engine delivers no webhooks. */
    final @Nullable Callbacks callbacks;

    private final EngineSetup setup;
    private final boolean hasThreads;
    private boolean isStarted;

    EngineWorkers(EngineSetup setup, boolean hasThreads) {
        this.setup = setup;
        this.hasThreads = hasThreads;
        alerts = new AlertReporter(setup.alertSink(), setup.clock(), Duration.ofMinutes(1));
        audits = new AuditLog(setup.stores().registry(), queries, setup.clock(), alerts);
        int capacity = setup.options().queueCapacity();
        callbacks = setup.webhooks() == null ? null : new Callbacks(setup.webhooks(), setup.clock(), alerts);
        // without threads there is one place where work waits for its caller
        house = hasThreads ? new WorkerPool("house", HOUSE_CAPACITY) : queries;
        notifier =
                new Notifier(setup.listeners(), hasThreads ? new WorkerPool("notify", capacity) : queries, callbacks);
    }

    /** The queues that are stages of their own. */
    List<StageQueue<?>> stages() {
        List<StageQueue<?>> stages = new ArrayList<>(List.of(events.queue(), alerts.queue()));
        if (callbacks != null) {
            stages.add(callbacks.queue());
        }
        return stages;
    }

    synchronized void start() {
        if (isStarted) {
            return;
        }
        isStarted = true;
        stages().forEach(hasThreads ? StageQueue::start : StageQueue::startInvoked);
        if (hasThreads) {
            house.resize(1);
            queries.resize(QUERY_THREADS);
            notifier.workers().resize(1);
            events.control(EnginePool.QUERIES, queries::resize);
            events.control(EnginePool.NOTIFIER, notifier.workers()::resize);
            if (setup.timer() instanceof ResizableTimer timer) {
                events.control(EnginePool.TIMER_CALLBACKS, timer::resizeCallbacks);
            }
        }
    }

    /** The engine has its number. */
    void serveAs(int engine) {
        if (callbacks != null) {
            callbacks.serveAs(engine);
        }
    }

    /** Runs what may take long; throws {@link RejectedExecutionException} when too much waits. */
    Executor background() {
        return work -> {
            if (!queries.tryRun(work)) {
                throw new RejectedExecutionException("the queue is full");
            }
        };
    }

    /** What people ask about webhooks. */
    CallbackDesk callbackDesk() {
        return callbacks == null
                ? CallbackDesk.NONE
                : new CallbackDesk(
                        callbacks, setup.stores().queries(), new CallbackDesk.Office(queries, setup.clock(), audits));
    }

    /** What was dropped, refused and failed; how much waits, {@link Gauges} tells. */
    void register(StatsRegistry stats) {
        stats.gauge("alerts_dropped", alerts::dropped);
        stats.gauge("audit_dropped", audits::dropped);
        stats.gauge("events_dropped", events::dropped);
        if (callbacks != null) {
            callbacks.register(stats);
        }
        stats.gauge("queries_refused", queries::refused);
        stats.gauge("listener_failures", () -> notifier.failures() + events.failures());
    }
}
