// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.spi.Alert.Severity;
import io.cdnrefresh.spi.FencedException;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.StoreFullException;
import io.cdnrefresh.stats.StatsRegistry;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the savers know of the store. Thread-safe. */
final class StoreHealth {
    private static final Logger logger = LoggerFactory.getLogger(StoreHealth.class);

    private final AlertReporter alerts;
    private final BiConsumer<String, String> refused;
    private static final long FULL_NANOS = 10_000_000_000L;

    private final AtomicBoolean isDown = new AtomicBoolean();
    private final AtomicBoolean isFenced = new AtomicBoolean();
    private final AtomicBoolean hasDoubtful = new AtomicBoolean();
    private volatile boolean wasFull;
    private volatile long fullNanos;
    private final LongAdder rejected = new LongAdder();

    StoreHealth(AlertReporter alerts) {
        this(alerts, (what, why) -> {});
    }

    /** {@code refused} keeps what can never be stored, and why: it must not wait. */
    StoreHealth(AlertReporter alerts, BiConsumer<String, String> refused) {
        this.alerts = alerts;
        this.refused = refused;
    }

    boolean isDown() {
        return isDown.get();
    }

    /** Another life of this engine has taken over: nothing may be accepted or written any more. */
    boolean isFenced() {
        return isFenced.get();
    }

    /** Whether rows may be in the store that no lane knows; reading it resets it. */
    boolean takeDoubtful() {
        return !isDown.get() && hasDoubtful.getAndSet(false);
    }

    void up() {
        if (isDown.getAndSet(false)) {
            logger.info("store is back");
        }
    }

    void down(StoreException e) {
        if (!isDown.getAndSet(true)) {
            logger.warn("store is away: {}", e.getMessage());
        }
        alerts.raise(Severity.ERROR, "store-down", "store", String.valueOf(e.getMessage()));
    }

    void doubtful() {
        hasDoubtful.set(true);
    }

    /** Shows how many writes a newer life of this engine has forbidden. */
    void register(StatsRegistry stats) {
        stats.gauge("fence_rejected", rejected::sum);
    }

    void fenced(FencedException e) {
        rejected.increment();
        if (!isFenced.getAndSet(true)) {
            logger.error("this engine is fenced: {}", e.getMessage());
            alerts.raise(Severity.ERROR, "engine-fenced", "engine", String.valueOf(e.getMessage()));
        }
    }

    /** New tasks were refused; what is under way goes on. */
    void full(StoreFullException e, long nowNanos) {
        fullNanos = nowNanos;
        wasFull = true;
        alerts.raise(Severity.ERROR, "store-full", "store", String.valueOf(e.getMessage()));
    }

    /** Whether a task was refused for that reason in the last seconds; the next one may find room. */
    boolean isFull(long nowNanos) {
        return wasFull && nowNanos - fullNanos < FULL_NANOS;
    }

    void poisoned(String what, StoreException e) {
        alerts.raise(Severity.ERROR, "row-refused", what, String.valueOf(e.getMessage()));
        refused.accept(what, String.valueOf(e.getMessage()));
    }

    /** Why the engine should get no new work; empty = there is no such reason. */
    List<String> unreadiness(long nowNanos) {
        if (isFenced()) {
            return List.of("this engine was replaced by another");
        }
        if (isDown()) {
            return List.of("the store is away");
        }
        return isFull(nowNanos) ? List.of("the store is full") : List.of();
    }
}
