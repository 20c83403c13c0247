// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.engine.EngineHost.Ticket;
import io.cdnrefresh.local.LocalCoordinator;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.spi.OfflineQueues.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A device that was away for longer than its tasks lived, by hand and without waiting. */
class DelayControlTest {
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final Duration PARKED = Duration.ofSeconds(60);

    private final MemoryStore memory = new MemoryStore();
    private final LocalCoordinator.Hub hub = new LocalCoordinator.Hub(100);
    private EngineByHand engine = start();

    private EngineByHand start() {
        EngineByHand started =
                new EngineByHand(EngineOptions.DEFAULTS.toBuilder().collapseAbove(50), memory, memory, List.of(), hub);
        started.host.start();
        started.host.runPending();
        return started;
    }

    @BeforeEach
    void meetTheDevice() {
        engine.hello("d", "boot-1");
        engine.host.runPending();
        engine.gone(0);
    }

    @AfterEach
    void stop() {
        engine.close();
    }

    private TaskId submit(RefreshTask task) {
        TaskOptions options = task.options().toBuilder().deadline(DEADLINE).build();
        CompletableFuture<Ticket> answer =
                engine.host.submit(task.withOptions(options)).toCompletableFuture();
        engine.host.runPending();
        return answer.join().id();
    }

    private TaskId purge(String url) {
        return submit(RefreshTask.purge(url));
    }

    private static RefreshTask soft(RefreshTask task) {
        return task.withOptions(task.options().toBuilder().mode(Mode.SOFT).build());
    }

    /** The device is away until everything has left memory. */
    private void park() {
        engine.pass(DEADLINE.plus(PARKED));
        assertThat(engine.gauge(io.cdnrefresh.stats.EngineStats.TASKS_IN_CACHE)).isZero();
    }

    private void comeBack() {
        engine.pushed.clear();
        engine.hello("d", "boot-2");
        engine.host.runPending();
    }

    /** Answers everything that was pushed, also what comes of that; the commands. */
    private List<Command> answerAll(Outcome outcome) {
        List<Command> all = new ArrayList<>();
        Set<TaskId> answered = new HashSet<>();
        for (int round = 0; round < 50; round++) {
            List<Command> now = List.copyOf(engine.pushed);
            engine.pushed.clear();
            for (Command command : now) {
                if (answered.add(command.id())) {
                    all.add(command);
                    engine.report(command.id(), 0, true, outcome);
                }
            }
            engine.host.runPending();
            engine.pass(Duration.ofSeconds(1));
        }
        return all;
    }

    private void assertPaid(TaskId... ids) {
        for (TaskId id : ids) {
            assertThat(memory.find(id).orElseThrow().status().isSettled())
                    .as("%s", id)
                    .isTrue();
        }
    }

    private long parked() {
        return hubLength("d/" + memory.find(lastTask()).orElseThrow().owner().engine());
    }

    private long hubLength(String queue) {
        return LocalCoordinator.builder()
                .hub(hub)
                .build()
                .offlineQueues()
                .length(queue)
                .toCompletableFuture()
                .join();
    }

    private TaskId lastTask() {
        return memory.list(io.cdnrefresh.spi.TaskFilter.ANY, Long.MAX_VALUE, 1)
                .get(0)
                .row()
                .id();
    }

    @Test
    void comeBack_equalTasks_areOneCommandThatPaysForAll() {
        TaskId a = purge("http://a.test/1");
        TaskId b = purge("http://a.test/2");
        TaskId c = purge("http://a.test/1");
        park();
        assertThat(parked()).isEqualTo(3);

        comeBack();
        List<Command> commands = answerAll(Outcome.VERIFIED);

        assertThat(commands)
                .extracting(Command::id)
                .as("the younger speaks for both")
                .containsExactlyInAnyOrder(b, c);
        assertPaid(a, b, c);
        assertThat(memory.find(a).orElseThrow().status().counts().of(Outcome.VERIFIED))
                .isOne();
        assertThat(parked()).isZero();
    }

    @Test
    void comeBack_coveredByAYoungerPrefix_isPaidByIt() {
        TaskId before = purge("http://a.test/dir/1");
        TaskId prefix = submit(RefreshTask.purgePrefix("http://a.test/dir/"));
        TaskId after = purge("http://a.test/dir/2");
        TaskId other = purge("http://a.test/else");
        park();

        comeBack();
        List<Command> commands = answerAll(Outcome.VERIFIED);

        assertThat(commands).extracting(Command::id).containsExactlyInAnyOrder(prefix, after, other);
        assertPaid(before, prefix, after, other);
        assertThat(memory.find(before).orElseThrow().status().counts().of(Outcome.PURGED))
                .as("applied, but not proven by itself")
                .isOne();
    }

    @Test
    void comeBack_coveringPrefixFails_theCoveredGoByThemselves() {
        TaskId before = purge("http://a.test/dir/1");
        TaskId prefix = submit(RefreshTask.purgePrefix("http://a.test/dir/"));
        park();

        comeBack();
        List<Command> commands = answerAll(Outcome.FAILED);

        assertThat(commands).extracting(Command::id).startsWith(prefix).contains(before);
        assertThat(memory.find(before).orElseThrow().status().isSettled()).isFalse();
    }

    /** As a proxy reports a broad purge of a cache that it cannot look into. */
    @Test
    void comeBack_coveringPrefixThatCannotBeProbed_paysForTheCovered() {
        TaskId before = purge("http://a.test/dir/1");
        TaskId prefix = submit(RefreshTask.purgePrefix("http://a.test/dir/"));
        park();

        comeBack();
        TargetResult unproven = new TargetResult(0, Outcome.PURGED, "nothing to probe");
        engine.report(new Report(prefix, 0, 0, true, Outcome.PURGED, List.of(unproven), engine.clock.now()));
        engine.host.runPending();
        engine.pass(Duration.ofSeconds(1));

        assertThat(engine.pushed).extracting(Command::id).containsExactly(prefix);
        assertPaid(before, prefix);
    }

    @Test
    void comeBack_slowerThanTasksAreKept_isSentTheRestOnceMore() {
        TaskId a = purge("http://a.test/1");
        TaskId b = purge("http://a.test/2");
        park();
        comeBack();
        engine.pass(Duration.ofSeconds(20));
        engine.report(a, 0, true, Outcome.VERIFIED);
        engine.pushed.clear();
        engine.pass(Duration.ofSeconds(20));

        assertThat(engine.gauge(io.cdnrefresh.stats.EngineStats.TASKS_IN_CACHE))
                .as("it is not left to a later return")
                .isOne();
        assertThat(engine.pushed).extracting(Command::id).contains(b);
        answerAll(Outcome.VERIFIED);
        assertPaid(a, b);
    }

    @Test
    void comeBack_softSupersededByHard_isPaidByIt() {
        TaskId soft = submit(soft(RefreshTask.purge("http://a.test/1")));
        TaskId hard = purge("http://a.test/1");
        TaskId softAgain = submit(soft(RefreshTask.purge("http://a.test/2")));
        park();

        comeBack();
        List<Command> commands = answerAll(Outcome.VERIFIED);

        assertThat(commands).extracting(Command::id).containsExactlyInAnyOrder(hard, softAgain);
        assertPaid(soft, hard, softAgain);
    }

    @Test
    void comeBack_tooMuchOfOneTenant_collapsesThatTenantOnly() {
        List<TaskId> all = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            all.add(submit(
                    RefreshTask.purge("http://a.test/dir" + i % 3 + "/" + i).withTenant("big")));
        }
        TaskId small = submit(RefreshTask.purge("http://b.test/1").withTenant("small"));
        park();

        comeBack();
        List<Command> commands = answerAll(Outcome.PURGED);

        List<Command> broad = commands.stream()
                .filter(command -> command.task().kind() == TaskKind.PREFIX)
                .toList();
        assertThat(broad).hasSize(1);
        assertThat(broad.get(0).task().tenant()).isEqualTo("big");
        assertThat(broad.get(0).task().targets())
                .extracting(Target::wire)
                .containsExactlyInAnyOrder("a.test/dir0/", "a.test/dir1/", "a.test/dir2/");
        assertThat(commands).hasSize(50 + 1 + 1).extracting(Command::id).contains(small);
        assertPaid(all.toArray(TaskId[]::new));
        assertPaid(small);
    }

    @Test
    void comeBack_queuesLostMeanwhile_nothingIsForgotten() {
        TaskId a = purge("http://a.test/1");
        TaskId b = purge("http://a.test/2");
        park();

        hub.loseQueues();
        assertThat(parked()).isZero();
        comeBack();
        List<Command> commands = answerAll(Outcome.VERIFIED);

        assertThat(commands).extracting(Command::id).containsExactlyInAnyOrder(a, b);
        assertPaid(a, b);
    }

    @Test
    void comeBack_moreThanTheQueueHolds_theRestComesFromTheStore() {
        List<TaskId> all = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            all.add(submit(RefreshTask.purge("http://a.test/x/" + i % 40)));
        }
        park();
        assertThat(parked()).isEqualTo(100);

        comeBack();
        List<Command> commands = answerAll(Outcome.VERIFIED);

        assertThat(commands.size()).isLessThanOrEqualTo(2 * 40);
        assertPaid(all.toArray(TaskId[]::new));
        assertThat(parked()).isZero();
    }

    @Test
    void comeBack_goneInTheMiddle_theRestIsStillParked() {
        TaskId a = purge("http://a.test/1");
        TaskId b = purge("http://a.test/1");
        park();
        comeBack();
        assertThat(engine.pushed).extracting(Command::id).containsExactly(b);
        engine.gone(0);
        engine.pass(PARKED);
        assertThat(parked()).isEqualTo(2);

        comeBack();
        assertThat(answerAll(Outcome.VERIFIED)).extracting(Command::id).containsExactly(b);
        assertPaid(a, b);
    }

    @Test
    void comeBack_engineKilledInTheMiddle_itsNextLifeLosesNothing() {
        TaskId a = purge("http://a.test/1");
        TaskId b = purge("http://a.test/1");
        TaskId c = purge("http://a.test/2");
        park();
        comeBack();
        assertThat(engine.pushed).hasSize(2);

        engine = start(); // the old one is never heard of again
        engine.hello("d", "boot-2");
        engine.host.runPending();
        answerAll(Outcome.VERIFIED);

        assertPaid(a, b, c);
    }

    @Test
    void comeBack_cancelledAndSettledOnes_areDropped() {
        TaskId a = purge("http://a.test/1");
        park();
        long engineId = memory.find(a).orElseThrow().owner().engine();
        LocalCoordinator.builder()
                .hub(hub)
                .build()
                .offlineQueues()
                .park("d/" + engineId, List.of(new Entry(4_711, 0), new Entry(a.value(), 0)))
                .toCompletableFuture()
                .join();

        comeBack();
        assertThat(answerAll(Outcome.VERIFIED)).extracting(Command::id).containsExactly(a);
        assertPaid(a);
        assertThat(parked()).isZero();
    }

    @Test
    void preload_somethingIsParked_waitsUntilItIsDone() {
        TaskId old = purge("http://a.test/1");
        park();
        comeBack();
        TaskId preload = submit(RefreshTask.preload("http://z.test/other"));
        engine.pass(Duration.ofSeconds(2));
        assertThat(engine.pushed).extracting(Command::id).contains(old).doesNotContain(preload);

        assertThat(answerAll(Outcome.VERIFIED)).extracting(Command::id).contains(preload);
        assertPaid(old);
    }

    @Test
    void remove_deviceWithParkedWork_isForgiven() {
        TaskId a = purge("http://a.test/1");
        TaskId b = purge("http://a.test/2");
        park();
        CompletableFuture<Object> answer = new CompletableFuture<>();
        engine.host.removeDevice("d", "me", answer::complete);
        engine.host.runPending();
        engine.pass(Duration.ofSeconds(30));
        assertPaid(a, b);
        assertThat(parked()).isZero();
    }
}
