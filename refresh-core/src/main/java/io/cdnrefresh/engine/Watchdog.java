// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.diag.LockFault;
import io.cdnrefresh.diag.LockLedger;
import io.cdnrefresh.diag.LockOwner;
import io.cdnrefresh.diag.MemoryFault;
import io.cdnrefresh.diag.MemoryWatch;
import io.cdnrefresh.diag.TracedLock;
import io.cdnrefresh.spi.Alert.Severity;
import io.cdnrefresh.stats.StatsRegistry;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks once a second for locks that are not given back and for queues and maps that grow, and alerts. It has a thread of
 * its own, since whatever it looks for may have stopped every other one; it takes no lock. Locks are traced only if the
 * options name a limit.
 */
final class Watchdog {
    private static final long PERIOD_NANOS = 1_000_000_000;

    private final AlertReporter alerts;
    private final StatsRegistry stats;
    private final LockLedger ledger;
    private final boolean isTracing;
    private final MemoryWatch memory;
    private final LongAdder lockFaults = new LongAdder();
    private final LongAdder memoryFaults = new LongAdder();
    private volatile boolean isStopping;
    private @Nullable Thread thread;

    Watchdog(EngineSetup setup, AlertReporter alerts, StatsRegistry stats) {
        this.alerts = alerts;
        this.stats = stats;
        isTracing = !setup.options().lockLimit().isZero();
        ledger = new LockLedger(setup.clock()::nanos, setup.options().lockLimit());
        memory = new MemoryWatch(setup.clock()::nanos);
        stats.gauge("locks_held", ledger::heldCount);
        stats.gauge("locks_wanted", ledger::waitingCount);
        stats.gauge("lock_faults", lockFaults::sum);
        stats.gauge("memory_faults", memoryFaults::sum);
        traceAll(setup.stores().tasks());
        traceAll(setup.coordinator());
    }

    private void traceAll(Object part) {
        if (isTracing && part instanceof LockOwner owner) {
            ledger.trace(owner.locks());
        }
    }

    /** A lock of this name, traced if the options say so. */
    TracedLock lock(String name) {
        TracedLock lock = new TracedLock(name);
        if (isTracing) {
            ledger.trace(List.of(lock));
        }
        return lock;
    }

    /** Shows a size and its bound in the stats, and watches it. */
    void watch(String name, long bound, LongSupplier size) {
        stats.gauge(name, size);
        stats.gauge(name + "_bound", () -> bound);
        memory.watch(name, bound, size);
    }

    void start() {
        Thread started = new Thread(this::run, "watchdog");
        started.setDaemon(true);
        thread = started;
        started.start();
    }

    private void run() {
        while (!isStopping) {
            look();
            LockSupport.parkNanos(PERIOD_NANOS);
        }
    }

    /** Who holds which lock, and who waits: one line each. */
    List<String> locks() {
        return ledger.lines();
    }

    /** Every queue and map, one line each. */
    List<String> sizes() {
        return memory.lines();
    }

    /** One look at everything; {@link #start} does it once a second. */
    void look() {
        if (isTracing) {
            for (LockFault fault : ledger.check()) {
                lockFaults.increment();
                boolean isStuck = fault.kind() == LockFault.Kind.DEADLOCK || fault.kind() == LockFault.Kind.FORGOTTEN;
                alerts.raise(
                        isStuck ? Severity.ERROR : Severity.WARN, fault.kind().alert(), fault.lock(), fault.detail());
            }
        }
        for (MemoryFault fault : memory.sample()) {
            memoryFaults.increment();
            alerts.raise(Severity.WARN, fault.kind().alert(), fault.name(), fault.detail());
        }
    }

    /** Ends the thread and the tracing. */
    void stop() {
        isStopping = true;
        Thread running = thread;
        if (running != null) {
            LockSupport.unpark(running);
            try {
                running.join(PERIOD_NANOS / 1_000_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        ledger.close();
    }
}
