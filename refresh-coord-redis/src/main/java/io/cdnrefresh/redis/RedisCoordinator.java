// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import io.cdnrefresh.diag.LockOwner;
import io.cdnrefresh.diag.TracedLock;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.LeaderElection;
import io.cdnrefresh.spi.Membership;
import io.cdnrefresh.spi.OfflineQueues;
import io.cdnrefresh.spi.SharedCounters;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Coordination of several engines over Redis 6 or later: one server, a Sentinel group or a cluster.
 *
 * <p>Thread-safe; nothing but {@link #close} blocks. Stages complete on the threads {@code redis-io-N}, listeners are
 * called on {@code redis-cb-N}; both must not be held up. Redis may be away when this is built: calls fail with a
 * RETRYABLE {@link io.cdnrefresh.spi.CoordinationException} until it is there, also later, and campaign and membership
 * go on by themselves. A call that failed may have been done.
 *
 * <p>All times are by the process' monotonic clock or by Redis; engines need no common time.
 */
public final class RedisCoordinator implements Coordinator, LockOwner {
    private static final Logger logger = LoggerFactory.getLogger(RedisCoordinator.class);

    private final RedisLink link;
    private final RedisElection election;
    private final RedisMembership membership;
    private final RedisQueues queues;
    private final RedisCounters counters;
    private final AtomicBoolean closed = new AtomicBoolean();

    private RedisCoordinator(Builder builder) {
        RedisAddress address = RedisAddress.parse(builder.url, builder.commandTimeout);
        link = new RedisLink(
                address, new RedisLink.Settings(builder.commandTimeout, builder.requestQueue, builder.authority));
        long leaseMillis = builder.lease.toMillis();
        election = new RedisElection(link, builder.clock, builder.keyPrefix + ":{leader}:lock", leaseMillis);
        membership = new RedisMembership(link, builder.keyPrefix, leaseMillis);
        queues = new RedisQueues(link, builder.keyPrefix, builder.queueBound);
        counters = new RedisCounters(link, builder.keyPrefix);
    }

    /**
     * Starts with the defaults of each setter.
     *
     * @param url {@code redis://[[user:]password@]host[:port][/db]}, {@code redis-sentinel://host,host/db#master},
     *     {@code redis-cluster://host,host}; {@code rediss…} for TLS
     */
    public static Builder builder(String url) {
        return new Builder(url);
    }

    /** For the engine's ledger of locks. */
    @Override
    public List<TracedLock> locks() {
        return List.of(election.lock, membership.lock);
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
        return queues;
    }

    @Override
    public SharedCounters counters() {
        return counters;
    }

    /** {@inheritDoc} Takes some seconds at most when Redis does not answer; its leases run out by themselves then. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        CompletableFuture<Void> left = CompletableFuture.allOf(
                election.resign().toCompletableFuture(), membership.leave().toCompletableFuture());
        try {
            left.get(2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            logger.info("redis leases not given back, they run out: {}", Failures.messageOf(e));
        }
        membership.close();
        link.close();
    }

    /** What renews leases; for tests that hold it up. */
    ScheduledExecutorService timer() {
        return link.timer();
    }

    /** Builds a {@link RedisCoordinator}. Not thread-safe. */
    public static final class Builder {
        private final String url;
        private EngineClock clock = EngineClock.system();
        private String keyPrefix = "cdnrefresh";
        private Duration lease = Duration.ofSeconds(10);
        private Duration commandTimeout = Duration.ofSeconds(2);
        private int requestQueue = 10_000;
        private int queueBound = 2_000_000;
        private @Nullable Path authority;

        private Builder(String url) {
            this.url = Objects.requireNonNull(url, "url");
        }

        /** The clock by which leadership is valid; default: the system's. */
        public Builder clock(EngineClock value) {
            clock = Objects.requireNonNull(value, "clock");
            return this;
        }

        /** What all keys begin with, 1 to 100 characters without braces; default {@code cdnrefresh}. */
        public Builder keyPrefix(String value) {
            check(
                    !value.isEmpty() && value.length() <= 100 && !value.matches(".*[{}\\s].*"),
                    "keyPrefix",
                    value,
                    "1..100 characters, no braces, no spaces");
            keyPrefix = value;
            return this;
        }

        /** How long leadership and membership hold without a sign of life, 1 s to 10 min; default 10 s. */
        public Builder lease(Duration value) {
            check(value.toMillis() >= 1_000 && value.toMillis() <= 600_000, "lease", value, "1 s..10 min");
            lease = value;
            return this;
        }

        /** How long a command may take, connecting included, 100 ms to 10 s; default 2 s. */
        public Builder commandTimeout(Duration value) {
            check(value.toMillis() >= 100 && value.toMillis() <= 10_000, "commandTimeout", value, "100 ms..10 s");
            commandTimeout = value;
            return this;
        }

        /** How many commands may wait for their answer on one connection, 100 to 1,000,000; default 10,000. */
        public Builder requestQueue(int value) {
            check(value >= 100 && value <= 1_000_000, "requestQueue", value, "100..1000000");
            requestQueue = value;
            return this;
        }

        /** The authorities, as PEM, whose certificates a server may show over TLS; default: those that Java trusts. */
        public Builder trust(Path pem) {
            authority = Objects.requireNonNull(pem, "pem");
            return this;
        }

        /**
         * How many entries an offline queue may hold, 1,000 to 100,000,000; default 2,000,000 (70 MB in Redis). What is
         * above it is read from the store when the device is back.
         */
        public Builder queueBound(int value) {
            check(value >= 1_000 && value <= 100_000_000, "queueBound", value, "1000..100000000");
            queueBound = value;
            return this;
        }

        /**
         * Builds the coordinator and begins to connect.
         *
         * @throws IllegalArgumentException if the URL is none
         */
        public RedisCoordinator build() {
            RedisCoordinator coordinator = new RedisCoordinator(this);
            coordinator.link.open();
            return coordinator;
        }

        private static void check(boolean isValid, String name, Object value, String expected) {
            if (!isValid) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
            }
        }
    }
}
