// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.Submission;
import io.cdnrefresh.engine.EngineOperations.SubmitResult;
import io.cdnrefresh.local.LocalCoordinator;
import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskHead;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import io.cdnrefresh.spi.TaskUpdate;
import io.cdnrefresh.state.Regions;
import io.cdnrefresh.testkit.ManualClock;
import io.cdnrefresh.testkit.ManualTimer;
import io.cdnrefresh.testkit.PassingStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An engine without threads whose store says other things than it was told. */
class TableSyncerTest {
    private final ManualClock clock = new ManualClock();
    private ManualTimer timer = new ManualTimer(clock);
    private final MemoryStore memory = new MemoryStore();
    private LocalTransport transport = LocalTransport.manual();
    private final List<String> alerts = new ArrayList<>();
    private final List<TaskRow> insertedAgain = new ArrayList<>();
    private final List<TaskUpdate> updates = new ArrayList<>();
    private Function<TaskRow, Optional<TaskRow>> view = Optional::of;
    private EngineHost host;
    private TaskId id;

    @BeforeEach
    void start() {
        memory.apply(
                List.of(new RegistryChange.DeviceSeen("d1", "g", "edge", "1", DeviceState.ONLINE, ManualClock.START)));
        launch();
        List<TaskId> ids = new ArrayList<>();
        host.submit(new Submission(RefreshTask.purge("http://a.test/1"), null, Caller.LOCAL), answer -> {
            if (answer instanceof Answer.Value<SubmitResult> value
                    && value.value() instanceof SubmitResult.Accepted accepted) {
                ids.add(accepted.id());
            }
        });
        host.runPending();
        id = ids.get(0);
    }

    private void launch() {
        host = EngineHost.withoutThreads(new EngineSetup(
                new EngineSetup.Stores(new Watched(), new Lying(), memory, false),
                LocalCoordinator.builder().build(),
                transport.engineSide(),
                clock,
                timer,
                alert -> alerts.add(alert.name()),
                List.of(),
                EngineOptions.DEFAULTS,
                null));
        host.start();
        host.runPending();
    }

    @AfterEach
    void stop() {
        host.shutdown(Duration.ofSeconds(1));
        transport.close();
    }

    /** Enough seconds for every region's turn. */
    private void everyRegionHasItsTurn() {
        for (int second = 0; second <= Regions.COUNT; second++) {
            clock.advance(Duration.ofSeconds(1));
            timer.fireDue();
            host.runPending();
        }
    }

    private long inMemory() {
        return host.stats().numbers().getOrDefault("tasks_in_cache", -1L);
    }

    @Test
    void rowIsAsItShouldBe_nothingHappens() {
        everyRegionHasItsTurn();
        assertThat(alerts).doesNotContain("task-not-stored", "update-not-stored", "task-taken", "task-ended");
        assertThat(insertedAgain).isEmpty();
        assertThat(inMemory()).isEqualTo(1);
    }

    @Test
    void rowWasReadBackAtTheStart_nothingHappens() {
        host.shutdown(Duration.ofSeconds(1));
        transport.close();
        transport = LocalTransport.manual();
        timer = new ManualTimer(clock);
        launch();
        assertThat(inMemory()).isEqualTo(1);
        updates.clear();
        everyRegionHasItsTurn();
        assertThat(alerts).doesNotContain("update-not-stored");
        assertThat(updates).isEmpty();
    }

    @Test
    void rowIsGone_acknowledgedTaskIsWrittenAgain() {
        view = row -> Optional.empty();
        everyRegionHasItsTurn();
        assertThat(alerts).contains("task-not-stored");
        assertThat(insertedAgain).isNotEmpty();
        TaskRow row = insertedAgain.get(0);
        assertThat(row.id()).isEqualTo(id);
        assertThat(row.task()).isEqualTo(RefreshTask.purge("http://a.test/1"));
        assertThat(row.devices().size()).isEqualTo(1);
        assertThat(row.status().state()).isEqualTo(TaskState.RUNNING);
        assertThat(inMemory()).isEqualTo(1);
    }

    @Test
    void rowIsAnotherEngines_taskLeavesMemory() {
        view = row -> Optional.of(new TaskRow(
                row.id(),
                new EngineEpoch(7, 1),
                row.task(),
                row.devices(),
                row.acceptedAt(),
                row.dueAt(),
                null,
                row.status()));
        everyRegionHasItsTurn();
        assertThat(alerts).contains("task-taken");
        assertThat(inMemory()).isZero();
        assertThat(host.stats().numbers()).containsEntry("timer_tasks", 0L);
    }

    @Test
    void rowIsFinal_unfinishedTaskLeavesMemory() {
        view = row -> Optional.of(
                row.withStatus(status(row, TaskState.DONE, row.status().version())));
        everyRegionHasItsTurn();
        assertThat(alerts).contains("task-ended");
        assertThat(inMemory()).isZero();
    }

    @Test
    void rowIsOlderThanWhatWasCommitted_isWrittenAgain() {
        view = row -> Optional.of(
                row.withStatus(status(row, TaskState.RUNNING, row.status().version() - 1)));
        everyRegionHasItsTurn();
        assertThat(alerts).contains("update-not-stored");
        assertThat(updates).isNotEmpty();
        assertThat(updates.get(0).id()).isEqualTo(id);
        assertThat(inMemory()).isEqualTo(1);
    }

    private static TaskStatus status(TaskRow row, TaskState state, long version) {
        TaskStatus was = row.status();
        return new TaskStatus(version, state, 0, was.counts(), 0, new byte[0], null, null);
    }

    /** Reads through {@link #view}. */
    private final class Lying implements TaskQueries {
        @Override
        public Optional<TaskRow> find(TaskId wanted) {
            return memory.find(wanted).flatMap(view);
        }

        @Override
        public List<TaskHead> list(TaskFilter filter, long before, int limit) {
            return memory.list(filter, before, limit);
        }

        @Override
        public List<TaskHead> explain(Target url, TaskFilter filter, int limit) {
            return memory.explain(url, filter, limit);
        }
    }

    /** Keeps what is written; a second insert of a task is kept here only. */
    private final class Watched extends PassingStore {
        Watched() {
            super(memory);
        }

        @Override
        public List<InsertOutcome> insert(EngineEpoch caller, List<TaskRow> rows) {
            if (memory.find(rows.get(0).id()).isEmpty()) {
                return super.insert(caller, rows);
            }
            insertedAgain.addAll(rows);
            return rows.stream()
                    .<InsertOutcome>map(row -> InsertOutcome.Inserted.ONE)
                    .toList();
        }

        @Override
        public void update(EngineEpoch caller, List<TaskUpdate> newer) {
            updates.addAll(newer);
            super.update(caller, newer);
        }
    }
}
