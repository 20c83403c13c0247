// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.CoordinationException;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.LeaderElection;
import io.cdnrefresh.spi.Membership.Member;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Coordinator} must do. Extend it and say how to open one and how time passes.
 *
 * <p>All coordinators of one test share what they coordinate; no two tests share anything.
 */
public abstract class CoordinatorContract extends OfflineQueuesContract {
    /** How long an eventual thing may take. */
    private static final int MAX_LEASES = 30;

    private final AtomicLong tokens = new AtomicLong();

    /** Keeps a coordinator from doing anything by itself, as a pause of its process does. */
    protected abstract void hang(Coordinator coordinator) throws Exception;

    /** Ends what {@link #hang} began. */
    protected abstract void wake(Coordinator coordinator) throws Exception;

    @Test
    void campaign_twoCandidates_oneLeads() throws Exception {
        Candidate a = candidate("a");
        Candidate b = candidate("b");
        eventually(() -> a.leads() || b.leads());
        for (int i = 0; i < 6; i++) {
            pass(lease().dividedBy(2));
            assertThat(a.leads() && b.leads()).isFalse();
        }
        assertThat(a.elections.get() + b.elections.get()).isOne();
        assertThat((a.leads() ? a : b).election.validToken()).hasValue(1);
    }

    @Test
    void campaign_twice_isRefused() throws Exception {
        Candidate a = candidate("a");
        assertThatThrownBy(() -> a.election.campaign("a", () -> CompletableFuture.completedFuture(1L), a))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void resign_leader_handsOverWithAHigherToken() throws Exception {
        Candidate a = candidate("a");
        eventually(a::leads);
        long first = a.election.validToken().orElseThrow();
        Candidate b = candidate("b");
        get(a.election.resign());
        assertThat(a.leads()).isFalse();
        eventually(b::leads);
        assertThat(b.election.validToken().orElseThrow()).isGreaterThan(first);
        assertThat(a.deposals.get()).isOne();
        pass(lease().multipliedBy(2));
        assertThat(a.leads()).isFalse();
    }

    @Test
    void validToken_leaderPausedLongerThanItsLease_isEmptyAndAnotherLeads() throws Exception {
        Candidate a = candidate("a");
        eventually(a::leads);
        long first = a.election.validToken().orElseThrow();
        Candidate b = candidate("b");
        hang(a.coordinator);
        eventually(b::leads);
        assertThat(b.election.validToken().orElseThrow()).isGreaterThan(first);
        assertThat(a.leads()).as("the paused one, asked right after it wakes").isFalse();
        wake(a.coordinator);
        eventually(() -> a.deposals.get() == 1);
        assertThat(a.leads()).isFalse();
        assertThat(b.leads()).isTrue();
    }

    @Test
    void campaign_tokenNotAllocated_isTriedAgain() throws Exception {
        Coordinator coordinator = opened();
        AtomicInteger tries = new AtomicInteger();
        coordinator
                .election()
                .campaign(
                        "a",
                        () -> tries.incrementAndGet() < 3
                                ? CompletableFuture.failedFuture(new IllegalStateException("planted"))
                                : CompletableFuture.completedFuture(7L),
                        new Candidate(coordinator));
        eventually(() -> coordinator.election().validToken().isPresent());
        assertThat(coordinator.election().validToken()).hasValue(7);
        assertThat(tries).hasValue(3);
    }

    @Test
    void join_two_seeEachOtherUntilOneLeaves() throws Exception {
        Coordinator a = opened();
        Coordinator b = opened();
        AtomicReference<List<Member>> told = new AtomicReference<>(List.of());
        b.membership().subscribe(told::set);
        Member first = member(1, 1, 0);
        Member second = member(2, 1, 0);
        get(a.membership().join(first));
        get(b.membership().join(second));
        assertThat(get(a.membership().members())).containsExactly(first, second);
        eventually(() -> told.get().equals(List.of(first, second)));
        pass(lease().multipliedBy(3));
        assertThat(get(b.membership().members())).containsExactly(first, second);
        get(a.membership().leave());
        assertThat(get(b.membership().members())).containsExactly(second);
        eventually(() -> told.get().equals(List.of(second)));
    }

    @Test
    void join_again_changesWhatIsTold() throws Exception {
        Coordinator a = opened();
        get(a.membership().join(member(1, 1, 0)));
        get(a.membership().join(member(1, 1, 99)));
        assertThat(get(a.membership().members())).containsExactly(member(1, 1, 99));
    }

    @Test
    void join_olderEpochOfTheSameEngine_doesNotReplaceTheNewer() throws Exception {
        Coordinator a = opened();
        Coordinator b = opened();
        get(a.membership().join(member(1, 2, 0)));
        get(b.membership().join(member(1, 1, 0)));
        get(b.membership().leave());
        assertThat(get(b.membership().members())).containsExactly(member(1, 2, 0));
    }

    @Test
    void members_leaseRunOut_areGoneAndNoticedAndComeBack() throws Exception {
        Coordinator a = opened();
        Coordinator b = opened();
        AtomicReference<List<Member>> told = new AtomicReference<>(List.of());
        b.membership().subscribe(told::set);
        get(a.membership().join(member(1, 1, 0)));
        get(b.membership().join(member(2, 1, 0)));
        eventually(() -> told.get().size() == 2);
        hang(a);
        eventually(() -> told.get().equals(List.of(member(2, 1, 0))));
        wake(a);
        eventually(() -> told.get().size() == 2);
    }

    @Test
    void sync_twoEngines_giveTheSumAndRepeatsAreHarmless() throws Exception {
        Coordinator a = opened();
        Coordinator b = opened();
        assertThat(get(a.counters().sync("t:1", "e1", Map.of("x", 10L, "y", 1L), 60)))
                .containsExactlyInAnyOrderEntriesOf(Map.of("x", 10L, "y", 1L));
        assertThat(get(b.counters().sync("t:1", "e2", Map.of("x", 5L), 60))).containsExactly(Map.entry("x", 15L));
        assertThat(get(b.counters().sync("t:1", "e2", Map.of("x", 5L), 60))).containsExactly(Map.entry("x", 15L));
        assertThat(get(a.counters().sync("t:1", "e1", Map.of("x", 12L), 60))).containsExactly(Map.entry("x", 17L));
        assertThat(get(a.counters().sync("t:1", "e1", Map.of("x", 10L), 60)))
                .as("an older total that comes late")
                .containsExactly(Map.entry("x", 17L));
        assertThat(get(a.counters().sync("t:2", "e1", Map.of("x", 1L), 60))).containsExactly(Map.entry("x", 1L));
    }

    @Test
    void sync_manyEnginesAtOnce_oneIsTheFirst() throws Exception {
        Coordinator a = opened();
        Coordinator b = opened();
        List<CompletionStage<Map<String, Long>>> answers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            answers.add((i % 2 == 0 ? a : b).counters().sync("once", "e" + i, Map.of("n", 1L), 60));
        }
        List<Long> sums = new ArrayList<>();
        for (CompletionStage<Map<String, Long>> answer : answers) {
            sums.add(get(answer).get("n"));
        }
        assertThat(sums)
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.rangeClosed(1, 50).boxed().toList());
    }

    @Test
    void sync_bigTotalsAndManyKeys_areExact() throws Exception {
        Coordinator a = opened();
        long big = 1_000_000_000_000_001L;
        assertThat(get(a.counters().sync("w", "e1", Map.of("x", big), 60))).containsExactly(Map.entry("x", big));
        assertThat(get(a.counters().sync("w", "e2", Map.of("x", big), 60))).containsExactly(Map.entry("x", 2 * big));
        Map<String, Long> many = new HashMap<>();
        LongStream.range(0, 1500).forEach(i -> many.put("k" + i, i));
        assertThat(get(a.counters().sync("w2", "e1", many, 60))).isEqualTo(many);
        assertThat(get(a.counters().sync("w2", "e1", Map.of(), 60))).isEmpty();
    }

    @Test
    void anyCall_afterClose_fails() throws Exception {
        Coordinator a = opened();
        get(a.offlineQueues().length("d"));
        a.close();
        a.close();
        assertThatThrownBy(() -> get(a.offlineQueues().length("d"))).hasCauseInstanceOf(CoordinationException.class);
        assertThatThrownBy(() -> get(a.membership().members())).hasCauseInstanceOf(CoordinationException.class);
        assertThat(a.election().validToken()).isEmpty();
    }

    @Test
    void close_leaderAndMember_givesBothBack() throws Exception {
        Candidate a = candidate("a");
        eventually(a::leads);
        get(a.coordinator.membership().join(member(1, 1, 0)));
        Candidate b = candidate("b");
        a.coordinator.close();
        assertThat(get(b.coordinator.membership().members())).isEmpty();
        eventually(b::leads);
    }

    /** Lets time pass until something holds. */
    protected final void eventually(BooleanSupplier condition) throws Exception {
        for (int i = 0; i < 10 * MAX_LEASES && !condition.getAsBoolean(); i++) {
            pass(lease().dividedBy(10));
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    private Candidate candidate(String name) throws Exception {
        Candidate candidate = new Candidate(opened());
        candidate.election.campaign(name, () -> CompletableFuture.completedFuture(tokens.incrementAndGet()), candidate);
        return candidate;
    }

    private static Member member(int engine, long epoch, long load) {
        return new Member(new EngineEpoch(engine, epoch), "h:" + engine, "r:" + engine, "1.0", load);
    }

    private static final class Candidate implements LeaderElection.Listener {
        final Coordinator coordinator;
        final LeaderElection election;
        final AtomicInteger elections = new AtomicInteger();
        final AtomicInteger deposals = new AtomicInteger();

        Candidate(Coordinator coordinator) {
            this.coordinator = coordinator;
            election = coordinator.election();
        }

        boolean leads() {
            return election.validToken().isPresent();
        }

        @Override
        public void onElected(long token) {
            elections.incrementAndGet();
        }

        @Override
        public void onDeposed() {
            deposals.incrementAndGet();
        }
    }
}
