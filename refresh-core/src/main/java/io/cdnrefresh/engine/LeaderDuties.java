// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.Alert.Severity;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.DeposedException;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.FencedException;
import io.cdnrefresh.spi.Leadership;
import io.cdnrefresh.spi.SharedStore;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.stats.StatsRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What only one engine at a time does. Whether this one leads is asked at each act, and the store asks again. Blocks; called
 * by one query thread at a time.
 */
final class LeaderDuties {
    private static final Logger logger = LoggerFactory.getLogger(LeaderDuties.class);
    private static final int LIMIT = 1_000;
    /** Half of the time between two calls: whatever comes in can be deleted again, and the writers have their share. */
    private static final long WORK_NANOS = 5_000_000_000L;

    private final EngineSetup.Stores stores;
    private final Coordinator coordinator;
    private final EngineClock clock;
    private final AlertReporter alerts;
    private final Consumer<EngineEpoch> onDeposed;
    private final Duration retention;
    private final long leaseNanos;
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong tasksMoved = new AtomicLong();
    /** Since when this engine has reached the store without a gap that other claims may not have outlived. */
    private long steadySinceNanos;

    private long lastNanos;

    /** {@code onDeposed} is called when a newer token was given away: the lead is to be given back. */
    LeaderDuties(EngineSetup setup, AlertReporter alerts, Consumer<EngineEpoch> onDeposed) {
        this.onDeposed = onDeposed;
        stores = setup.stores();
        coordinator = setup.coordinator();
        clock = setup.clock();
        this.alerts = alerts;
        retention = setup.options().retention();
        leaseNanos = setup.options().lease().toNanos();
        steadySinceNanos = clock.nanos();
        lastNanos = steadySinceNanos;
    }

    /** Shows what it has done. */
    void register(StatsRegistry stats) {
        stats.gauge("leader_refused", this::refused);
        stats.gauge("tasks_taken_over", this::tasksMoved);
    }

    /** Writes that the store refused since a newer leader was there. */
    long refused() {
        return refused.get();
    }

    /** Tasks of dead engines that this one has given to others, or to itself. */
    long tasksMoved() {
        return tasksMoved.get();
    }

    /** The store did not answer: others could not renew their claims either. */
    void storeFailed() {
        steadySinceNanos = clock.nanos();
    }

    /**
     * Fences the dead and gives their tasks away, once a second. Not while claims may have run out only because nobody
     * reached the store, or because all of them stood still.
     */
    void takeOver(EngineEpoch epoch) {
        long now = clock.nanos();
        if (now - lastNanos > leaseNanos / 2 + 1_000_000_000L) {
            steadySinceNanos = now;
        }
        lastNanos = now;
        Leadership leader = leadership(epoch);
        if (leader == null || now - steadySinceNanos < leaseNanos) {
            return;
        }
        if (stores.registry() instanceof SharedStore shared) {
            try {
                SharedStore.TakeOver done = shared.takeOver(leader);
                tasksMoved.addAndGet(done.tasks());
                done.fenced().forEach(engine -> {
                    logger.warn("engine taken over engine={} by={} token={}", engine, epoch, leader.token());
                    alerts.raise(Severity.WARN, "engine-taken-over", engine.toString(), "its lease has run out");
                });
                if (done.tasks() > 0) {
                    logger.info("tasks of dead engines given away tasks={}", done.tasks());
                }
            } catch (DeposedException e) {
                deposed(epoch, e);
            } catch (FencedException e) {
                throw e;
            } catch (StoreException e) {
                // a dead engine's transaction may still hold its row: the next call finds it free
                logger.debug("take-over waits cause={}", e.getMessage());
            }
        }
    }

    private @Nullable Leadership leadership(EngineEpoch epoch) {
        OptionalLong token = coordinator.election().validToken();
        return token.isPresent() ? new Leadership(epoch, token.getAsLong()) : null;
    }

    private void deposed(EngineEpoch epoch, DeposedException e) {
        refused.incrementAndGet();
        logger.warn("a stale leader's write was refused: {}", e.getMessage());
        onDeposed.accept(epoch);
    }

    /** Deletes what retention has outlived, in small transactions, until nothing is left or the time is up. */
    void retire(EngineEpoch epoch) {
        long started = clock.nanos();
        int deleted;
        do {
            Leadership leader = leadership(epoch);
            if (leader == null) {
                return;
            }
            Instant before = clock.now().minus(retention);
            try {
                deleted = stores.registry() instanceof SharedStore shared
                        ? shared.retire(leader, before, LIMIT)
                        : stores.tasks().retire(epoch, before, LIMIT);
            } catch (DeposedException e) {
                deposed(epoch, e);
                return;
            }
        } while (deleted >= LIMIT && clock.nanos() - started < WORK_NANOS);
    }
}
