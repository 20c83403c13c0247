// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import io.cdnrefresh.spi.TaskUpdate;
import io.cdnrefresh.testkit.ManualClock;
import io.cdnrefresh.testkit.PassingStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The saver on the caller's thread, over a store that can be made to fail. */
class SaverTest {
    private static final long POISON = 13;

    private final ManualClock clock = new ManualClock();
    private final MemoryStore memory = new MemoryStore();
    private final List<String> told = new ArrayList<>();
    private final List<String> refused = new ArrayList<>();
    private final List<List<TaskId>> inserted = new ArrayList<>();
    private boolean isDown;
    private int calls;
    private Saver saver;
    private EngineEpoch epoch;

    @BeforeEach
    void start() {
        epoch = memory.claimEngine(OptionalInt.of(1), "test", Duration.ofMinutes(1))
                .epoch();
        StoreHealth health = new StoreHealth(
                new AlertReporter(alert -> {}, clock, Duration.ofMinutes(1)),
                (what, why) -> refused.add(what + ": " + why));
        saver = new Saver("saver", 64, 10, new Saver.Storage(new Failing(), epoch, clock), health);
        saver.queue().startInvoked();
    }

    private TaskRow row(long id) {
        return row(id, RefreshTask.purge("http://a.test/" + id));
    }

    private TaskRow row(long id, RefreshTask task) {
        return new TaskRow(
                new TaskId(id),
                epoch,
                task,
                DeviceSet.of(0),
                Instant.EPOCH,
                Instant.EPOCH,
                null,
                status(0, TaskState.RUNNING));
    }

    private TaskStatus status(long version, TaskState state) {
        return new TaskStatus(epoch.version(version), state, 0, OutcomeCounts.pending(1), 0, new byte[0], null, null);
    }

    private void insert(long id) {
        insert(row(id));
    }

    private void insert(TaskRow row) {
        long id = row.id().value();
        saver.offer(
                new Saver.Insert(row, new Saver.InsertListener() {
                    @Override
                    public void onStored(InsertOutcome outcome) {
                        told.add("stored " + id);
                    }

                    @Override
                    public void onRefused(boolean isRetryable, String reason) {
                        told.add((isRetryable ? "later " : "never ") + id);
                    }
                }),
                0);
    }

    private void update(long id, long version) {
        TaskUpdate update = new TaskUpdate(new TaskId(id), status(version, TaskState.DONE));
        saver.queue().offer(new Saver.Save("", update, isStored -> told.add((isStored ? "saved " : "lost ") + id)));
    }

    @Test
    void insert_poisonRowInBatch_isRefusedAlone() {
        for (long id = POISON - 3; id <= POISON + 3; id++) {
            insert(id);
        }
        saver.queue().runPending();

        assertThat(told)
                .containsExactly(
                        "stored 10", "stored 11", "stored 12", "never 13", "stored 14", "stored 15", "stored 16");
        assertThat(refused).containsExactly("task 13: data too long");
    }

    @Test
    void insertsAndUpdates_waitingTogether_areOneCall() {
        insert(1);
        saver.queue().runPending();
        told.clear();
        calls = 0;

        insert(2);
        update(1, 1);
        insert(3);
        saver.queue().runPending();

        assertThat(calls).isEqualTo(1);
        assertThat(told).containsExactly("stored 2", "stored 3", "saved 1");
    }

    @Test
    void insertsAndUpdates_oneOfThemPoison_onlyThatOneIsLost() {
        insert(1);
        insert(2);
        saver.queue().runPending();
        told.clear();

        insert(POISON);
        insert(3);
        update(1, 1);
        saver.queue().runPending();
        assertThat(told).containsExactly("never 13", "stored 3", "saved 1");
        told.clear();

        insert(4);
        update(POISON, 1);
        update(2, 1);
        saver.queue().runPending();
        assertThat(told).containsExactly("stored 4", "lost 13", "saved 2");
    }

    @Test
    void insert_floodOfLargeTasks_anotherTenantsTaskWaitsForOneSmallTransaction() {
        String[] urls = new String[1_000];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = "http://a.test/" + i;
        }
        for (long id = 101; id <= 120; id++) {
            insert(row(id, RefreshTask.purge(urls).withTenant("flood")));
        }
        insert(row(200, RefreshTask.purge("http://b.test/").withTenant("other")));
        saver.queue().runPending();

        assertThat(inserted.get(0).size() + inserted.get(1).size()).isLessThanOrEqualTo(11);
        assertThat(inserted.subList(0, 2)).anySatisfy(rows -> assertThat(rows).contains(new TaskId(200)));
        assertThat(inserted).allSatisfy(rows -> assertThat(rows).hasSizeLessThanOrEqualTo(6));
        assertThat(told).hasSize(21);
    }

    @Test
    void storeAway_insertsAreRefused_updatesAreKeptInOrder() {
        insert(1);
        insert(2);
        saver.queue().runPending();
        told.clear();

        isDown = true;
        update(1, 1);
        insert(3);
        saver.queue().runPending();
        update(2, 1);
        saver.queue().runPending();
        assertThat(told).containsExactly("later 3");

        isDown = false;
        clock.advance(Duration.ofSeconds(2));
        saver.queue().runPending();
        assertThat(told).containsExactly("later 3", "saved 1", "saved 2");
        assertThat(memory.find(new TaskId(1)).orElseThrow().status().state()).isEqualTo(TaskState.DONE);
        assertThat(memory.find(new TaskId(3))).isEmpty();
    }

    @Test
    void update_poisonRowInBatch_isLostAlone() {
        for (long id = 11; id <= 15; id++) {
            if (id != POISON) {
                insert(id);
            }
        }
        saver.queue().runPending();
        told.clear();

        for (long id = 11; id <= 15; id++) {
            update(id, 1);
        }
        saver.queue().runPending();

        assertThat(told).containsExactly("saved 11", "saved 12", "lost 13", "saved 14", "saved 15");
    }

    private final class Failing extends PassingStore {
        Failing() {
            super(memory);
        }

        @Override
        public List<InsertOutcome> write(EngineEpoch caller, List<TaskRow> rows, List<TaskUpdate> updates) {
            List<TaskId> ids = Stream.concat(
                            rows.stream().map(TaskRow::id), updates.stream().map(TaskUpdate::id))
                    .toList();
            return call(caller, ids, () -> memory.write(caller, rows, updates));
        }

        @Override
        protected <T> T call(EngineEpoch caller, List<TaskId> ids, Supplier<T> work) {
            calls++;
            if (isDown) {
                throw new StoreException(Category.RETRYABLE, "connection lost", null);
            }
            if (ids.contains(new TaskId(POISON))) {
                throw new StoreException(Category.PERMANENT, "data too long", null);
            }
            return super.call(caller, ids, work);
        }

        @Override
        public List<InsertOutcome> insert(EngineEpoch caller, List<TaskRow> rows) {
            inserted.add(rows.stream().map(TaskRow::id).toList());
            return super.insert(caller, rows);
        }
    }
}
