// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.RefreshTimer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A timer without a thread: {@link #fireDue} fires what is due by its clock, in order of deadlines, on the caller's
 * thread. Thread-safe.
 */
public final class ManualTimer implements RefreshTimer {
    private final EngineClock clock;
    private final TreeSet<Pending> pending;
    private final Map<Long, Pending> byHandle = new HashMap<>();
    private @Nullable Handler handler;
    private long lastHandle;
    private boolean isStopped;

    /** A timer over a clock that is usually moved by hand. */
    public ManualTimer(EngineClock clock) {
        this.clock = clock;
        long origin = clock.nanos();
        pending = new TreeSet<>(Comparator.<Pending>comparingLong(p -> p.armed.deadlineNanos() - origin)
                .thenComparingLong(p -> p.handle));
    }

    @Override
    public synchronized void start(Handler newHandler) {
        handler = newHandler;
    }

    @Override
    public synchronized long arm(long deadlineNanos, int kind, long payload) {
        if (handler == null || isStopped) {
            throw new IllegalStateException("timer: not running");
        }
        long handle = ++lastHandle;
        Pending armed = new Pending(new Armed(deadlineNanos, kind, payload), handle);
        pending.add(armed);
        byHandle.put(handle, armed);
        return handle;
    }

    @Override
    public synchronized boolean cancel(long handle) {
        Pending armed = byHandle.remove(handle);
        return armed != null && pending.remove(armed);
    }

    @Override
    public synchronized long rearm(long handle, long deadlineNanos) {
        for (Pending one : pending) {
            if (one.handle == handle) {
                pending.remove(one);
                pending.add(new Pending(new Armed(deadlineNanos, one.armed.kind(), one.armed.payload()), handle));
                return handle;
            }
        }
        return 0;
    }

    @Override
    public synchronized long size() {
        return pending.size();
    }

    /** Fires what is due; gives how many. */
    public int fireDue() {
        int fired = 0;
        for (Pending due = pollDue(); due != null; due = pollDue()) {
            Handler target = handler;
            if (target != null) {
                target.onTimer(due.armed.kind(), due.armed.payload(), due.handle);
            }
            fired++;
        }
        return fired;
    }

    /** Nanoseconds until the earliest deadline, 0 if it is over; -1 if nothing is armed. */
    public synchronized long nanosToNext() {
        Pending first = pending.isEmpty() ? null : pending.first();
        return first == null ? -1 : Math.max(0, first.armed.deadlineNanos() - clock.nanos());
    }

    private synchronized @Nullable Pending pollDue() {
        Pending first = pending.isEmpty() ? null : pending.first();
        if (first == null || first.armed.deadlineNanos() - clock.nanos() > 0) {
            return null;
        }
        pending.remove(first);
        byHandle.remove(first.handle);
        return first;
    }

    @Override
    public synchronized List<Armed> stop() {
        isStopped = true;
        List<Armed> left = armed();
        pending.clear();
        byHandle.clear();
        return left;
    }

    /** What is armed, by deadline. */
    public synchronized List<Armed> armed() {
        return new ArrayList<>(pending.stream().map(Pending::armed).toList());
    }

    private record Pending(Armed armed, long handle) {}
}
