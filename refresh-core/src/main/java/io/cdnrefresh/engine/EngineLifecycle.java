// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.diag.TracedLock;
import io.cdnrefresh.event.EventBus;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.EngineState;
import io.cdnrefresh.model.EngineStateEvent;
import io.cdnrefresh.model.FencedEvent;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.spi.Alert.Severity;
import io.cdnrefresh.spi.EngineClaim;
import io.cdnrefresh.spi.FencedException;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.stats.RateMeter;
import io.cdnrefresh.stats.StatsRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the stages back to front once the engine has its claim in the store, keeps house once a second, and stops the
 * stages front to back. A store that is away at the start is waited for on a thread of its own.
 */
final class EngineLifecycle {
    private static final Logger logger = LoggerFactory.getLogger(EngineLifecycle.class);
    private static final long TICK_NANOS = 1_000_000_000;
    private static final long CLAIM_PAUSE_NANOS = 500_000_000;
    private static final int RETRY_TICKS = 10;

    private final EngineSetup setup;
    private final EngineOptions options;
    private final boolean hasThreads;
    private final EngineWorkers workers;
    private final WorkerPool queries;
    private final StoreHealth health;
    private final DeviceRegistry devices;
    private final RateMeter reportMeter;
    private final LeaderDuties duties;
    private final Cluster cluster;
    private final Relay relay;
    private final HandOver handOver;
    private final Watchdog watchdog;
    /** Held while the stages are put together, and to decide that they stop. */
    private final TracedLock lifeLock;

    private volatile EngineState state = EngineState.STARTING;
    private volatile boolean isStopping;
    private volatile @Nullable EngineCore core;
    private volatile @Nullable EngineClaim claim;
    private volatile List<String> weaknesses = List.of();
    private volatile List<StageQueue<?>> stages = List.of();
    private volatile String waitingFor = "start";
    private @Nullable Thread starter;
    private int ticks;
    private long tickedNanos;
    private long renewedNanos;
    private volatile boolean isSteppingBack;
    private volatile boolean needsRecovery = true;

    /** {@code hasThreads} false: the stages work when {@link #runPending} is called, on the caller's thread. */
    EngineLifecycle(EngineSetup setup, StatsRegistry stats, RateMeter reportMeter, boolean hasThreads) {
        this.setup = setup;
        this.hasThreads = hasThreads;
        workers = new EngineWorkers(setup, hasThreads);
        queries = workers.queries;
        this.reportMeter = reportMeter;
        options = setup.options();
        health = new StoreHealth(workers.alerts, (what, why) -> audits().add("engine", "", "row.refused", what, why));
        watchdog = new Watchdog(setup, workers.alerts, stats);
        lifeLock = watchdog.lock("engine");
        devices = DeviceRegistry.of(setup, workers);
        Gauges gauges = new Gauges(watchdog, this::core);
        gauges.stages(setup, workers.notifier);
        gauges.workers(workers, devices, stats);
        stats.gauge("store_durable", () -> setup.stores().isDurable() && weaknesses.isEmpty() ? 1 : 0);
        gauges.stageQueues(stats, this::stages);
        tickedNanos = setup.clock().nanos();
        renewedNanos = tickedNanos;
        cluster = new Cluster(setup, workers.events, workers.house);
        relay = new Relay(cluster, setup.peers(), new PeerProof(options.auth().peerSecret(), setup.clock()));
        handOver = new HandOver(setup, workers, hasThreads ? () -> {} : this::runPending, cluster, relay::tick);
        duties = new LeaderDuties(setup, workers.alerts, cluster::standAgain);
        duties.register(stats);
        health.register(stats);
    }

    AuditLog audits() {
        return workers.audits;
    }

    EngineState state() {
        return state;
    }

    @Nullable
    EngineCore core() {
        return core;
    }

    Notifier notifier() {
        return workers.notifier;
    }

    AlertReporter alerts() {
        return workers.alerts;
    }

    EventBus events() {
        return workers.events;
    }

    DeviceRegistry devices() {
        return devices;
    }

    /** What outlives one epoch. */
    EngineWorkers workers() {
        return workers;
    }

    /** Tries to get the claim at once; a store that is away is waited for in the background. */
    void start() {
        if (starter != null || core != null || isStopping) {
            throw new IllegalStateException("an engine starts once");
        }
        if (!tryStart()) {
            workers.start();
            Thread thread = new Thread(this::keepTrying, "engine-start");
            thread.setDaemon(true);
            starter = thread;
            thread.start();
        }
    }

    private void keepTrying() {
        while (!isStopping) {
            LockSupport.parkNanos(CLAIM_PAUSE_NANOS);
            try {
                if (isStopping || tryStart()) {
                    return;
                }
            } catch (RuntimeException e) {
                logger.error("engine cannot start", e);
                waitingFor = String.valueOf(e.getMessage());
                return;
            }
        }
    }

    private boolean tryStart() {
        EngineClaim granted;
        try {
            granted = setup.stores().registry().claimEngine(options.id(), options.owner(), options.lease());
            devices.load();
            weaknesses = setup.stores().tasks().durabilityWarnings();
        } catch (StoreException e) {
            if (e.category() == Category.RETRYABLE) {
                if (!waitingFor.equals("store")) {
                    logger.warn("engine waits for the store cause={}", e.getMessage());
                }
                waitingFor = "store";
                return false;
            }
            throw e;
        }
        run(granted);
        return true;
    }

    private void run(EngineClaim granted) {
        lifeLock.lock();
        try {
            runLocked(granted);
        } finally {
            lifeLock.unlock();
        }
    }

    private void runLocked(EngineClaim granted) {
        if (isStopping) {
            return;
        }
        claim = granted;
        EngineCore started = new EngineCore(
                setup,
                granted.epoch(),
                new EngineCore.Shared(queries, devices, workers.notifier, workers.alerts, health, reportMeter),
                this::tick);
        setup.timer().start(started);
        workers.start();
        started.queues().forEach(hasThreads ? StageQueue::start : StageQueue::startInvoked);
        List<StageQueue<?>> all = new ArrayList<>(workers.stages());
        all.addAll(started.queues());
        stages = List.copyOf(all);
        if (hasThreads) {
            watchdog.start();
        }
        core = started;
        setup.transport().start(granted.epoch(), started.reports);
        setup.timer().arm(setup.clock().nanos() + TICK_NANOS, EngineCore.TICK_TIMER, 0);
        cluster.join(granted.epoch());
        enter(EngineState.SERVING);
        waitingFor = "";
        workers.serveAs(granted.epoch().engine());
        logger.info("engine serves engine={} restart={}", granted.epoch(), granted.isRestart());
        weaknesses.forEach(weakness -> workers.alerts.raise(Severity.ERROR, "store-not-durable", "store", weakness));
        recover(started);
    }

    /** Every stage's queue, from the last to the first; empty before the engine has its claim. */
    List<StageQueue<?>> stages() {
        return stages;
    }

    Cluster cluster() {
        return cluster;
    }

    /** Passes calls on to the engines whose tasks they are about. */
    Relay relay() {
        return relay;
    }

    Watchdog watchdog() {
        return watchdog;
    }

    WorkerPool queries() {
        return queries;
    }

    /** Does all that can be done now, on the caller's thread; only for an engine without threads. */
    void runPending() {
        int count;
        do {
            count = queries.runPending();
            for (StageQueue<?> stage : stages) {
                count += stage.runPending() + stage.depth();
            }
        } while (count > 0);
    }

    private void recover(EngineCore running) {
        needsRecovery = false;
        boolean isTaken = queries.tryRun(() -> {
            if (!running.recovery.recover()) {
                needsRecovery = true;
            }
            running.recovery.claimDue();
        });
        if (!isTaken) {
            needsRecovery = true;
        }
    }

    /** Once a second, on a timer callback thread. */
    private void tick() {
        EngineCore running = core;
        if (isStopping || running == null) {
            return;
        }
        setup.timer().arm(setup.clock().nanos() + TICK_NANOS, EngineCore.TICK_TIMER, 0);
        running.tick();
        ticks++;
        if (health.takeDoubtful()) {
            needsRecovery = true;
        }
        if (needsRecovery && !health.isDown()) {
            recover(running);
        }
        boolean isRetryTick = ticks % RETRY_TICKS == 0;
        long now = setup.clock().nanos();
        // after a pause the claim may be another's: that is to be known before anything is done
        boolean isRenewal = now - renewedNanos >= options.lease().toNanos() / 3 || now - tickedNanos > 2 * TICK_NANOS;
        tickedNanos = now;
        renewedNanos = isRenewal ? now : renewedNanos;
        relay.tick();
        workers.audits.tick();
        if (health.isFenced() && !isSteppingBack) {
            isSteppingBack = true;
            workers.events.publish(new FencedEvent(running.epoch));
        }
        workers.house.tryRun(() -> keepHouse(running, isRetryTick, isRenewal));
    }

    private void keepHouse(EngineCore running, boolean isRetryTick, boolean isRenewal) {
        try {
            boolean isUp = running.recovery.claimDue();
            if (isUp) {
                // While intake refuses for want of the store, nobody else would notice that it is back.
                health.up();
            }
            if (isRenewal || !isUp) {
                renewClaim();
                cluster.tell(running.table.size());
            }
            duties.takeOver(running.epoch);
            devices.tick();
            running.syncer.turn();
            // what other engines have changed; a pause counts here, too, within a second
            devices.reload();
            if (isRetryTick) {
                duties.retire(running.epoch);
            }
        } catch (FencedException e) {
            health.fenced(e);
        } catch (StoreException e) {
            duties.storeFailed();
            logger.debug("housekeeping waits for the store cause={}", e.getMessage());
        }
    }

    private void renewClaim() {
        EngineClaim held = claim;
        if (held != null && !setup.stores().registry().renewEngine(held, options.owner(), options.lease())) {
            health.fenced(new FencedException(held.epoch(), held.epoch().epoch() + 1));
        }
    }

    /** Takes nothing new; while others live they get what is unfinished. */
    void drain() {
        lifeLock.lock();
        try {
            EngineCore running = core;
            if (state == EngineState.SERVING) {
                enter(EngineState.DRAINING);
                logger.info("engine drains");
                core = running != null && handOver.begin(running) ? null : running;
            }
        } finally {
            lifeLock.unlock();
        }
    }

    List<String> unreadiness() {
        List<String> reasons = new ArrayList<>();
        if (state != EngineState.SERVING) {
            reasons.add(
                    waitingFor.isEmpty() ? "engine is " + state : "engine is " + state + ": waits for " + waitingFor);
        }
        reasons.addAll(health.unreadiness(setup.clock().nanos()));
        return reasons;
    }

    private void enter(EngineState next) {
        state = next;
        workers.events.publish(new EngineStateEvent(next));
    }

    /** Stops front to back; what every stage had left. */
    Map<String, Integer> shutdown(Duration deadline) {
        lifeLock.lock();
        try {
            if (isStopping) {
                return Map.of();
            }
            isStopping = true;
            if (state == EngineState.SERVING) {
                enter(EngineState.DRAINING);
            }
        } finally {
            lifeLock.unlock();
        }
        StageStop stop = new StageStop(setup, workers, hasThreads ? () -> {} : this::runPending, deadline);
        stop.starter(starter);
        handOver.await(deadline.dividedBy(2));
        EngineCore running = core;
        if (running != null) {
            stop.stages(running);
        }
        watchdog.stop();
        enter(EngineState.STOPPED);
        return stop.workers();
    }
}
