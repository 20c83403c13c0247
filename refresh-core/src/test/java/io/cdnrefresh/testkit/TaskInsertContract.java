// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.IdempotencyKey;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.InsertOutcome.Inserted;
import io.cdnrefresh.spi.InsertOutcome.KeyReused;
import io.cdnrefresh.spi.InsertOutcome.Replayed;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The half of {@link TaskStoreContract} that speaks of inserts. */
public abstract class TaskInsertContract extends StoreContract {
    private static final RefreshTask TASK = RefreshTask.purge("https://www.example.com/a", "https://www.example.com/b");

    TaskStore store;
    EngineEpoch engine;
    TaskRows rows;

    @BeforeEach
    final void openStore() {
        store = open();
        engine = claim(store, 7);
        rows = TaskRows.of(engine);
    }

    @AfterEach
    final void closeStore() {
        store.close();
    }

    @Test
    void insert_newRows_areThereAsGiven() {
        List<TaskRow> batch = rows.rows(3);
        assertThat(store.insert(engine, batch)).containsOnly(Inserted.ONE).hasSize(3);
        batch.forEach(row -> assertSame(row, find(store, row.id())));
    }

    @Test
    void insert_fiveThousandRows_areAllThere() {
        List<TaskRow> batch = rows.rows(5_000);
        assertThat(store.insert(engine, batch)).hasSize(5_000);
        assertThat(recoverAll(engine, 1_000)).hasSize(5_000);
    }

    @Test
    void insert_largeTask_isThereAsGiven() {
        String[] urls = new String[1_000];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = "https://h" + i + ".example.com/" + "x".repeat(900) + "?i=" + i * 31;
        }
        TaskRow row = rows.row(RefreshTask.purge(urls));
        store.insert(engine, List.of(row));
        assertSame(row, find(store, row.id()));
    }

    @Test
    void insert_repeatedAfterItDidCommit_countsAsInserted() {
        List<TaskRow> batch = new ArrayList<>(rows.rows(2));
        batch.add(rows.row(TASK, key("a", 1)));
        store.insert(engine, batch);
        batch.add(1, rows.row(TASK, key("b", 1)));
        assertThat(store.insert(engine, batch)).containsOnly(Inserted.ONE).hasSize(4);
        assertThat(recoverAll(engine, 10)).hasSize(4);
    }

    @Test
    void insert_idOfAnotherTask_isRefusedForEverAndChangesNothing() {
        TaskRow first = rows.row();
        store.insert(engine, List.of(first));
        store.update(engine, List.of(rows.update(first, 2, TaskState.RUNNING)));
        TaskRow other = rows.row();
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> store.insert(engine, List.of(other, first)))
                .returns(Category.PERMANENT, StoreException::category);
        assertThat(find(store, other.id())).isEmpty();
    }

    @Test
    void insert_keyUsedBefore_isReplayedAndLeftOut() {
        TaskRow first = rows.row(TASK, key("k", 1));
        TaskRow second = rows.row(TASK, key("k", 1));
        TaskRow plain = rows.row();
        store.insert(engine, List.of(first));
        assertThat(store.insert(engine, List.of(second, plain)))
                .containsExactly(new Replayed(first.id(), first.acceptedAt(), 2), Inserted.ONE);
        assertThat(find(store, second.id())).isEmpty();
        assertThat(find(store, plain.id())).isPresent();
    }

    @Test
    void insert_keyUsedBeforeWithAnotherBody_isReused() {
        TaskRow first = rows.row(TASK, key("k", 1));
        TaskRow second = rows.row(TASK, key("k", -1));
        store.insert(engine, List.of(first));
        assertThat(store.insert(engine, List.of(second))).containsExactly(new KeyReused(first.id()));
        assertThat(find(store, second.id())).isEmpty();
    }

    @Test
    void insert_equalKeysInOneBatch_firstWins() {
        TaskRow first = rows.row(TASK, key("k", 1));
        TaskRow same = rows.row(TASK, key("k", 1));
        TaskRow other = rows.row(TASK, key("k", 2));
        assertThat(store.insert(engine, List.of(first, same, other)))
                .containsExactly(
                        Inserted.ONE, new Replayed(first.id(), first.acceptedAt(), 2), new KeyReused(first.id()));
        assertThat(find(store, same.id())).isEmpty();
        assertThat(store.insert(engine, List.of(first, same, other)))
                .as("the whole batch again")
                .containsExactly(
                        Inserted.ONE, new Replayed(first.id(), first.acceptedAt(), 2), new KeyReused(first.id()));
    }

    @Test
    void insert_keysThatDifferSlightly_areDifferent() {
        List<TaskRow> batch = List.of(
                rows.row(TASK, key("k", 1)),
                rows.row(TASK, key("K", 1)),
                rows.row(TASK, key("k ", 1)),
                rows.row(TASK, key("é", 1)),
                rows.row(TASK, key("e", 1)),
                rows.row(TASK, new IdempotencyKey("tenant ", "k", 1)),
                rows.row(TASK, new IdempotencyKey("", "k", 1)));
        assertThat(store.insert(engine, batch)).containsOnly(Inserted.ONE);
    }

    @Test
    void insert_keyOlderThanADay_isANewTask() {
        TaskRow first = rows.row(TASK, key("k", 1));
        TaskRow later = TaskRows.acceptedAt(
                rows.row(TASK, key("k", 2)), first.acceptedAt().plus(Duration.ofHours(25)));
        TaskRow last = TaskRows.acceptedAt(
                rows.row(TASK, key("k", 2)), later.acceptedAt().plusSeconds(1));
        store.insert(engine, List.of(first));
        assertThat(store.insert(engine, List.of(later))).containsExactly(Inserted.ONE);
        assertThat(store.insert(engine, List.of(last)))
                .containsExactly(new Replayed(later.id(), later.acceptedAt(), 2));
    }

    @Test
    void insert_sameKeyByManyThreads_isInsertedOnce() throws Exception {
        int threads = Math.min(store.maxWriters(), 4);
        List<FutureTask<List<InsertOutcome>>> calls = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            List<TaskRow> batch = List.of(rows.row(), rows.row(TASK, key("shared", 1)));
            calls.add(inThread(() -> untilAccepted(() -> store.insert(engine, batch))));
        }
        int inserted = 0;
        for (FutureTask<List<InsertOutcome>> call : calls) {
            inserted += call.get().get(1) instanceof Inserted ? 1 : 0;
        }
        assertThat(inserted).isEqualTo(1);
    }

    final List<TaskRow> recoverAll(EngineEpoch caller, int page) {
        List<TaskRow> all = new ArrayList<>();
        while (true) {
            long after = all.isEmpty() ? 0 : all.get(all.size() - 1).id().value();
            List<TaskRow> next = store.recover(caller, after, page);
            all.addAll(next);
            if (next.isEmpty()) {
                return all;
            }
        }
    }

    private static IdempotencyKey key(String key, long bodyHash) {
        return new IdempotencyKey("tenant", key, bodyHash);
    }
}
