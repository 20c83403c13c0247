// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.FencedException;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.spi.TaskUpdate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What every {@link TaskStore} promises. Implementations extend it and pass it. */
public abstract class TaskStoreContract extends TaskInsertContract {
    private static final Instant LATE = TaskRows.START.plus(Duration.ofDays(30));

    @Test
    void maxWriters_always_isAPowerOfTwo() {
        assertThat(Integer.bitCount(store.maxWriters())).isEqualTo(1);
    }

    @Test
    void update_newerVersion_isStored() {
        TaskRow row = rows.row();
        store.insert(engine, List.of(row));
        for (TaskUpdate update : List.of(
                rows.update(row, 2, TaskState.RUNNING), rows.owed(row, 3, 2), rows.update(row, 4, TaskState.DONE))) {
            store.update(engine, List.of(update));
            assertSame(row.withStatus(update.status()), find(store, row.id()));
        }
    }

    @Test
    void update_sameOrOlderVersion_isSkipped() {
        TaskRow row = rows.row();
        TaskUpdate newest = rows.update(row, 5, TaskState.DONE);
        store.insert(engine, List.of(row));
        store.update(engine, List.of(newest));
        store.update(engine, List.of(rows.update(row, 5, TaskState.FAILED)));
        store.update(engine, List.of(rows.update(row, 4, TaskState.RUNNING)));
        assertSame(row.withStatus(newest.status()), find(store, row.id()));
    }

    @Test
    void update_manyRowsMixedWithGoneAndOldOnes_storesExactlyTheNewer() {
        List<TaskRow> batch = rows.rows(1_500);
        store.insert(engine, batch);
        store.update(engine, List.of(rows.update(batch.get(10), 9, TaskState.CANCELLED)));
        List<TaskUpdate> updates = new ArrayList<>();
        for (TaskRow row : batch) {
            updates.add(rows.update(row, 3, TaskState.RUNNING));
        }
        TaskRow never = rows.row();
        updates.add(rows.update(never, 3, TaskState.RUNNING));
        store.update(engine, updates);
        assertThat(find(store, never.id())).as("an update never inserts").isEmpty();
        for (int i = 0; i < batch.size(); i += 7) {
            assertThat(find(store, batch.get(i).id()).orElseThrow().status().state())
                    .isEqualTo(TaskState.RUNNING);
        }
        assertThat(find(store, batch.get(10).id()).orElseThrow().status().state())
                .isEqualTo(TaskState.CANCELLED);
    }

    @Test
    void update_taskOfAnotherEngine_isSkipped() {
        TaskRow row = rows.row();
        store.insert(engine, List.of(row));
        EngineEpoch other = claim(store, 8);
        store.update(other, List.of(TaskRows.of(other).update(row, 100, TaskState.FAILED)));
        assertSame(row, find(store, row.id()));
    }

    @Test
    void write_rowsAndUpdates_areStored_andAgainIsHarmless() {
        TaskRow earlier = rows.row();
        store.insert(engine, List.of(earlier));
        TaskUpdate done = rows.update(earlier, 2, TaskState.DONE);
        List<TaskRow> fresh = rows.rows(3);
        for (int round = 0; round < 2; round++) {
            assertThat(store.write(engine, fresh, List.of(done)))
                    .hasSize(3)
                    .allMatch(outcome -> outcome == InsertOutcome.Inserted.ONE);
            assertSame(earlier.withStatus(done.status()), find(store, earlier.id()));
            fresh.forEach(row -> assertSame(row, find(store, row.id())));
        }
    }

    @Test
    void write_rowThatIsThereAsAnother_throwsAndTheUpdateMayBeRepeated() {
        TaskRow earlier = rows.row();
        TaskRow other = rows.row();
        store.insert(engine, List.of(earlier, other));
        TaskUpdate done = rows.update(earlier, 2, TaskState.DONE);
        store.update(engine, List.of(rows.update(other, 5, TaskState.RUNNING)));
        TaskRow fresh = rows.row();
        assertThatThrownBy(() -> store.write(engine, List.of(fresh, other), List.of(done)))
                .isInstanceOf(StoreException.class);
        assertThat(find(store, fresh.id())).isEmpty();
        store.update(engine, List.of(done));
        assertSame(earlier.withStatus(done.status()), find(store, earlier.id()));
    }

    @Test
    void everyCall_olderEpoch_isFencedAndChangesNothing() {
        TaskRow row = rows.row();
        TaskRow waiting = rows.scheduled(TaskRows.START);
        store.insert(engine, List.of(row, waiting));
        EngineEpoch next = claim(store, 7);
        assertThat(next.epoch()).isGreaterThan(engine.epoch());
        TaskRow late = rows.row();
        assertFenced(() -> store.insert(engine, List.of(late)));
        assertFenced(() -> store.update(engine, List.of(rows.update(row, 9, TaskState.DONE))));
        assertFenced(() -> store.write(engine, List.of(late), List.of(rows.update(row, 9, TaskState.DONE))));
        assertFenced(() -> store.claimDue(engine, LATE, 10));
        assertFenced(() -> store.recover(engine, 0, 10));
        assertFenced(() -> store.retire(engine, LATE, 10));
        assertThat(find(store, late.id())).isEmpty();
        assertSame(row, find(store, row.id()));
        assertThat(store.claimDue(next, LATE, 10)).hasSize(1);
    }

    @Test
    void everyCall_engineThatNeverClaimed_isFenced() {
        EngineEpoch nobody = new EngineEpoch(900, 1);
        assertFenced(() -> store.insert(nobody, List.of(TaskRows.of(nobody).row())));
        assertFenced(() -> store.recover(nobody, 0, 1));
    }

    @Test
    void everyCall_epochOfTheFuture_isFenced() {
        EngineEpoch future = new EngineEpoch(7, engine.epoch() + 1);
        assertFenced(() -> store.insert(future, List.of(TaskRows.of(future).row())));
    }

    @Test
    void recover_pages_giveEveryUnsettledTaskOnceByRisingId() {
        List<TaskRow> batch = rows.rows(25);
        TaskRow waiting = rows.scheduled(LATE);
        store.insert(engine, batch);
        store.insert(engine, List.of(waiting));
        EngineEpoch other = claim(store, 8);
        store.insert(other, TaskRows.of(other).rows(3));
        store.update(
                engine,
                List.of(
                        rows.update(batch.get(0), 2, TaskState.DONE),
                        rows.owed(batch.get(1), 2, 1),
                        rows.update(batch.get(2), 2, TaskState.RUNNING)));
        EngineEpoch next = claim(store, 7);
        List<TaskRow> recovered = recoverAll(next, 10);
        assertThat(recovered)
                .extracting(TaskRow::id)
                .containsExactlyElementsOf(
                        batch.subList(1, 25).stream().map(TaskRow::id).toList());
        assertThat(recovered).extracting(TaskRow::owner).containsOnly(next);
        assertThat(recovered.get(0).status().owed()).isEqualTo(1);
        assertThat(recovered.get(0).task()).isEqualTo(batch.get(1).task());
        assertThat(recoverAll(next, 1_000)).as("once more").hasSize(24);
    }

    @Test
    void recover_afterATakeOver_newOwnerMayUpdate() {
        TaskRow row = rows.row();
        store.insert(engine, List.of(row));
        EngineEpoch next = claim(store, 7);
        store.recover(next, 0, 10);
        TaskUpdate update = rows.ownedBy(next).update(row, 1, TaskState.DONE);
        store.update(next, List.of(update));
        TaskRow stored = find(store, row.id()).orElseThrow();
        assertThat(stored.status().state()).isEqualTo(TaskState.DONE);
        assertThat(stored.owner()).isEqualTo(next);
    }

    @Test
    void claimDue_dueTasks_areGivenOnceAnEpochByRisingId() {
        Instant due = TaskRows.START.plusSeconds(10);
        List<TaskRow> batch = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            batch.add(rows.scheduled(due.minusMillis(i)));
        }
        TaskRow later = rows.scheduled(due.plusMillis(1));
        batch.add(later);
        store.insert(engine, batch);
        store.insert(engine, rows.rows(2));
        EngineEpoch other = claim(store, 8);
        assertThat(store.claimDue(other, LATE, 10)).isEmpty();
        assertThat(store.claimDue(engine, due.minusSeconds(1), 10)).isEmpty();
        List<TaskRow> first = store.claimDue(engine, due, 2);
        assertThat(first).hasSize(2).isSortedAccordingTo((a, b) -> a.id().compareTo(b.id()));
        List<TaskRow> second = store.claimDue(engine, due, 10);
        assertThat(second).hasSize(3).doesNotContainAnyElementsOf(first);
        assertThat(store.claimDue(engine, due, 10)).isEmpty();
        assertThat(store.claimDue(engine, LATE, 10)).extracting(TaskRow::id).containsExactly(later.id());
        EngineEpoch next = claim(store, 7);
        List<TaskRow> again = store.claimDue(next, due, 10);
        assertThat(again).hasSize(5).extracting(TaskRow::owner).containsOnly(next);
        assertThat(store.recover(next, 0, 10)).as("not the waiting ones").hasSize(2);
    }

    @Test
    void claimDue_taskThatWentOn_isNotGivenAgain() {
        TaskRow row = rows.scheduled(TaskRows.START);
        store.insert(engine, List.of(row));
        store.claimDue(engine, LATE, 10);
        store.update(engine, List.of(rows.update(row, 2, TaskState.RUNNING)));
        EngineEpoch next = claim(store, 7);
        assertThat(store.claimDue(next, LATE, 10)).isEmpty();
        assertThat(store.recover(next, 0, 10)).hasSize(1);
    }

    @Test
    void claimDue_taskThatStartedToWaitInMemory_isGivenToTheNextEpochOnly() {
        TaskRow row = rows.row();
        store.insert(engine, List.of(row));
        store.update(engine, List.of(rows.update(row, 2, TaskState.SCHEDULED)));
        assertThat(store.claimDue(engine, LATE, 10)).isEmpty();
        EngineEpoch next = claim(store, 7);
        assertThat(store.recover(next, 0, 10)).isEmpty();
        assertThat(store.claimDue(next, LATE, 10)).hasSize(1);
    }

    @Test
    void claimDue_manyThreads_giveEachTaskToOne() throws Exception {
        List<TaskRow> batch = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            batch.add(rows.scheduled(TaskRows.START));
        }
        store.insert(engine, batch);
        List<FutureTask<Integer>> calls = new ArrayList<>();
        Set<TaskRow> given = Collections.synchronizedSet(new HashSet<>());
        for (int i = 0; i < 4; i++) {
            calls.add(inThread(() -> {
                int count = 0;
                for (List<TaskRow> due = claimDue(); !due.isEmpty(); due = claimDue()) {
                    given.addAll(due);
                    count += due.size();
                }
                return count;
            }));
        }
        int sum = 0;
        for (FutureTask<Integer> call : calls) {
            sum += call.get();
        }
        assertThat(sum).isEqualTo(200);
        assertThat(given).hasSize(200);
    }

    private List<TaskRow> claimDue() {
        return untilAccepted(() -> store.claimDue(engine, LATE, 7));
    }

    @Test
    void retire_oldSettledTasks_goAndOwedOnesStay() {
        List<TaskRow> batch = rows.rows(6);
        store.insert(engine, batch);
        store.update(
                engine,
                List.of(
                        rows.update(batch.get(0), 2, TaskState.DONE),
                        rows.update(batch.get(1), 2, TaskState.CANCELLED),
                        rows.update(batch.get(2), 2, TaskState.FAILED),
                        rows.owed(batch.get(3), 2, 1),
                        rows.update(batch.get(4), 2, TaskState.RUNNING)));
        Instant finalAt = TaskRows.START.plusSeconds(60);
        assertThat(store.retire(engine, finalAt, 10)).as("final at, not before").isZero();
        assertThat(store.retire(engine, finalAt.plusMillis(1), 2)).isEqualTo(2);
        assertThat(store.retire(engine, finalAt.plusMillis(1), 2)).isEqualTo(1);
        assertThat(store.retire(engine, LATE, 2)).isZero();
        for (int i = 0; i < 6; i++) {
            assertThat(find(store, batch.get(i).id()).isPresent())
                    .as("row %d", i)
                    .isEqualTo(i >= 3);
        }
        store.update(engine, List.of(rows.update(batch.get(3), 3, TaskState.PARTIAL)));
        assertThat(store.retire(engine, LATE, 2)).as("settled by now").isEqualTo(1);
    }

    @Test
    void retire_taskOfAnotherEngine_goesToo() {
        EngineEpoch other = claim(store, 8);
        TaskRows others = TaskRows.of(other);
        TaskRow row = others.row();
        store.insert(other, List.of(row));
        store.update(other, List.of(others.update(row, 2, TaskState.DONE)));
        assertThat(store.retire(engine, LATE, 10)).isEqualTo(1);
    }

    @Test
    void everyCall_closedStore_isFatal() {
        store.close();
        store.close();
        assertThatThrownBy(() -> store.insert(engine, rows.rows(1))).satisfies(TaskStoreContract::isFatal);
        assertThatThrownBy(() -> store.update(engine, List.of(rows.update(rows.row(), 2, TaskState.DONE))))
                .satisfies(TaskStoreContract::isFatal);
        assertThatThrownBy(() -> store.claimDue(engine, LATE, 1)).satisfies(TaskStoreContract::isFatal);
        assertThatThrownBy(() -> store.recover(engine, 0, 1)).satisfies(TaskStoreContract::isFatal);
        assertThatThrownBy(() -> store.retire(engine, LATE, 1)).satisfies(TaskStoreContract::isFatal);
    }

    private static void assertFenced(ThrowingCallable call) {
        assertThatExceptionOfType(FencedException.class).isThrownBy(call);
    }

    private static void isFatal(Throwable thrown) {
        assertThat(thrown).isInstanceOf(StoreException.class);
        assertThat(((StoreException) thrown).category()).isEqualTo(Category.FATAL);
    }
}
