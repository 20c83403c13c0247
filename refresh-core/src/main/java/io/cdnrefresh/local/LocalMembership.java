// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import io.cdnrefresh.spi.Membership;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One engine's view of the members of a hub. */
final class LocalMembership implements Membership {
    private static final Logger logger = LoggerFactory.getLogger(LocalMembership.class);

    private final LocalCoordinator coordinator;
    private final Members members;
    private final List<Consumer<List<Member>>> listeners = new CopyOnWriteArrayList<>();
    private volatile @Nullable Member self;
    private List<Member> lastTold = List.of(); // under `members`

    LocalMembership(LocalCoordinator coordinator, Members members) {
        this.coordinator = coordinator;
        this.members = members;
    }

    static CompletionStage<Void> done() {
        return CompletableFuture.allOf();
    }

    @Override
    public CompletionStage<Void> join(Member newSelf) {
        if (coordinator.isClosed()) {
            return LocalCoordinator.refuse();
        }
        self = newSelf;
        coordinator.startRenewing();
        poll();
        members.tellAll();
        return done();
    }

    @Override
    public CompletionStage<List<Member>> members() {
        poll();
        return coordinator.answer(() -> members.alive(coordinator.nanos()));
    }

    @Override
    public void subscribe(Consumer<List<Member>> listener) {
        listeners.add(listener);
        coordinator.startRenewing();
    }

    @Override
    public CompletionStage<Void> leave() {
        withdraw();
        return done();
    }

    void poll() {
        Member own = self;
        if (own != null) {
            members.renew(own, coordinator.nanos() + coordinator.leaseNanos());
        }
        tellChange();
    }

    void withdraw() {
        Member own = self;
        self = null;
        if (own != null) {
            members.remove(own);
            members.tellAll();
        }
    }

    private void tellChange() {
        if (listeners.isEmpty()) {
            return;
        }
        List<Member> now;
        synchronized (members) {
            now = members.alive(coordinator.nanos());
            boolean same = withoutLoad(now).equals(withoutLoad(lastTold));
            lastTold = now;
            if (same) {
                return;
            }
        }
        for (Consumer<List<Member>> listener : listeners) {
            try {
                listener.accept(now);
            } catch (RuntimeException e) {
                logger.warn("membership listener failed", e);
            }
        }
    }

    /** A load that moves is no change of membership. */
    private static List<Member> withoutLoad(List<Member> list) {
        return list.stream()
                .map(m -> new Member(m.engine(), m.apiAddress(), m.rpcAddress(), m.version(), 0))
                .toList();
    }

    /** The members and their leases. Guarded by itself. */
    static final class Members {
        private final TreeMap<Integer, Held> byEngine = new TreeMap<>();
        private final List<LocalMembership> views = new CopyOnWriteArrayList<>();

        void attach(LocalMembership view) {
            views.add(view);
        }

        void detach(LocalMembership view) {
            views.remove(view);
        }

        private synchronized void renew(Member member, long untilNanos) {
            Held held = byEngine.get(member.engine().engine());
            if (held == null || held.member.engine().epoch() <= member.engine().epoch()) {
                byEngine.put(member.engine().engine(), new Held(member, untilNanos));
            }
        }

        private synchronized void remove(Member member) {
            Held held = byEngine.get(member.engine().engine());
            if (held != null && held.member.engine().equals(member.engine())) {
                byEngine.remove(member.engine().engine());
            }
        }

        private synchronized List<Member> alive(long nowNanos) {
            List<Member> alive = new ArrayList<>();
            for (Iterator<Held> each = byEngine.values().iterator(); each.hasNext(); ) {
                Held held = each.next();
                if (nowNanos - held.untilNanos < 0) {
                    alive.add(held.member);
                } else {
                    each.remove();
                }
            }
            return List.copyOf(alive);
        }

        private void tellAll() {
            views.forEach(LocalMembership::tellChange);
        }

        private record Held(Member member, long untilNanos) {}
    }
}
