// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.event.EventBus;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.LeaderEvent;
import io.cdnrefresh.model.MemberEvent;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.spi.LeaderElection;
import io.cdnrefresh.spi.Membership;
import io.cdnrefresh.spi.Membership.Member;
import io.cdnrefresh.spi.SharedStore;
import io.cdnrefresh.spi.StoreException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One engine among the others: tells them of itself, knows them, and stands for leader. Thread-safe; never waits. */
final class Cluster implements Relay.Others {
    private static final Logger logger = LoggerFactory.getLogger(Cluster.class);

    private final EngineSetup setup;
    private final EventBus events;
    private final WorkerPool house;
    private volatile List<Member> members = List.of();
    private volatile @Nullable EngineEpoch self;

    Cluster(EngineSetup setup, EventBus events, WorkerPool house) {
        this.setup = setup;
        this.events = events;
        this.house = house;
    }

    @Override
    public List<Member> members() {
        return members;
    }

    @Override
    public boolean isSelf(int engine) {
        EngineEpoch own = self;
        return own != null && own.engine() == engine;
    }

    @Override
    public @Nullable String address(int engine) {
        for (Member member : members) {
            if (member.engine().engine() == engine && !member.apiAddress().isEmpty()) {
                return isSelf(engine) ? null : member.apiAddress();
            }
        }
        return null;
    }

    void join(EngineEpoch epoch) {
        self = epoch;
        Membership membership = setup.coordinator().membership();
        membership.subscribe(this::onMembers);
        tell(0);
        campaign(epoch);
    }

    /** A newer token than this leader's was given away: it gives the lead back and stands for a new one. */
    void standAgain(EngineEpoch epoch) {
        setup.coordinator().election().resign().whenComplete((done, e) -> campaign(epoch));
    }

    private void campaign(EngineEpoch epoch) {
        setup.coordinator()
                .election()
                .campaign(setup.options().owner(), () -> nextToken(epoch), new LeaderElection.Listener() {
                    @Override
                    public void onElected(long token) {
                        logger.info("leader engine={} token={}", epoch, token);
                        events.publish(new LeaderEvent(true, token));
                    }

                    @Override
                    public void onDeposed() {
                        logger.info("no longer leader engine={}", epoch);
                        events.publish(new LeaderEvent(false, 0));
                    }
                });
    }

    /** Tells the others of this engine and how many tasks it has in memory. */
    void tell(long load) {
        EngineEpoch own = self;
        EngineOptions options = setup.options();
        if (own == null) {
            return;
        }
        Member member = new Member(own, options.apiAddress(), options.rpcAddress(), options.version(), load);
        setup.coordinator().membership().join(member).exceptionally(e -> {
            logger.debug("membership is not available cause={}", e.getMessage());
            return null;
        });
    }

    /** The store gives tokens where engines share it; elsewhere this engine has nobody to compare with. */
    private CompletionStage<Long> nextToken(EngineEpoch epoch) {
        if (!(setup.stores().registry() instanceof SharedStore shared)) {
            return CompletableFuture.completedFuture(epoch.epoch());
        }
        CompletableFuture<Long> token = new CompletableFuture<>();
        long askedNanos = setup.clock().nanos();
        boolean isTaken = house.tryRun(() -> {
            try {
                if (setup.clock().nanos() - askedNanos > setup.options().lease().toNanos() / 3) {
                    // the lease is another's by now: a newer token would only depose it
                    throw new StoreException(Category.RETRYABLE, "asked too long ago", null);
                }
                token.complete(shared.nextToken(epoch));
            } catch (StoreException e) {
                token.completeExceptionally(e);
            }
        });
        if (!isTaken) {
            token.completeExceptionally(new StoreException(Category.RETRYABLE, "too much is waiting", null));
        }
        return token;
    }

    private synchronized void onMembers(List<Member> now) {
        List<Member> before = members;
        members = now;
        Set<EngineEpoch> known = engines(before);
        Set<EngineEpoch> there = engines(now);
        List<Member> left = new ArrayList<>(before);
        left.removeIf(member -> there.contains(member.engine()));
        left.forEach(member -> publish(member, false));
        now.stream().filter(member -> !known.contains(member.engine())).forEach(member -> publish(member, true));
    }

    private static Set<EngineEpoch> engines(List<Member> list) {
        Set<EngineEpoch> engines = new HashSet<>();
        list.forEach(member -> engines.add(member.engine()));
        return engines;
    }

    private void publish(Member member, boolean hasJoined) {
        logger.info(
                "engine {} engine={} address={}", hasJoined ? "seen" : "gone", member.engine(), member.apiAddress());
        events.publish(new MemberEvent(member.engine(), member.apiAddress(), hasJoined));
    }
}
