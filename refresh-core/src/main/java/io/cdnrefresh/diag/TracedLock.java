// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.diag;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A reentrant lock that can be watched. Thread-safe.
 *
 * <p>As long as no ledger traces it, it costs one read more than a {@link ReentrantLock} to take and one to give back.
 * Traced, each outermost acquisition is entered in the ledger with its line of code: some microseconds.
 */
public final class TracedLock implements Lock {
    private final String name;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable LockLedger ledger;
    /** Written by the holder; read by the ledger's watchdog. Null while the lock is free or was taken untraced. */
    private volatile @Nullable Acquisition acquisition;

    /**
     * Creates a lock that nobody traces.
     *
     * @param name a constant; locks of the same name count as one in the order of locks
     */
    public TracedLock(String name) {
        this.name = name;
    }

    /** The name of the lock. */
    public String name() {
        return name;
    }

    @Override
    public void lock() {
        LockLedger tracing = ledger;
        if (tracing == null || lock.isHeldByCurrentThread()) {
            lock.lock();
            return;
        }
        StackWalker.StackFrame at = tracing.asked(this);
        if (!lock.tryLock()) {
            tracing.waits(this, at);
            try {
                lock.lock();
            } finally {
                tracing.waitsNoMore();
            }
        }
        acquisition = tracing.acquired(this, at);
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        LockLedger tracing = ledger;
        if (tracing == null || lock.isHeldByCurrentThread()) {
            lock.lockInterruptibly();
            return;
        }
        StackWalker.StackFrame at = tracing.asked(this);
        tracing.waits(this, at);
        try {
            lock.lockInterruptibly();
        } finally {
            tracing.waitsNoMore();
        }
        acquisition = tracing.acquired(this, at);
    }

    @Override
    public boolean tryLock() {
        return lock.tryLock() && entered();
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        return lock.tryLock(time, unit) && entered();
    }

    /** An attempt that gives up by itself has no part in the order of locks. */
    private boolean entered() {
        LockLedger tracing = ledger;
        if (tracing != null && lock.getHoldCount() == 1) {
            acquisition = tracing.acquired(this, tracing.caller());
        }
        return true;
    }

    /**
     * Gives the lock back.
     *
     * @throws IllegalMonitorStateException if the caller does not hold it
     */
    @Override
    public void unlock() {
        Acquisition traced = acquisition;
        if (traced != null && lock.getHoldCount() == 1) {
            acquisition = null;
            traced.ledger().released(traced);
        }
        lock.unlock();
    }

    /** Not supported: who waits for a condition would stay in the ledger as the lock's holder. */
    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException("TracedLock has no conditions");
    }

    /** Whether the calling thread holds it. */
    public boolean isHeldByCurrentThread() {
        return lock.isHeldByCurrentThread();
    }

    @Nullable
    Acquisition acquisition() {
        return acquisition;
    }

    void traceBy(@Nullable LockLedger tracing) {
        ledger = tracing;
    }

    /** Stops the tracing by one ledger; another's goes on. */
    void untrace(LockLedger old) {
        if (ledger == old) {
            ledger = null;
        }
    }
}
