// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.Alert;
import io.cdnrefresh.stats.EngineStats;
import io.cdnrefresh.stats.Rates;
import io.cdnrefresh.stats.StatsSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Every figure of the stats is fed by the stage that it names; what the watchdog makes of them. */
class EngineFiguresTest {
    private final EngineByHand engine = new EngineByHand(EngineOptions.DEFAULTS.toBuilder()
            .maxTasks(1_000)
            .lockLimit(Duration.ofSeconds(2))
            .grace(Duration.ofSeconds(5)));

    @AfterEach
    void close() {
        engine.close();
    }

    private void startWithDevice() {
        engine.host.start();
        engine.host.runPending();
        engine.hello("d1", "boot");
        engine.host.runPending();
    }

    private TaskId submitted(String url) {
        var ticket = engine.submit(url);
        engine.host.runPending();
        return ticket.join().id();
    }

    private Rates rates(String name) {
        return requireNonNull(engine.host.stats().meters().get(name));
    }

    @Test
    void stats_beforeTheClaim_haveEveryKeyAtZero() {
        StatsSnapshot stats = engine.host.stats();
        assertThat(stats.numbers()).containsKeys(EngineStats.GAUGES.toArray(String[]::new));
        EngineStats.GAUGES.forEach(name -> {
            assertThat(stats.numbers()).as(name).containsEntry(name, 0L);
            assertThat(stats.numbers().get(name + "_bound")).as(name).isPositive();
        });
        assertThat(stats.meters().keySet()).containsExactlyElementsOf(EngineStats.METERS);
        assertThat(stats.at()).isEqualTo(engine.clock.now());
    }

    @Test
    void stats_oneTaskOnItsWay_showInEachStageWhereItIs() {
        startWithDevice();
        var ticket = engine.submit("http://a.test/x");
        assertThat(engine.gauge(EngineStats.INPUT_TASK_QUEUE)).isEqualTo(1);
        assertThat(engine.gauge("completions_awaited")).isEqualTo(1);
        engine.run("saver-0");
        assertThat(engine.gauge(EngineStats.INPUT_TASK_QUEUE)).isZero();
        assertThat(engine.gauge(EngineStats.REPORTING_QUEUE)).isEqualTo(1);
        engine.run("lane-0");
        assertThat(engine.gauge(EngineStats.REPORTING_QUEUE)).isZero();
        assertThat(engine.gauge(EngineStats.TASKS_IN_CACHE)).isEqualTo(1);
        assertThat(engine.gauge(EngineStats.TIMER_TASKS)).isEqualTo(1);
        assertThat(engine.gauge(EngineStats.PUSHING_QUEUE)).isEqualTo(1);
        engine.run("feed");
        assertThat(engine.gauge(EngineStats.PUSHING_QUEUE)).isZero();
        assertThat(engine.pushed).hasSize(1);

        TaskId id = ticket.join().id();
        engine.report(id, 1, false, Outcome.PURGED);
        assertThat(engine.gauge(EngineStats.REPORTING_QUEUE)).isEqualTo(1);
        assertThat(rates(EngineStats.QPS_PROXY).count()).isEqualTo(1);
        engine.host.runPending();
        engine.report(id, 1, false, Outcome.STALE_AGAIN);
        engine.run("lane-0");
        assertThat(engine.gauge(EngineStats.SAVER_QUEUE))
                .as("a second change within the period waits")
                .isEqualTo(1);
        engine.report(id, 1, true, Outcome.VERIFIED);
        engine.run("lane-0");
        engine.run("saver-0");
        engine.run("lane-0");
        assertThat(engine.gauge(EngineStats.NOTIFY_QUEUE)).isEqualTo(1);
        engine.host.life().queries().runPending();
        assertThat(engine.gauge(EngineStats.NOTIFY_QUEUE)).isZero();
        assertThat(engine.gauge("completions_awaited")).isZero();
        assertThat(ticket.join().completion().toCompletableFuture()).isDone();
        engine.clock.advance(Duration.ofSeconds(1));
        engine.run("lane-0");
        assertThat(engine.gauge(EngineStats.SAVER_QUEUE)).isZero();

        engine.hello("d1", "another process");
        engine.host.life().queries().runPending();
        assertThat(engine.gauge(EngineStats.ALERT_QUEUE)).isEqualTo(1);
        engine.run("alert");
        assertThat(engine.gauge(EngineStats.ALERT_QUEUE)).isZero();
        assertThat(engine.alerts).extracting(Alert::name).containsExactly("device-twice");
    }

    @Test
    void stats_atRest_haveAsManyTimersAsTasks() {
        long seed = Long.getLong("refresh.seed", 1);
        Random random = new Random(seed);
        startWithDevice();
        List<TaskId> open = new ArrayList<>();
        long most = 0;
        for (int step = 0; step < 2_000; step++) {
            switch (random.nextInt(5)) {
                case 0, 1 -> open.add(submitted("http://a.test/" + step));
                case 2 -> pick(random, open, () -> random.nextInt(3) > 0);
                case 3 -> engine.pass(Duration.ofSeconds(random.nextInt(3)));
                default -> engine.host.runPending();
            }
            most = Math.max(most, engine.gauge(EngineStats.TASKS_IN_CACHE));
            assertThat(engine.gauge(EngineStats.TIMER_TASKS))
                    .as("seed %d step %d", seed, step)
                    .isEqualTo(engine.gauge(EngineStats.TASKS_IN_CACHE));
        }
        assertThat(most).isGreaterThan(20);
        open.forEach(id -> engine.report(id, 1, true, Outcome.VERIFIED));
        engine.pass(Duration.ofSeconds(30));
        assertThat(engine.gauge(EngineStats.TASKS_IN_CACHE)).as("seed %d", seed).isZero();
        assertThat(engine.gauge(EngineStats.TIMER_TASKS)).as("seed %d", seed).isZero();
    }

    private void pick(Random random, List<TaskId> open, BooleanSupplier isFinal) {
        if (!open.isEmpty()) {
            boolean isEnd = isFinal.getAsBoolean();
            int at = random.nextInt(open.size());
            engine.report(open.get(at), 1, isEnd, isEnd ? Outcome.VERIFIED : Outcome.PURGED);
            engine.host.runPending();
            if (isEnd) {
                open.remove(at);
            }
        }
    }

    @Test
    void rates_reportsStop_decayByTheirOwnTime() {
        startWithDevice();
        TaskId id = submitted("http://a.test/x");
        for (int second = 0; second < 1_800; second++) {
            for (int i = 0; i < 6; i++) {
                engine.report(id, 1, false, Outcome.PURGED);
            }
            engine.run("lane-0");
            engine.clock.advance(Duration.ofSeconds(1));
        }
        Rates busy = rates(EngineStats.QPS_PROXY);
        assertThat(busy.m1()).isCloseTo(6, within(0.1));
        assertThat(busy.m15()).isCloseTo(6, within(1.0));
        assertThat(busy.avg()).isCloseTo(6, within(0.1));

        engine.clock.advance(Duration.ofMinutes(1));

        Rates quiet = rates(EngineStats.QPS_PROXY);
        assertThat(quiet.m1()).isCloseTo(busy.m1() * Math.exp(-1), within(0.3));
        assertThat(quiet.m5()).isCloseTo(busy.m5() * Math.exp(-1 / 5.0), within(0.2));
        assertThat(quiet.m15()).isCloseTo(busy.m15() * Math.exp(-1 / 15.0), within(0.1));
        assertThat(quiet.count()).isEqualTo(10_800);
        assertThat(rates(EngineStats.QPS_BOSS).count()).isZero();
    }

    @Test
    void watchdog_tasksThatNobodyReportsOn_alertsOfGrowth() {
        startWithDevice();
        for (int minute = 0; minute < 8; minute++) {
            for (int i = 0; i < 10; i++) {
                submitted("http://a.test/" + minute + "/" + i);
            }
            engine.pass(Duration.ofMinutes(1));
        }
        assertThat(engine.alerts)
                .filteredOn(alert -> alert.name().equals("memory-grows"))
                .extracting(Alert::subject)
                .contains(EngineStats.TASKS_IN_CACHE);
        assertThat(engine.gauge("memory_faults")).isPositive();
        assertThat(engine.alerts).extracting(Alert::name).doesNotContain("memory-over-bound");
    }

    @Test
    void watchdog_lockNeverGivenBack_alertsAndShowsInTheStats() throws InterruptedException {
        startWithDevice();
        engine.pass(Duration.ofSeconds(10));
        assertThat(engine.gauge("lock_faults")).isZero();
        Thread mortal =
                new Thread(() -> engine.host.life().watchdog().lock("planted").lock(), "mortal");
        mortal.start();
        mortal.join();
        assertThat(engine.gauge("locks_held")).isEqualTo(1);
        engine.pass(Duration.ofSeconds(1));
        engine.host.runPending();
        assertThat(engine.alerts)
                .filteredOn(alert -> alert.name().equals("lock-forgotten"))
                .singleElement()
                .satisfies(alert -> {
                    assertThat(alert.subject()).isEqualTo("planted");
                    assertThat(alert.detail()).contains("mortal", "EngineFiguresTest.java:");
                });
        assertThat(engine.gauge("lock_faults")).isEqualTo(1);
    }
}
