// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.LeaderElection;
import io.cdnrefresh.spi.Membership.Member;
import io.cdnrefresh.testkit.CoordinatorContract;
import io.cdnrefresh.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class LocalCoordinatorTest extends CoordinatorContract {
    private static final Duration LEASE = Duration.ofSeconds(3);

    private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 1);
    private final LocalCoordinator.Hub hub = new LocalCoordinator.Hub(QUEUE_BOUND);
    private final List<LocalCoordinator> awake = new ArrayList<>();

    @Override
    protected Coordinator open() {
        LocalCoordinator coordinator =
                LocalCoordinator.builder().hub(hub).clock(clock).lease(LEASE).build();
        awake.add(coordinator);
        return coordinator;
    }

    @Override
    protected Duration lease() {
        return LEASE;
    }

    @Override
    protected void pass(Duration time) {
        for (Duration left = time; !left.isZero(); ) {
            Duration step = left.compareTo(LEASE.dividedBy(4)) < 0 ? left : LEASE.dividedBy(4);
            clock.advance(step);
            left = left.minus(step);
            awake.forEach(LocalCoordinator::poll);
        }
    }

    @Override
    protected void hang(Coordinator coordinator) {
        awake.remove((LocalCoordinator) coordinator);
    }

    @Override
    protected void wake(Coordinator coordinator) {
        awake.add((LocalCoordinator) coordinator);
    }

    @Test
    void systemClock_memberAndLeader_areRenewedByThemselves() throws Exception {
        Set<Thread> ofOthers = renewers();
        LocalCoordinator.Hub shared = new LocalCoordinator.Hub();
        Duration lease = Duration.ofMillis(300);
        LocalCoordinator a = LocalCoordinator.builder().hub(shared).lease(lease).build();
        LocalCoordinator b = LocalCoordinator.builder().hub(shared).lease(lease).build();
        LeaderElection.Listener deaf = new LeaderElection.Listener() {
            @Override
            public void onElected(long token) {}

            @Override
            public void onDeposed() {}
        };
        a.election().campaign("a", () -> CompletableFuture.completedFuture(1L), deaf);
        get(a.membership().join(new Member(new EngineEpoch(1, 1), "h", "r", "1", 0)));
        await().during(lease.multipliedBy(3))
                .until(() -> get(b.membership().members()).size() == 1);
        assertThat(a.election().validToken()).hasValue(1);
        a.close();
        assertThat(get(b.membership().members())).isEmpty();
        await().until(() -> ofOthers.containsAll(renewers()));
        b.close();
    }

    private static Set<Thread> renewers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("coord-local"))
                .collect(Collectors.toSet());
    }

    @Test
    void lease_outOfRange_isRefused() {
        assertThatThrownBy(() -> LocalCoordinator.builder().lease(Duration.ofMillis(10)))
                .hasMessage("lease: PT0.01S (expected: 100 ms..10 min)");
    }
}
