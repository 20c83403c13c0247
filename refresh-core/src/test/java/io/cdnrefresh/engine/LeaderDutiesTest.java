// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.local.LocalCoordinator;
import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.spi.EngineClaim;
import io.cdnrefresh.spi.LeaderElection;
import io.cdnrefresh.testkit.ManualClock;
import io.cdnrefresh.testkit.ManualTimer;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaderDutiesTest {
    private static final Duration LEASE = Duration.ofSeconds(15);
    private static final Duration SHORT = Duration.ofSeconds(2);

    private final ManualClock clock = new ManualClock();
    private final MemoryStore store = new MemoryStore(1_000, clock);
    private final LocalCoordinator coordinator =
            LocalCoordinator.builder().clock(clock).build();
    private int depositions;
    private final LocalTransport transport = LocalTransport.create();
    private final EngineClaim own = store.claimEngine(OptionalInt.of(1), "own", LEASE);
    private final EngineClaim other = store.claimEngine(OptionalInt.of(2), "other", SHORT);
    private final LeaderDuties duties = new LeaderDuties(
            new EngineSetup(
                    new EngineSetup.Stores(store, store, store, false),
                    coordinator,
                    transport.engineSide(),
                    clock,
                    new ManualTimer(clock),
                    alert -> {},
                    List.of(),
                    EngineOptions.DEFAULTS.toBuilder().lease(LEASE).build(),
                    null),
            new AlertReporter(alert -> {}, clock, Duration.ofMinutes(1)),
            engine -> depositions++);

    @BeforeEach
    void lead() {
        coordinator
                .election()
                .campaign(
                        "own",
                        () -> CompletableFuture.completedFuture(store.nextToken(own.epoch())),
                        new LeaderElection.Listener() {
                            @Override
                            public void onElected(long token) {}

                            @Override
                            public void onDeposed() {}
                        });
    }

    @AfterEach
    void close() {
        coordinator.close();
        transport.close();
        store.close();
    }

    /** A second after the other, as the engine does it: renew, then look. */
    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(Duration.ofSeconds(1));
            store.renewEngine(own, "own", LEASE);
            duties.takeOver(own.epoch());
        }
    }

    private boolean isOtherFenced() {
        return !store.renewEngine(other, "other", SHORT);
    }

    @Test
    void takeOver_claimRanOut_fencesOnceTheLeaderIsSteadyForALease() {
        pass(14);
        assertThat(isOtherFenced())
                .as("it has run out, but the leader is too new")
                .isFalse();
        pass(3);
        assertThat(isOtherFenced()).as("it has run out again").isTrue();
    }

    @Test
    void takeOver_claimIsRenewed_leavesItAlone() {
        for (int i = 0; i < 40; i++) {
            pass(1);
            assertThat(isOtherFenced()).isFalse();
        }
    }

    @Test
    void takeOver_storeWasAway_waitsForAnotherLease() {
        pass(10);
        duties.storeFailed();
        pass(14);
        assertThat(isOtherFenced()).isFalse();
        pass(20);
        assertThat(isOtherFenced()).as("its claim of 2 s ran out meanwhile").isTrue();
    }

    @Test
    void takeOver_everybodyStoodStill_fencesNobody() {
        pass(20);
        EngineClaim back = store.claimEngine(OptionalInt.of(2), "other", SHORT);
        clock.advance(Duration.ofMinutes(1));
        store.renewEngine(own, "own", LEASE);
        duties.takeOver(own.epoch());
        assertThat(store.renewEngine(back, "other", SHORT)).isTrue();
    }

    @Test
    void takeOver_newerTokenInTheStore_isRefusedAndCounted() {
        pass(20);
        long before = duties.refused();
        store.nextToken(own.epoch());
        pass(1);
        assertThat(duties.refused()).isEqualTo(before + 1);
        duties.retire(own.epoch());
        assertThat(duties.refused()).isEqualTo(before + 2);
        assertThat(depositions).isEqualTo(before + 2);
    }
}
