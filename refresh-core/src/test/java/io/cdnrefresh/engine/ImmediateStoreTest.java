// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.cdnrefresh.engine.EngineHost.Ticket;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.stats.EngineStats;
import io.cdnrefresh.testkit.PassingStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A store that never waits is written to where the work comes up; what fails there goes the way of other stores. */
class ImmediateStoreTest {
    private final MemoryStore memory = new MemoryStore(20_000, EngineClock.system());
    private final Faulty store = new Faulty(memory);
    private final EngineByHand engine =
            new EngineByHand(EngineOptions.DEFAULTS.toBuilder().id(OptionalInt.of(1)), memory, store, List.of());

    /** Fails on demand. */
    private static final class Faulty extends PassingStore {
        private @Nullable StoreException fault;

        Faulty(TaskStore under) {
            super(under);
        }

        @Override
        public boolean isImmediate() {
            return true;
        }

        @Override
        protected <T> T call(EngineEpoch caller, List<TaskId> ids, Supplier<T> work) {
            if (fault != null) {
                throw fault;
            }
            return work.get();
        }
    }

    private void startWithDevice() {
        engine.host.start();
        engine.host.runPending();
        engine.hello("d1", "boot");
        engine.host.runPending();
    }

    private TaskState stored(TaskId id) {
        return memory.find(id).orElseThrow().status().state();
    }

    @AfterEach
    void close() {
        store.fault = null;
        engine.close();
    }

    @Test
    void task_isStoredBeforeAnyStageRuns_andItsEndByTheLane() {
        startWithDevice();
        CompletableFuture<Ticket> ticket = engine.submit("http://a.test/x");
        TaskId id = ticket.join().id();
        assertThat(stored(id)).isEqualTo(TaskState.RUNNING);
        engine.run("lane-0");
        engine.run("feed");
        assertThat(engine.pushed).hasSize(1);
        engine.report(id, 1, true, Outcome.VERIFIED);
        engine.run("lane-0");
        assertThat(stored(id)).isEqualTo(TaskState.DONE);
    }

    @Test
    void insertFails_isTriedAgainByTheSaver() {
        startWithDevice();
        store.fault = new StoreException(Category.RETRYABLE, "away", null);
        CompletableFuture<Ticket> ticket = engine.submit("http://a.test/x");
        assertThat(ticket).isNotDone();
        store.fault = null;
        engine.host.runPending();
        assertThat(stored(ticket.join().id())).isEqualTo(TaskState.RUNNING);
    }

    @Test
    void insertFailsForLong_isRefused_andTheNextOneToo_untilAnUpdateIsTaken() {
        startWithDevice();
        TaskId under = engine.submit("http://a.test/x").join().id();
        engine.host.runPending();
        store.fault = new StoreException(Category.RETRYABLE, "away", null);
        CompletableFuture<Ticket> ticket = engine.submit("http://a.test/y");
        engine.host.runPending();
        assertRefused(ticket);
        engine.report(under, 1, true, Outcome.VERIFIED);
        engine.host.runPending();
        assertThat(stored(under)).isEqualTo(TaskState.RUNNING);
        store.fault = null;
        assertRefused(engine.submit("http://a.test/z"));
        engine.pass(Duration.ofSeconds(2));
        assertThat(stored(under)).isEqualTo(TaskState.DONE);
        assertThat(engine.submit("http://a.test/z")).isCompleted();
    }

    private static void assertRefused(CompletableFuture<Ticket> ticket) {
        assertThatExceptionOfType(CompletionException.class)
                .isThrownBy(ticket::join)
                .havingCause()
                .isInstanceOf(RefreshException.class);
    }

    @Test
    void laneWithALongQueue_getsItsTasksFromTheSaver() {
        startWithDevice();
        List<CompletableFuture<Ticket>> tickets = new ArrayList<>();
        int most = 1_024 / 4;
        for (int i = 0; i < most + 1; i++) {
            tickets.add(engine.submit("http://a.test/" + i));
        }
        assertThat(tickets.get(most - 1)).isCompleted();
        assertThat(tickets.get(most)).isNotDone();
        engine.host.runPending();
        assertThat(tickets.get(most)).isCompleted();
    }

    @Test
    void settledTasks_onlyTheNewestStayInMemory_theOthersAreInTheStore() {
        startWithDevice();
        List<TaskId> ids = new ArrayList<>();
        for (int i = 0; i < 2 * SettledTasks.MOST; i++) {
            TaskId id = engine.submit("http://a.test/" + i).join().id();
            ids.add(id);
            engine.host.runPending();
            engine.report(id, 1, true, Outcome.VERIFIED);
            engine.host.runPending();
        }
        assertThat(engine.gauge(EngineStats.TASKS_IN_CACHE)).isEqualTo(SettledTasks.MOST);
        assertThat(engine.gauge(EngineStats.TIMER_TASKS)).isEqualTo(SettledTasks.MOST);
        assertThat(stored(ids.get(0))).isEqualTo(TaskState.DONE);
    }
}
