// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import io.cdnrefresh.diag.TracedLock;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.LeaderElection;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One candidate for the lock in Redis.
 *
 * <p>Leadership is valid until a monotonic deadline, counted from before the request that won or renewed it was sent,
 * less a tenth of the lease for clocks that run at different speeds. Redis going away, a pause of the process, a lost
 * reply: in each case the deadline passes.
 */
final class RedisElection implements LeaderElection {
    /* Implementation notes.
     * 1. State is under the lock, off every hot path; listeners and the token supplier are called outside.
     *    `held` alone is read by validToken without it.
     * 2. While the token is being allocated nothing is renewed: an allocation that takes longer than the lease is given
     *    up and the lock with it.
     * 3. A round carries the number of its attempt; replies of an older attempt are ignored.
     */
    private static final Logger logger = LoggerFactory.getLogger(RedisElection.class);

    private final Connection connection;
    private final ScheduledExecutorService timer;
    private final EngineClock clock;
    private final String lockKey;
    private final long leaseMillis;

    final TracedLock lock = new TracedLock("election");
    private @Nullable Campaign campaign;
    private long attempt;
    private boolean allocating;
    private long untilNanos; // of the lock, while allocating
    private volatile @Nullable Held held;

    RedisElection(RedisLink link, EngineClock clock, String lockKey, long leaseMillis) {
        this.connection = link.leases();
        this.timer = link.timer();
        this.clock = clock;
        this.lockKey = lockKey;
        this.leaseMillis = leaseMillis;
    }

    @Override
    public void campaign(String candidate, Supplier<CompletionStage<Long>> tokens, Listener listener) {
        Campaign own;
        lock.lock();
        try {
            if (campaign != null) {
                throw new IllegalStateException("election: " + candidate + " campaigns already");
            }
            own = new Campaign(candidate + "/" + UUID.randomUUID(), tokens, listener);
            campaign = own;
        } finally {
            lock.unlock();
        }
        round(own);
    }

    @Override
    public OptionalLong validToken() {
        Held now = held;
        return now != null && clock.nanos() - now.untilNanos < 0 ? OptionalLong.of(now.token) : OptionalLong.empty();
    }

    @Override
    public CompletionStage<Void> resign() {
        Campaign own;
        lock.lock();
        try {
            own = campaign;
            campaign = null;
            attempt++;
            allocating = false;
        } finally {
            lock.unlock();
        }
        if (own == null) {
            return CompletableFuture.allOf();
        }
        depose(own);
        return connection
                .<Long>run(Script.RELEASE, List.of(lockKey), List.of(own.owner))
                .thenAccept(gone -> {});
    }

    /** One look at the lock, and the next one planned, until the campaign ends. */
    private void round(Campaign own) {
        long mine;
        long sentNanos = clock.nanos();
        boolean isAllocating;
        lock.lock();
        try {
            if (!own.equals(campaign)) {
                return;
            }
            isAllocating = allocating && sentNanos - untilNanos < 0;
            if (allocating && !isAllocating) {
                allocating = false; // note 2
                attempt++;
            }
            mine = isAllocating ? attempt : ++attempt;
        } finally {
            lock.unlock();
        }
        Held now = held;
        if (now != null && sentNanos - now.untilNanos >= 0) {
            depose(own);
        }
        if (isAllocating) {
            plan(own);
            return;
        }
        connection
                .<Long>run(Script.LEASE, List.of(lockKey), List.of(own.owner, Long.toString(leaseMillis)))
                .whenComplete((reply, failure) -> {
                    try {
                        onReply(own, mine, sentNanos, failure == null && reply != null ? reply : -1);
                    } finally {
                        plan(own);
                    }
                });
    }

    private void plan(Campaign own) {
        long third = leaseMillis / 3;
        long millis = third - ThreadLocalRandom.current().nextLong(third / 4 + 1);
        if (!timer.isShutdown()) {
            Future<?> unused = timer.schedule(() -> round(own), millis, TimeUnit.MILLISECONDS);
        }
    }

    /**
     * Takes the answer of a round.
     *
     * @param reply as of {@link Script#LEASE}; -1 = unknown: what is held stays valid to its deadline, not longer
     */
    private void onReply(Campaign own, long mine, long sentNanos, long reply) {
        boolean lost;
        lock.lock();
        try {
            if (attempt != mine || reply == -1) {
                return;
            }
            long newUntilNanos = sentNanos + TimeUnit.MILLISECONDS.toNanos(leaseMillis - leaseMillis / 10);
            Held now = held;
            if (reply == 1 && now != null && clock.nanos() - now.untilNanos < 0) {
                held = new Held(now.token, newUntilNanos);
                return;
            }
            lost = now != null; // the lock was free, another's, or ran out here before it was renewed
            allocating = reply == 1 || reply == 2;
            untilNanos = newUntilNanos;
        } finally {
            lock.unlock();
        }
        if (lost) {
            depose(own);
        }
        if (reply == 1 || reply == 2) {
            allocate(own, mine);
        }
    }

    private void allocate(Campaign own, long mine) {
        CompletionStage<Long> answer;
        try {
            answer = own.tokens.get();
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedStage(e);
        }
        answer.whenComplete((token, failure) -> onToken(own, mine, token, failure));
    }

    private void onToken(Campaign own, long mine, @Nullable Long token, @Nullable Throwable failure) {
        lock.lock();
        try {
            if (attempt != mine || !allocating) {
                return;
            }
            allocating = false;
            if (token != null && clock.nanos() - untilNanos < 0) {
                held = new Held(token, untilNanos);
            }
        } finally {
            lock.unlock();
        }
        if (token == null) {
            logger.warn("election token not allocated: {}", failure == null ? "none" : Failures.messageOf(failure));
            connection
                    .<Long>run(Script.RELEASE, List.of(lockKey), List.of(own.owner))
                    .whenComplete((gone, ignored) -> {});
        } else if (validToken().isPresent()) {
            tell(() -> own.listener.onElected(token));
        }
    }

    private void depose(Campaign own) {
        lock.lock();
        try {
            if (held == null) {
                return;
            }
            held = null;
        } finally {
            lock.unlock();
        }
        tell(own.listener::onDeposed);
    }

    private static void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            logger.warn("election listener failed", e);
        }
    }

    private record Held(long token, long untilNanos) {}

    private record Campaign(String owner, Supplier<CompletionStage<Long>> tokens, Listener listener) {}
}
