// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.engine.EngineHost.Ticket;
import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.DeviceView;
import io.cdnrefresh.engine.EngineOperations.StateChange;
import io.cdnrefresh.engine.EngineOperations.TaskView;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.spi.Standing.Word;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an engine tells its devices about themselves, and how it judges them, by hand. */
class GateKeeperTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final MemoryStore memory = new MemoryStore();
    private final EngineByHand engine = new EngineByHand(EngineOptions.DEFAULTS.toBuilder(), memory, memory, List.of());

    @BeforeEach
    void start() {
        engine.host.start();
        engine.host.runPending();
    }

    @AfterEach
    void stop() {
        engine.close();
    }

    private void join(String device, String boot) {
        engine.hello(device, boot);
        engine.host.runPending();
    }

    private DeviceState state(int ordinal) {
        return memory.load().devices().get(ordinal).state();
    }

    private TaskId accepted(String url) {
        CompletableFuture<Ticket> ticket = engine.submit(url);
        engine.host.runPending();
        return ticket.join().id();
    }

    @Test
    void join_nothingOwed_isCaughtUpAtOnce() {
        join("d", "1");
        engine.pass(SECOND);
        assertThat(engine.standings(0)).endsWith(Word.CAUGHT_UP);
        assertThat(state(0)).isEqualTo(DeviceState.ONLINE);
    }

    @Test
    void join_missedTasks_isCaughtUpWhenTheyAreReportedAndNotByLaterOnes() {
        join("d", "1");
        engine.gone(0);
        TaskId missed = accepted("http://a.test/1");
        engine.host.runPending();
        join("d", "2");
        engine.pass(SECOND);
        accepted("http://a.test/2");
        engine.pass(SECOND);
        assertThat(engine.standings(0)).endsWith(Word.CATCHING_UP);
        engine.report(missed, 1, true, Outcome.VERIFIED);
        engine.pass(SECOND.multipliedBy(2));
        assertThat(engine.standings(0)).endsWith(Word.CAUGHT_UP);
    }

    @Test
    void away_byItsTime_isSuspectThenOfflineThenCatchesUpThenOnline() {
        join("d", "1");
        engine.gone(0);
        engine.pass(Duration.ofSeconds(17));
        assertThat(state(0)).isEqualTo(DeviceState.SUSPECT);
        join("d", "1");
        assertThat(state(0)).isEqualTo(DeviceState.ONLINE);
        engine.gone(0);
        engine.pass(Duration.ofSeconds(35));
        assertThat(state(0)).isEqualTo(DeviceState.OFFLINE);

        TaskId missed = accepted("http://a.test/1");
        join("d", "1");
        assertThat(state(0)).isEqualTo(DeviceState.CATCHING_UP);
        assertThat(engine.standings(0)).endsWith(Word.WITHDRAW);
        engine.beat(0, true);
        engine.pass(SECOND);
        assertThat(state(0)).as("it serves, but has not caught up").isEqualTo(DeviceState.CATCHING_UP);
        engine.report(missed, 1, true, Outcome.VERIFIED);
        engine.pass(SECOND.multipliedBy(2));
        assertThat(engine.standings(0)).endsWith(Word.CAUGHT_UP);
        engine.beat(0, true);
        engine.pass(SECOND.multipliedBy(2));
        assertThat(state(0)).isEqualTo(DeviceState.ONLINE);
    }

    @Test
    void operator_setsAState_winsUntilItsTime() {
        join("d", "1");
        engine.pass(SECOND);
        StateChange change =
                new StateChange(DeviceState.OFFLINE, "disk", engine.clock.now().plus(Duration.ofMinutes(10)));
        engine.host.setDeviceState("d", change, "me", answer -> {});
        engine.host.runPending();
        engine.pass(SECOND.multipliedBy(2));
        assertThat(state(0)).isEqualTo(DeviceState.OFFLINE);
        assertThat(engine.standings(0)).endsWith(Word.HELD);
        engine.gone(0);
        join("d", "2");
        engine.pass(Duration.ofMinutes(5));
        assertThat(state(0)).as("a connection changes nothing").isEqualTo(DeviceState.OFFLINE);
        engine.pass(Duration.ofMinutes(6));
        engine.beat(0, true);
        engine.pass(SECOND.multipliedBy(2));
        assertThat(state(0)).isEqualTo(DeviceState.ONLINE);
        assertThat(engine.standings(0)).endsWith(Word.CAUGHT_UP);
    }

    @Test
    void join_manyOfAGroupAtOnce_onlyAShareStaysOut() {
        for (int i = 0; i < 20; i++) {
            join("d" + i, "1");
            engine.gone(i);
        }
        accepted("http://a.test/1");
        for (int i = 0; i < 20; i++) {
            join("d" + i, "2");
            engine.beat(i, false);
        }
        engine.pass(SECOND.multipliedBy(2));
        long out = 0;
        for (int i = 0; i < 20; i++) {
            List<Word> told = engine.standings(i);
            out += told.get(told.size() - 1) == Word.EXCUSED ? 0 : 1;
        }
        assertThat(out).as("10 % of 20").isEqualTo(2);
    }

    private Word last(int ordinal) {
        List<Word> told = engine.standings(ordinal);
        return told.get(told.size() - 1);
    }

    @Test
    void join_manyOfAGroupComeBackFromOffline_onlyAShareIsTakenOutAndNoneTwice() {
        for (int i = 0; i < 20; i++) {
            join("d" + i, "1");
            engine.gone(i);
        }
        engine.pass(Duration.ofSeconds(35));
        assertThat(state(7)).isEqualTo(DeviceState.OFFLINE);
        accepted("http://a.test/1");
        long out = 0;
        for (int i = 0; i < 20; i++) {
            join("d" + i, "1");
            out += last(i) == Word.WITHDRAW ? 1 : 0;
        }
        assertThat(out).as("10 % of 20, from the first moment on").isEqualTo(2);
        for (int pass = 0; pass < 3; pass++) {
            for (int i = 0; i < 20; i++) {
                engine.beat(i, last(i) != Word.WITHDRAW);
            }
            engine.pass(SECOND);
            for (int i = 2; i < 20; i++) {
                assertThat(engine.standings(i)).doesNotContain(Word.WITHDRAW);
            }
        }
    }

    @Test
    void join_enginesRestart_greenNodesNeitherCountNorTurnRed() {
        for (int i = 0; i < 20; i++) {
            join("d" + i, "1");
            engine.gone(i);
        }
        accepted("http://a.test/1");
        for (int i = 0; i < 20; i++) {
            join("d" + i, "1");
            engine.beat(i, i != 19);
        }
        engine.pass(SECOND.multipliedBy(2));
        assertThat(last(19)).as("the only red one is not excused").isEqualTo(Word.CATCHING_UP);
        assertThat(state(19)).isEqualTo(DeviceState.CATCHING_UP);
        for (int i = 0; i < 19; i++) {
            assertThat(state(i)).isEqualTo(DeviceState.ONLINE);
            assertThat(engine.standings(i)).doesNotContain(Word.WITHDRAW, Word.HELD);
        }
    }

    @Test
    void beat_cacheDownOrTooOld_isAlertedOnceAndShown() {
        join("d", "1");
        for (int i = 0; i < 3; i++) {
            engine.beat(0, new ProxyHealth(engine.clock.now(), 0, 0, 1, false, 1));
            engine.pass(SECOND);
        }
        assertThat(cacheAlerts()).containsExactlyInAnyOrder("cache-down WARN d", "cache-needs-wipe ERROR d");
        assertThat(view()).isEqualTo(List.of(1, 1));

        engine.beat(0, true);
        engine.pass(SECOND.multipliedBy(2));
        assertThat(view()).isEqualTo(List.of(0, 0));
        engine.pass(Duration.ofMinutes(2));
        engine.beat(0, true, 1);
        engine.pass(SECOND.multipliedBy(2));
        assertThat(cacheAlerts()).filteredOn("cache-down WARN d"::equals).hasSize(2);
    }

    private List<String> cacheAlerts() {
        return engine.alerts.stream()
                .filter(alert -> alert.name().startsWith("cache-"))
                .map(alert -> alert.name() + " " + alert.severity() + " " + alert.subject())
                .toList();
    }

    /** Caches down, and to be wiped, of the one device. */
    private List<Integer> view() {
        List<Integer> seen = new ArrayList<>();
        engine.host.devices(answer -> {
            if (answer instanceof Answer.Value<List<DeviceView>> value) {
                seen.add(value.value().get(0).cachesDown());
                seen.add(value.value().get(0).needsWipe());
            }
        });
        engine.host.runPending();
        return seen;
    }

    @Test
    void beat_servesThoughItOwes_raisesAnAlertAndIsUnproven() {
        join("d", "1");
        engine.gone(0);
        TaskId missed = accepted("http://a.test/1");
        engine.host.runPending();
        join("d", "2");
        engine.beat(0, false);
        engine.pass(SECOND.multipliedBy(2));
        assertThat(unproven(missed)).isZero();
        engine.beat(0, true);
        engine.pass(SECOND.multipliedBy(2));
        assertThat(engine.alerts)
                .filteredOn(alert -> alert.name().equals("gate-opened"))
                .hasSize(1);
        assertThat(unproven(missed)).isEqualTo(1);
        engine.report(missed, 1, true, Outcome.VERIFIED);
        engine.beat(0, true);
        engine.pass(SECOND.multipliedBy(2));
        assertThat(unproven(missed)).isZero();
        assertThat(state(0)).isEqualTo(DeviceState.ONLINE);
    }

    private int unproven(TaskId id) {
        int[] count = {-1};
        engine.host.find(id, answer -> {
            if (answer instanceof Answer.Value<TaskView> value) {
                count[0] = value.value().progress().devices().unproven();
            }
        });
        engine.host.runPending();
        return count[0];
    }

    @Test
    void beat_cachesDoNotAnswer_isSuspectAfterAWhileAndBackAfterAWhile() {
        join("d", "1");
        engine.beat(0, true);
        engine.pass(SECOND);
        engine.beat(0, true, 1);
        engine.pass(Duration.ofSeconds(10));
        assertThat(state(0)).isEqualTo(DeviceState.ONLINE);
        engine.pass(Duration.ofSeconds(7));
        assertThat(state(0)).isEqualTo(DeviceState.SUSPECT);
        engine.beat(0, true);
        engine.pass(Duration.ofSeconds(10));
        assertThat(state(0)).isEqualTo(DeviceState.SUSPECT);
        engine.pass(Duration.ofSeconds(7));
        assertThat(state(0)).isEqualTo(DeviceState.ONLINE);
    }

    @Test
    void operator_takesADeviceOutThatServes_andBackInWhenItHasCaughtUp() {
        join("d", "1");
        engine.beat(0, true);
        engine.pass(SECOND);
        engine.host.setDeviceState("d", new StateChange(DeviceState.MAINTENANCE, "", null), "me", answer -> {});
        engine.host.runPending();
        engine.pass(Duration.ofMinutes(10));
        assertThat(last(0)).isEqualTo(Word.HELD);
        assertThat(state(0)).isEqualTo(DeviceState.MAINTENANCE);
        engine.host.setDeviceState("d", new StateChange(DeviceState.ONLINE, "", null), "me", answer -> {});
        engine.host.runPending();
        engine.pass(SECOND);
        assertThat(last(0)).isEqualTo(Word.CAUGHT_UP);
        assertThat(state(0)).isEqualTo(DeviceState.ONLINE);
    }
}
