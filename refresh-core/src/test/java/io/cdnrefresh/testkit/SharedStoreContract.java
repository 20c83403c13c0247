// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.DeposedException;
import io.cdnrefresh.spi.FencedException;
import io.cdnrefresh.spi.Leadership;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.SharedStore;
import io.cdnrefresh.spi.SharedStore.TakeOver;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link SharedStore} promises. Implementations extend it and pass it. The clock must go on by itself. */
public abstract class SharedStoreContract extends StoreContract {
    private static final Instant LATE = TaskRows.START.plus(Duration.ofDays(30));
    private static final Duration LONG = Duration.ofMinutes(10);

    private TaskStore store;
    private SharedStore shared;
    private EngineEpoch living;

    @BeforeEach
    final void openIt() {
        store = open();
        shared = (SharedStore) store;
        living = claim(1, LONG);
    }

    @AfterEach
    final void closeIt() {
        store.close();
    }

    private EngineEpoch claim(int engine, Duration lease) {
        return ((RegistryStore) store)
                .claimEngine(OptionalInt.of(engine), "engine-" + engine, lease)
                .epoch();
    }

    private Leadership leader() {
        return new Leadership(living, shared.nextToken(living));
    }

    /** An engine with a claim that has run out. */
    private EngineEpoch dead(int engine, List<TaskRow> rows) {
        EngineEpoch dead = claim(engine, Duration.ofMillis(1));
        if (!rows.isEmpty()) {
            store.insert(dead, rows);
        }
        return dead;
    }

    private TakeOver untilFenced(Leadership leader) {
        List<TakeOver> done = new ArrayList<>();
        Awaitility.await().pollDelay(Duration.ZERO).until(() -> {
            done.add(shared.takeOver(leader));
            return !done.get(done.size() - 1).fenced().isEmpty();
        });
        return done.get(done.size() - 1);
    }

    @Test
    void nextToken_always_rises() {
        long first = shared.nextToken(living);
        EngineEpoch other = claim(2, LONG);
        long second = shared.nextToken(other);
        assertThat(second).isGreaterThan(first);
        assertThat(shared.nextToken(living)).isGreaterThan(second);
    }

    @Test
    void takeOver_deadEngine_isFencedAndItsOpenTasksAreDueAtAnother() {
        EngineEpoch dead = claim(4, Duration.ofMillis(1));
        TaskRows rows = TaskRows.of(dead);
        List<TaskRow> open = rows.rows(1_200);
        TaskRow settled = open.get(7);
        store.insert(dead, open);
        store.update(dead, List.of(rows.update(open.get(3), 3, TaskState.RUNNING)));
        store.update(dead, List.of(rows.update(settled, 5, TaskState.DONE)));
        TakeOver done = untilFenced(leader());
        assertThat(done.fenced()).containsExactly(dead);
        assertThat(done.tasks()).isEqualTo(1_199);
        assertThatExceptionOfType(FencedException.class)
                .isThrownBy(() -> store.update(dead, List.of(rows.update(open.get(0), 9, TaskState.DONE))));
        List<TaskRow> claimed = new ArrayList<>(store.claimDue(living, LATE, 1_000));
        claimed.addAll(store.claimDue(living, LATE, 1_000));
        assertThat(claimed).hasSize(1_199).isSortedAccordingTo(Comparator.comparing(TaskRow::id));
        assertThat(claimed).allMatch(row -> row.owner().equals(living));
        assertThat(claimed).noneMatch(row -> row.id().equals(settled.id()));
        assertThat(store.claimDue(living, LATE, 10)).as("each once").isEmpty();
    }

    @Test
    void takeOver_movedRow_takesTheFirstWriteOfItsNewOwnerAndNoneOfTheOld() {
        EngineEpoch dead = claim(4, Duration.ofMillis(1));
        TaskRows rows = TaskRows.of(dead);
        TaskRow row = rows.row();
        store.insert(dead, List.of(row));
        store.update(dead, List.of(rows.update(row, 900, TaskState.RUNNING)));
        untilFenced(leader());
        TaskRow moved = store.claimDue(living, LATE, 10).get(0);
        assertThat(moved.status().version()).isEqualTo(living.version(0) - 1);
        store.update(living, List.of(TaskRows.of(living).update(moved, 0, TaskState.DONE)));
        assertThat(find(store, row.id()).orElseThrow().status().state()).isEqualTo(TaskState.DONE);
    }

    @Test
    void takeOver_newOwnerRestartsBeforeItHasWritten_readsTheTaskBack() {
        EngineEpoch dead = claim(4, Duration.ofMillis(1));
        TaskRow row = TaskRows.of(dead).row();
        store.insert(dead, List.of(row));
        store.update(dead, List.of(TaskRows.of(dead).update(row, 3, TaskState.RUNNING)));
        untilFenced(leader());
        assertThat(store.claimDue(living, LATE, 10)).hasSize(1);
        EngineEpoch again = claim(1, LONG);
        assertThat(store.recover(again, 0, 10)).hasSize(1);
    }

    @Test
    void takeOver_livingEngines_areLeftAlone() {
        EngineEpoch other = claim(2, LONG);
        store.insert(other, TaskRows.of(other).rows(3));
        assertThat(shared.takeOver(leader())).isEqualTo(new TakeOver(List.of(), 0));
        assertThat(store.recover(other, 0, 10).size()
                        + store.claimDue(other, LATE, 10).size())
                .isEqualTo(3);
    }

    @Test
    void takeOver_newerToken_isRefusedAndChangesNothing() {
        Leadership old = leader();
        dead(4, List.of());
        Leadership now = leader();
        assertThatExceptionOfType(DeposedException.class).isThrownBy(() -> shared.takeOver(old));
        assertThatExceptionOfType(DeposedException.class).isThrownBy(() -> shared.retire(old, LATE, 10));
        untilFenced(now);
    }

    @Test
    void takeOver_leaderIsFencedItself_isRefused() {
        Leadership leader = leader();
        claim(1, LONG);
        assertThatExceptionOfType(FencedException.class).isThrownBy(() -> shared.takeOver(leader));
        assertThatExceptionOfType(FencedException.class).isThrownBy(() -> shared.nextToken(leader.engine()));
    }

    @Test
    void takeOver_engineThatCameBackMeanwhile_keepsWhatWasNotMoved() {
        EngineEpoch dead = dead(4, List.of());
        untilFenced(leader());
        EngineEpoch back = claim(4, LONG);
        assertThat(back.epoch()).isGreaterThan(dead.epoch() + 1);
        store.insert(back, TaskRows.of(back).rows(2));
        assertThat(shared.takeOver(leader()).tasks()).isZero();
    }

    @Test
    void handOver_anotherLives_hasTheTasksAtOnceAndTheClaimIsOver() {
        EngineEpoch leaving = claim(2, LONG);
        store.insert(leaving, TaskRows.of(leaving).rows(2_500));
        assertThat(shared.handOver(leaving)).isEqualTo(2_500);
        assertThat(store.claimDue(living, LATE, 10)).hasSize(10);
        assertThatExceptionOfType(FencedException.class).isThrownBy(() -> shared.handOver(leaving));
        assertThat(shared.takeOver(leader())).as("nothing is left to do").isEqualTo(new TakeOver(List.of(), 0));
    }

    @Test
    void handOver_alone_keepsEverything() {
        store.insert(living, TaskRows.of(living).rows(2));
        assertThat(shared.handOver(living)).isEqualTo(-1);
        EngineEpoch again = claim(1, LONG);
        assertThat(store.recover(again, 0, 10).size()
                        + store.claimDue(again, LATE, 10).size())
                .isEqualTo(2);
    }

    @Test
    void retire_leader_deletesWhatIsOver() {
        TaskRows rows = TaskRows.of(living);
        TaskRow row = rows.row();
        store.insert(living, List.of(row));
        store.update(living, List.of(rows.update(row, 4, TaskState.DONE)));
        shared.retire(leader(), LATE, 10);
        assertThat(find(store, row.id()).filter(found -> !found.status().isSettled()))
                .isEmpty();
    }
}
