// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.OfflineQueues;
import io.cdnrefresh.spi.OfflineQueues.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the offline queues of every {@link Coordinator} must do; a part of {@link CoordinatorContract}. */
abstract class OfflineQueuesContract {
    /** The bound of the offline queues that {@link #open} has to set. */
    protected static final int QUEUE_BOUND = 20_000;

    private final List<Coordinator> opened = new ArrayList<>();

    /** Opens a coordinator beside those already open. */
    protected abstract Coordinator open() throws Exception;

    /** The lease that the opened ones were built with. */
    protected abstract Duration lease();

    /** Lets time pass, and everybody who is not hung do his renewals meanwhile. */
    protected abstract void pass(Duration time) throws Exception;

    @AfterEach
    void closeAll() {
        opened.forEach(Coordinator::close);
    }

    @Test
    void park_thenDrain_keepsTheOrder() throws Exception {
        OfflineQueues queues = opened().offlineQueues();
        assertThat(get(queues.park("d", entries(1, 2000)))).isEqualTo(2000);
        assertThat(get(queues.park("d", List.of(new Entry(Long.MAX_VALUE, 3))))).isEqualTo(2001);
        assertThat(get(queues.drain("d", "e1", lasting(), 1500))).isEqualTo(entries(1, 1500));
        List<Entry> rest = get(queues.drain("d", "e1", lasting(), 10_000));
        assertThat(rest).startsWith(new Entry(1501, 0)).hasSize(501).endsWith(new Entry(Long.MAX_VALUE, 3));
        assertThat(get(queues.length("d"))).isEqualTo(2001);
        assertThat(get(queues.drain("d", "e1", lasting(), 10))).isEmpty();
    }

    @Test
    void drain_otherHolderWhileTheLeaseLasts_getsNothing() throws Exception {
        OfflineQueues one = opened().offlineQueues();
        OfflineQueues two = opened().offlineQueues();
        get(one.park("d", entries(1, 5)));
        assertThat(get(one.drain("d", "e1", lasting(), 2))).hasSize(2);
        assertThat(get(two.drain("d", "e2", lasting(), 2))).isEmpty();
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
        List<Entry> drained = get(queues.drain("d", "e1", lasting(), 10_000));
        get(queues.acknowledge("d", "e1", drained));
        get(queues.acknowledge("d", "e1", drained));
        assertThat(get(queues.length("d"))).isZero();
        assertThat(get(queues.drain("d", "e1", lasting(), 10))).isEmpty();
    }

    @Test
    void finish_somethingUnacknowledged_comesBackToTheFrontForAnybody() throws Exception {
        OfflineQueues one = opened().offlineQueues();
        OfflineQueues two = opened().offlineQueues();
        get(one.park("d1", entries(1, 6)));
        get(one.park("d2", entries(1, 4)));
        get(one.drain("d1", "e1", lasting(), 3));
        get(one.acknowledge("d1", "e1", entries(2, 2)));
        assertThat(get(two.finish("d1", "e2"))).as("another's drain").isEqualTo(5);
        assertThat(get(two.drain("d1", "e2", lasting(), 10))).isEmpty();
        assertThat(get(one.finish("d1", "e1"))).isEqualTo(5);
        List<Entry> expected = new ArrayList<>(entries(1, 6));
        expected.remove(new Entry(2, 0));
        assertThat(get(two.drain("d1", "e2", lasting(), 10))).isEqualTo(expected);
        assertThat(get(one.length("d2"))).isEqualTo(4);
    }

    @Test
    void finish_everythingAcknowledged_saysNothingIsLeftUntilSomethingIsParked() throws Exception {
        OfflineQueues queues = opened().offlineQueues();
        assertThat(get(queues.finish("d", "e1"))).as("never parked").isZero();
        get(queues.park("d", entries(1, 3)));
        get(queues.acknowledge("d", "e1", get(queues.drain("d", "e1", lasting(), 10))));
        assertThat(get(queues.finish("d", "e1"))).isZero();
        get(queues.park("d", entries(9, 9)));
        assertThat(get(queues.finish("d", "e1"))).isOne();
        assertThat(get(queues.drain("d", "e2", lasting(), 2))).isEqualTo(entries(9, 9));
    }

    @Test
    void drain_ofNothing_renewsTheLease() throws Exception {
        OfflineQueues one = opened().offlineQueues();
        OfflineQueues two = opened().offlineQueues();
        Duration lasting = lease().multipliedBy(5); // a busy machine may stand still for a while
        get(one.park("d", entries(1, 5)));
        get(one.drain("d", "e1", lasting, 2));
        for (int i = 0; i < 3; i++) {
            pass(lease().multipliedBy(2));
            assertThat(get(one.drain("d", "e1", lasting, 0))).isEmpty();
            assertThat(get(two.drain("d", "e2", lasting, 10))).isEmpty();
        }
        assertThat(get(one.drain("d", "e1", lasting, 10))).isEqualTo(entries(3, 5));
    }

    @Test
    void park_parkedAgain_isDrainedOnce() throws Exception {
        OfflineQueues queues = opened().offlineQueues();
        get(queues.park("d", entries(1, 3)));
        get(queues.park("d", entries(2, 4)));
        assertThat(get(queues.drain("d", "e1", lasting(), 10))).isEqualTo(entries(1, 4));
        get(queues.acknowledge("d", "e1", entries(1, 4)));
        assertThat(get(queues.finish("d", "e1"))).isZero();
    }

    @Test
    void park_manyAtOnce_keepsTheOrderOfEachDevice() throws Exception {
        OfflineQueues queues = opened().offlineQueues();
        List<CompletionStage<Long>> all = new ArrayList<>();
        for (int i = 1; i <= 3_000; i++) {
            all.add(queues.park("d" + i % 3, entries(i, i)));
            if (i % 1_000 == 0) {
                all.add(queues.park("e", entries(i, i + 2_499)));
            }
        }
        for (CompletionStage<Long> one : all) {
            assertThat(get(one)).isPositive();
        }
        for (int d = 0; d < 3; d++) {
            assertThat(get(queues.drain("d" + d, "e1", lasting(), 10_000)))
                    .hasSize(1_000)
                    .isSortedAccordingTo(Comparator.comparingLong(Entry::task));
        }
        assertThat(get(queues.length("e"))).isEqualTo(7_500);
    }

    @Test
    void park_aboveTheBound_isRefusedAndTheRestStays() throws Exception {
        OfflineQueues queues = opened().offlineQueues();
        assertThat(get(queues.park("d", entries(1, QUEUE_BOUND - 1)))).isEqualTo(QUEUE_BOUND - 1);
        assertThat(get(queues.park("d", entries(1_000_001, 1_000_002)))).isEqualTo(QUEUE_BOUND + 1);
        assertThat(get(queues.park("d", entries(1_000_003, 1_000_003)))).isEqualTo(-1);
        assertThat(get(queues.park("other", entries(1, 1)))).isOne();
        assertThat(get(queues.length("d"))).isEqualTo(QUEUE_BOUND + 1);
    }

    @Test
    void generation_sameContent_isTheSameForEverybody() throws Exception {
        String generation = get(opened().offlineQueues().generation());
        assertThat(generation).isNotEmpty();
        assertThat(get(opened().offlineQueues().generation())).isEqualTo(generation);
    }

    /** Waits for a stage. */
    protected static <T> T get(CompletionStage<T> stage)
            throws InterruptedException, ExecutionException, TimeoutException {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** A drain lease that does not run out while a busy machine stands still. */
    private Duration lasting() {
        return lease().multipliedBy(20);
    }

    final Coordinator opened() throws Exception {
        Coordinator coordinator = open();
        opened.add(coordinator);
        return coordinator;
    }

    private static List<Entry> entries(long from, long to) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(task -> new Entry(task, 0))
                .toList();
    }
}
