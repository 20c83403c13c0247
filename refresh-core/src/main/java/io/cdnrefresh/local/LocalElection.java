// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import io.cdnrefresh.spi.LeaderElection;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One candidate of the election of a hub. All state is under the lease's monitor; listeners are called outside. */
final class LocalElection implements LeaderElection {
    private static final Logger logger = LoggerFactory.getLogger(LocalElection.class);

    private final LocalCoordinator coordinator;
    private final Lease lease;
    private @Nullable Campaign campaign;

    LocalElection(LocalCoordinator coordinator, Lease lease) {
        this.coordinator = coordinator;
        this.lease = lease;
    }

    @Override
    public void campaign(String candidate, Supplier<CompletionStage<Long>> tokens, Listener listener) {
        synchronized (lease) {
            if (campaign != null) {
                throw new IllegalStateException("election: " + candidate + " campaigns already");
            }
            campaign = new Campaign(tokens, listener);
        }
        coordinator.startRenewing();
        poll();
    }

    @Override
    public OptionalLong validToken() {
        poll();
        long nowNanos = coordinator.nanos();
        synchronized (lease) {
            return lease.isHeldBy(this, nowNanos) && lease.token != null
                    ? OptionalLong.of(lease.token)
                    : OptionalLong.empty();
        }
    }

    @Override
    public CompletionStage<Void> resign() {
        withdraw();
        return LocalMembership.done();
    }

    /** Renews or looks whether the lease is free. */
    void poll() {
        long nowNanos = coordinator.nanos();
        Campaign own;
        long attempt = 0;
        boolean deposed;
        synchronized (lease) {
            own = campaign;
            if (own == null || coordinator.isClosed()) {
                return;
            }
            if (lease.isHeldBy(this, nowNanos)) {
                if (lease.token != null) {
                    lease.untilNanos = nowNanos + coordinator.leaseNanos();
                }
                return;
            }
            deposed = own.wasTold;
            own.wasTold = false;
            if (lease.isFree(nowNanos)) {
                attempt = lease.take(this, nowNanos + coordinator.leaseNanos());
            }
        }
        if (deposed) {
            tell(own.listener::onDeposed);
        }
        if (attempt != 0) {
            askForToken(own, attempt);
        }
    }

    void withdraw() {
        Campaign own;
        synchronized (lease) {
            own = campaign;
            campaign = null;
            if (lease.holder == this) {
                lease.free();
            }
        }
        if (own != null && own.wasTold) {
            tell(own.listener::onDeposed);
        }
    }

    private void askForToken(Campaign own, long attempt) {
        CompletionStage<Long> answer;
        try {
            answer = own.tokens.get();
        } catch (RuntimeException e) {
            onToken(own, attempt, null, e);
            return;
        }
        answer.whenComplete((token, failure) -> onToken(own, attempt, token, failure));
    }

    private void onToken(Campaign own, long attempt, @Nullable Long token, @Nullable Throwable failure) {
        long nowNanos = coordinator.nanos();
        synchronized (lease) {
            if (!lease.isHeldBy(this, nowNanos) || campaign != own || lease.attempt != attempt) {
                return; // too late, or withdrawn
            }
            if (token == null) {
                lease.free();
            } else {
                lease.token = token;
                own.wasTold = true;
            }
        }
        if (token == null) {
            logger.warn("election token not allocated", failure);
        } else {
            tell(() -> own.listener.onElected(token));
        }
    }

    private static void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            logger.warn("election listener failed", e);
        }
    }

    private static final class Campaign {
        final Supplier<CompletionStage<Long>> tokens;
        final Listener listener;
        boolean wasTold;

        Campaign(Supplier<CompletionStage<Long>> tokens, Listener listener) {
            this.tokens = tokens;
            this.listener = listener;
        }
    }

    /** Who leads. Guarded by itself. */
    static final class Lease {
        private @Nullable LocalElection holder;
        private @Nullable Long token; // null until allocated
        private long untilNanos;
        private long attempt;

        private boolean isHeldBy(LocalElection candidate, long nowNanos) {
            return holder == candidate && nowNanos - untilNanos < 0;
        }

        private boolean isFree(long nowNanos) {
            return holder == null || nowNanos - untilNanos >= 0;
        }

        private long take(LocalElection candidate, long newUntilNanos) {
            holder = candidate;
            token = null;
            untilNanos = newUntilNanos;
            return ++attempt;
        }

        private void free() {
            holder = null;
            token = null;
        }
    }
}
