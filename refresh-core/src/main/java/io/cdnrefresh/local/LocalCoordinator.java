// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.spi.CoordinationException;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.LeaderElection;
import io.cdnrefresh.spi.Membership;
import io.cdnrefresh.spi.OfflineQueues;
import io.cdnrefresh.spi.SharedCounters;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Coordination inside one process: nothing outlives it. Engines of one process that shall see each other share a
 * {@link Hub}; without one, an engine is alone and leads.
 *
 * <p>Thread-safe; nothing blocks; every stage is complete when it is returned. Leases are renewed by a daemon thread
 * {@code coord-local} that starts with the first campaign or join. With a clock that is not the system's there is no
 * thread: the owner calls {@link #poll} whenever time has moved, and so does {@link LeaderElection#validToken}.
 */
public final class LocalCoordinator implements Coordinator {
    private final Hub hub;
    private final EngineClock clock;
    private final long leaseNanos;
    private final LocalElection election;
    private final LocalMembership membership;
    private final Object lock = new Object();
    private @Nullable Thread renewer; // under lock
    private volatile boolean closed;

    private LocalCoordinator(Builder builder) {
        hub = builder.hub;
        clock = builder.clock;
        leaseNanos = builder.lease.toNanos();
        election = new LocalElection(this, hub.election);
        membership = new LocalMembership(this, hub.members);
        hub.members.attach(membership);
    }

    /** Starts with the defaults of each setter. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public LeaderElection election() {
        return election;
    }

    @Override
    public Membership membership() {
        return membership;
    }

    @Override
    public OfflineQueues offlineQueues() {
        return new LocalQueues(this, hub.queues);
    }

    @Override
    public SharedCounters counters() {
        return (window, engine, totals, keepSeconds) ->
                answer(() -> hub.counters.sync(window, engine, totals, keepSeconds, clock.nanos()));
    }

    /** Renews what this coordinator holds, and notices what others lost. Called by its own thread, if it has one. */
    public void poll() {
        if (!closed) {
            election.poll();
            membership.poll();
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        election.withdraw();
        membership.withdraw();
        hub.members.detach(membership);
        closed = true;
        synchronized (lock) {
            if (renewer != null) {
                renewer.interrupt();
            }
        }
    }

    long nanos() {
        return clock.nanos();
    }

    long leaseNanos() {
        return leaseNanos;
    }

    boolean isClosed() {
        return closed;
    }

    /** Sees to it that {@link #poll} is called from now on. */
    void startRenewing() {
        synchronized (lock) {
            if (renewer == null && clock == EngineClock.system() && !closed) {
                Thread thread = new Thread(this::renew, "coord-local");
                thread.setDaemon(true);
                renewer = thread;
                thread.start();
            }
        }
    }

    <T> CompletionStage<T> answer(Supplier<T> call) {
        return closed ? refuse() : CompletableFuture.completedFuture(call.get());
    }

    static <T> CompletionStage<T> refuse() {
        return CompletableFuture.failedFuture(
                new CoordinationException(RefreshException.Category.FATAL, "coordinator is closed", null));
    }

    private void renew() {
        try {
            while (!closed) {
                TimeUnit.NANOSECONDS.sleep(leaseNanos / 3);
                poll();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed: the thread ends
        }
    }

    /** What coordinators of one process share. Thread-safe. */
    public static final class Hub {
        final LocalElection.Lease election = new LocalElection.Lease();
        final LocalMembership.Members members = new LocalMembership.Members();
        final LocalQueues.Queues queues;
        final LocalCounters counters = new LocalCounters();

        /** Creates an empty hub. */
        public Hub() {
            this(2_000_000);
        }

        /** Creates an empty hub whose offline queues hold so many entries a device. */
        public Hub(int queueBound) {
            queues = new LocalQueues.Queues(queueBound);
        }

        /** Forgets everything that is parked, as a server does that comes back empty: for tests. */
        public void loseQueues() {
            queues.lose();
        }
    }

    /** Builds a {@link LocalCoordinator}. Not thread-safe. */
    public static final class Builder {
        private Hub hub = new Hub();
        private EngineClock clock = EngineClock.system();
        private Duration lease = Duration.ofSeconds(10);

        private Builder() {}

        /** Shares what the other coordinators of the hub have; default: a hub of its own. */
        public Builder hub(Hub value) {
            hub = Objects.requireNonNull(value, "hub");
            return this;
        }

        /** The clock of all leases, the same for all of a hub; default: the system's. */
        public Builder clock(EngineClock value) {
            clock = Objects.requireNonNull(value, "clock");
            return this;
        }

        /** How long leadership and membership hold without a sign of life, 100 ms to 10 min; default 10 s. */
        public Builder lease(Duration value) {
            if (value.toMillis() < 100 || value.toMinutes() > 10) {
                throw new IllegalArgumentException("lease: " + value + " (expected: 100 ms..10 min)");
            }
            lease = value;
            return this;
        }

        /** Builds the coordinator. */
        public LocalCoordinator build() {
            return new LocalCoordinator(this);
        }
    }
}
