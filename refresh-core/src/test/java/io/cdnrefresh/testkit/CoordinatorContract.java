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
import io.cdnrefresh.spi.OfflineQueues;
import io.cdnrefresh.spi.OfflineQueues.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Coordinator} must do. Extend it and say how to open one and how time passes.
 *
 * <p>All coordinators of one test share what they coordinate; no two tests share anything.
 */
public abstract class CoordinatorContract {
    /** How long an eventual thing may take. */
    private static final int MAX_LEASES = 30;

    private final List<Coordinator> opened = new ArrayList<>();
    private final AtomicLong tokens = new AtomicLong();

    /** Opens a coordinator beside those already open. */
    protected abstract Coordinator open() throws Exception;

    /** The lease that the opened ones were built with. */
    protected abstract Duration lease();

    /** Lets time pass, and everybody who is not hung do his renewals meanwhile. */
    protected abstract void pass(Duration time) throws Exception;

    /** Keeps a coordinator from doing anything by itself, as a pause of its process does. */
    protected abstract void hang(Coordinator coordinator) throws Exception;

    /** Ends what {@link #hang} began. */
    protected abstract void wake(Coordinator coordinator) throws Exception;

    @AfterEach
    void closeAll() {
        opened.forEach(Coordinator::close);
    }

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
    void park_thenDrain_keepsTheOrder() throws Exception {
        OfflineQueues queues = opened().offlineQueues();
        assertThat(get(queues.park("d", entries(1, 2000)))).isEqualTo(2000);
        assertThat(get(queues.park("d", List.of(new Entry(Long.MAX_VALUE, 3))))).isEqualTo(2001);
        assertThat(get(queues.drain("d", "e1", lease(), 1500))).isEqualTo(entries(1, 1500));
        List<Entry> rest = get(queues.drain("d", "e1", lease(), 10_000));
        assertThat(rest).startsWith(new Entry(1501, 0)).hasSize(501).endsWith(new Entry(Long.MAX_VALUE, 3));
        assertThat(get(queues.length("d"))).isEqualTo(2001);
        assertThat(get(queues.drain("d", "e1", lease(), 10))).isEmpty();
    }

    @Test
    void drain_otherHolderWhileTheLeaseLasts_getsNothing() throws Exception {
        OfflineQueues one = opened().offlineQueues();
        OfflineQueues two = opened().offlineQueues();
        get(one.park("d", entries(1, 5)));
        assertThat(get(one.drain("d", "e1", lease(), 2))).hasSize(2);
        assertThat(get(two.drain("d", "e2", lease(), 2))).isEmpty();
        get(two.acknowledge("d", "e2", entries(1, 2)));
        assertThat(get(one.length("d"))).isEqualTo(5);
    }

    @Test
    void drain_leaseRunOut_bringsUnacknowledgedBackToTheFrontInOrder() throws Exception {
        OfflineQueues one = opened().offlineQueues();
        OfflineQueues two = opened().offlineQueues();
        get(one.park("d", entries(1, 10)));
        get(one.drain("d", "e1", lease(), 3));
        get(one.drain("d", "e1", lease(), 3));
        get(one.acknowledge("d", "e1", entries(2, 2)));
        get(one.park("d", entries(11, 11)));
        pass(lease().plus(lease().dividedBy(4)));
        List<Entry> expected = new ArrayList<>(entries(1, 11));
        expected.remove(new Entry(2, 0));
        assertThat(get(two.drain("d", "e2", lease(), 100))).isEqualTo(expected);
        get(one.acknowledge("d", "e1", entries(1, 1))); // too late: another one drains
        assertThat(get(one.length("d"))).isEqualTo(10);
    }

    @Test
    void acknowledge_everything_emptiesTheQueue() throws Exception {
        OfflineQueues queues = opened().offlineQueues();
        get(queues.park("d", entries(1, 3000)));
        List<Entry> drained = get(queues.drain("d", "e1", lease(), 10_000));
        get(queues.acknowledge("d", "e1", drained));
        get(queues.acknowledge("d", "e1", drained));
        assertThat(get(queues.length("d"))).isZero();
        assertThat(get(queues.drain("d", "e1", lease(), 10))).isEmpty();
    }

    @Test
    void clear_oneDevice_leavesTheOthers() throws Exception {
        OfflineQueues queues = opened().offlineQueues();
        get(queues.park("d1", entries(1, 3)));
        get(queues.park("d2", entries(1, 4)));
        get(queues.drain("d1", "e1", lease(), 2));
        get(queues.clear("d1"));
        assertThat(get(queues.length("d1"))).isZero();
        assertThat(get(queues.length("d2"))).isEqualTo(4);
        get(queues.park("d1", entries(9, 9)));
        assertThat(get(queues.drain("d1", "e2", lease(), 2))).isEqualTo(entries(9, 9));
    }

    @Test
    void generation_sameContent_isTheSameForEverybody() throws Exception {
        String generation = get(opened().offlineQueues().generation());
        assertThat(generation).isNotEmpty();
        assertThat(get(opened().offlineQueues().generation())).isEqualTo(generation);
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

    /** Waits for a stage. */
    protected static <T> T get(CompletionStage<T> stage)
            throws InterruptedException, ExecutionException, TimeoutException {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** Lets time pass until something holds. */
    protected final void eventually(BooleanSupplier condition) throws Exception {
        for (int i = 0; i < 10 * MAX_LEASES && !condition.getAsBoolean(); i++) {
            pass(lease().dividedBy(10));
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    private Coordinator opened() throws Exception {
        Coordinator coordinator = open();
        opened.add(coordinator);
        return coordinator;
    }

    private Candidate candidate(String name) throws Exception {
        Candidate candidate = new Candidate(opened());
        candidate.election.campaign(name, () -> CompletableFuture.completedFuture(tokens.incrementAndGet()), candidate);
        return candidate;
    }

    private static Member member(int engine, long epoch, long load) {
        return new Member(new EngineEpoch(engine, epoch), "h:" + engine, "r:" + engine, "1.0", load);
    }

    private static List<Entry> entries(long from, long to) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(task -> new Entry(task, 0))
                .toList();
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
