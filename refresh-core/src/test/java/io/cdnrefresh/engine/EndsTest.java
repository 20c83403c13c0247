// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.engine.EngineHost.Ticket;
import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.CancelResult;
import io.cdnrefresh.engine.EngineOperations.Cause;
import io.cdnrefresh.engine.EngineOperations.Verdict;
import io.cdnrefresh.engine.EngineOperations.WaitGoal;
import io.cdnrefresh.engine.EngineOperations.WaitQuery;
import io.cdnrefresh.engine.EngineOperations.WaitResult;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskUpdate;
import io.cdnrefresh.testkit.PassingStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is told of an end, and when: after its commit, by whichever life of the engine, and never of one that has none. */
class EndsTest {
    private final MemoryStore memory = new MemoryStore();
    private final List<String> told = new ArrayList<>();
    private final List<Object> answers = new ArrayList<>();
    /** What an update is answered with; null = it is stored. */
    private @Nullable Category trouble;

    private EngineByHand engine = life();
    private TaskId id = new TaskId(1);
    private Ticket ticket = new Ticket(id, new CompletableFuture<>());

    private EngineByHand life() {
        PassingStore store = new PassingStore(memory) {
            @Override
            public void update(EngineEpoch caller, List<TaskUpdate> updates) {
                if (trouble != null) {
                    throw new StoreException(trouble, "in trouble", null);
                }
                super.update(caller, updates);
            }
        };
        EngineOptions.Builder options =
                EngineOptions.DEFAULTS.toBuilder().id(OptionalInt.of(1)).owner("test");
        return new EngineByHand(
                options,
                memory,
                store,
                List.of(end -> told.add(end.state() + " settled=" + (end.settledAt() != null))));
    }

    @BeforeEach
    void submitOne() {
        engine.host.start();
        engine.host.runPending();
        engine.hello("d1", "boot");
        engine.host.runPending();
        var submitted = engine.submit("http://a.test/1");
        engine.host.runPending();
        ticket = submitted.join();
        id = ticket.id();
        assertThat(engine.pushed).hasSize(1);
    }

    @AfterEach
    void stop() {
        // a saver in trouble would wait for a clock that stands still
        comeBack();
        engine.close();
    }

    private void reportVerified() {
        engine.report(id, 1, true, Outcome.VERIFIED);
        engine.run("lane-0");
    }

    private void cancel() {
        engine.host.cancel(id, "test", answers::add);
    }

    private void await() {
        WaitQuery query = new WaitQuery(id, new WaitGoal(false, 100, true, null), Duration.ofSeconds(30));
        engine.host.await(query, answers::add);
    }

    private static Object cancelled(CancelResult result) {
        return new Answer.Value<>(result);
    }

    /** Long enough for the saver to try again. */
    private void comeBack() {
        trouble = null;
        engine.pass(Duration.ofSeconds(2));
    }

    @Test
    void cancel_storeAway_isAnsweredOnceItIsCommitted() {
        trouble = Category.RETRYABLE;
        cancel();
        cancel();
        engine.host.runPending();
        assertThat(answers).isEmpty();

        comeBack();
        assertThat(answers)
                .containsExactly(cancelled(CancelResult.CANCELLING), cancelled(CancelResult.ALREADY_CANCELLED));
        assertThat(memory.find(id).orElseThrow().status().state()).isEqualTo(TaskState.CANCELLED);
    }

    @Test
    void cancel_endNotCommittedYet_isAnsweredOnceItIs() {
        trouble = Category.RETRYABLE;
        reportVerified();
        cancel();
        engine.host.runPending();
        assertThat(answers).isEmpty();

        comeBack();
        assertThat(answers).containsExactly(cancelled(CancelResult.ALREADY_FINAL));
    }

    @Test
    void cancel_reportsRepeatDuringItsCommit_isAnsweredByThatCommit() {
        cancel();
        engine.run("lane-0");
        engine.report(id, 1, true, Outcome.CANCELLED);
        engine.run("lane-0");
        assertThat(answers).isEmpty();

        engine.run("saver-0");
        engine.run("lane-0");

        assertThat(answers).containsExactly(cancelled(CancelResult.CANCELLING));
    }

    @Test
    void cancel_storeAwayForLong_isRefused() {
        trouble = Category.RETRYABLE;
        cancel();
        engine.pass(Duration.ofSeconds(31));
        assertThat(answers).containsExactly(new Answer.Unavailable<>(Cause.STORE_DOWN, 1));
    }

    @Test
    void end_canNeverBeStored_endsEveryWaitAndIsNotTold() {
        await();
        engine.host.runPending();
        assertThat(answers).isEmpty();
        trouble = Category.PERMANENT;
        reportVerified();
        engine.host.runPending();
        await();
        cancel();
        engine.host.runPending();

        assertThat(answers).hasSize(3);
        assertThat(answers.subList(0, 2)).allSatisfy(answer -> {
            assertThat(answer).isInstanceOf(Answer.Value.class);
            assertThat(((WaitResult) ((Answer.Value<?>) answer).value()).verdict())
                    .isEqualTo(Verdict.IMPOSSIBLE);
        });
        assertThat(answers.get(2)).isEqualTo(new Answer.Unavailable<>(Cause.STORE_DOWN, 1));
        assertThat(told).isEmpty();
        assertThatThrownBy(() -> ticket.completion().toCompletableFuture().join())
                .hasCauseInstanceOf(StoreException.class)
                .hasMessageContaining("can not be stored");
        engine.pass(Duration.ofMinutes(3));
        assertThat(engine.gauge("tasks_in_cache")).isZero();
    }

    @Test
    void end_canNeverBeStored_cancelIsRefused() {
        trouble = Category.PERMANENT;
        cancel();
        engine.host.runPending();
        assertThat(answers).containsExactly(new Answer.Unavailable<>(Cause.STORE_DOWN, 1));
    }

    @Test
    void settled_told_isStoredAsSettledAfterwards() {
        reportVerified();
        engine.run("saver-0");
        engine.run("lane-0");
        assertThat(memory.find(id).orElseThrow().status().state()).isEqualTo(TaskState.DONE);
        assertThat(memory.find(id).orElseThrow().status().isSettled()).isFalse();
        assertThat(told).isEmpty();

        engine.host.runPending();
        assertThat(told).containsExactly("DONE settled=true");
        assertThat(memory.find(id).orElseThrow().status().isSettled()).isTrue();
    }

    @Test
    void restart_diedBetweenCommitAndTelling_tells() {
        reportVerified();
        engine.run("saver-0");
        engine.run("lane-0");
        assertThat(told).isEmpty();

        // the first life is not heard of again
        engine = life();
        engine.host.start();
        engine.pass(Duration.ofSeconds(2));
        assertThat(told).containsExactly("DONE settled=true");
        assertThat(memory.find(id).orElseThrow().status().isSettled()).isTrue();
        assertThat(engine.pushed).isEmpty();
    }

    @Test
    void restart_diedAfterTelling_tellsNoMore() {
        reportVerified();
        engine.host.runPending();
        engine = life();
        engine.host.start();
        engine.pass(Duration.ofSeconds(2));
        assertThat(told).containsExactly("DONE settled=true");
    }
}
