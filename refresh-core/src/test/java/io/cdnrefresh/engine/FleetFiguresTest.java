// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.model.TaskId;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FleetFiguresTest {
    private final EngineByHand engine =
            new EngineByHand(EngineOptions.DEFAULTS.toBuilder().maxTasks(1_000).grace(Duration.ofSeconds(5)));

    @AfterEach
    void close() {
        engine.close();
    }

    private void start() {
        engine.host.start();
        engine.host.runPending();
    }

    private void join(String device) {
        engine.hello(device, "boot");
        engine.host.runPending();
    }

    private TaskId submitted(String url) {
        var ticket = engine.submit(url);
        engine.host.runPending();
        return ticket.join().id();
    }

    /** Time goes on and the figures are made anew. */
    private FleetView after(Duration time) {
        engine.clock.advance(time);
        engine.host.runPending();
        return engine.host.fleet();
    }

    private static Lags.Figures lag(FleetView view) {
        return requireNonNull(view.lags().get(Lags.FINAL));
    }

    @Test
    void fleet_beforeTheClaim_isEmpty() {
        assertThat(engine.host.fleet()).isEqualTo(FleetView.EMPTY);
    }

    @Test
    void groups_taskOpenThenDone_oweItThenNothing() {
        start();
        join("d1");
        TaskId id = submitted("http://a.test/x");

        FleetView.Group open = after(Duration.ofSeconds(3)).groups().get(0);
        assertThat(open.group()).isEqualTo("default");
        assertThat(open.devices()).isEqualTo(1);
        assertThat(open.connected()).isEqualTo(1);
        assertThat(open.states()).isEqualTo(Map.of("online", 1));
        assertThat(open.unproven()).isZero();
        assertThat(open.red()).isZero();
        assertThat(open.oldestOwedMillis()).isBetween(3_000L, 3_100L);
        assertThat(engine.host.fleet().tenants()).containsExactly(new FleetView.Tenant("", 1));

        engine.report(id, 1, true, Outcome.VERIFIED);
        engine.host.runPending();
        FleetView settled = after(Duration.ofSeconds(1));
        assertThat(settled.groups().get(0).oldestOwedMillis()).isZero();
        assertThat(lag(settled).count()).isEqualTo(1);
        assertThat(lag(settled).max()).isBetween(3_000L, 3_100L);
        assertThat(lag(after(Duration.ofMinutes(2))).count()).isZero();
    }

    @Test
    void groups_deviceAwayThatOwes_isUnprovenUntilItHasReported() {
        start();
        join("d1");
        engine.gone(0);
        engine.host.runPending();
        assertThat(after(Duration.ofSeconds(1)).groups().get(0).unproven()).isZero();

        TaskId id = submitted("http://a.test/x");
        FleetView.Group away = after(Duration.ofSeconds(2)).groups().get(0);
        assertThat(away.connected()).isZero();
        assertThat(away.unproven()).isEqualTo(1);
        assertThat(away.oldestOwedMillis()).isBetween(2_000L, 2_100L);

        join("d1");
        FleetView.Group back = after(Duration.ofSeconds(1)).groups().get(0);
        assertThat(back.unproven()).isZero();
        assertThat(back.oldestOwedMillis()).isBetween(3_000L, 3_100L);
        engine.report(id, 1, true, Outcome.VERIFIED);
        engine.host.runPending();
        assertThat(after(Duration.ofSeconds(1)).groups().get(0).oldestOwedMillis())
                .isZero();
    }

    @Test
    void groups_deviceThatSaysItDoesNotServe_isRedUntilItSaysOtherwise() {
        start();
        join("d1");
        engine.beat(0, false);
        assertThat(after(Duration.ofSeconds(1)).groups().get(0).red()).isEqualTo(1);

        engine.beat(0, true);
        assertThat(after(Duration.ofSeconds(1)).groups().get(0).red()).isZero();
    }

    @Test
    void paused_rule_isShown() {
        start();
        PauseRule rule = new PauseRule(null, null, "g1", null);
        engine.host.pause(rule, "test", answer -> {});
        engine.host.runPending();

        assertThat(after(Duration.ofSeconds(1)).paused()).containsExactly(rule);
    }

    @Test
    void devices_backlogAndLag_areThoseOfTheFeed() {
        start();
        join("d1");
        submitted("http://a.test/x");
        submitted("http://a.test/y");
        engine.clock.advance(Duration.ofSeconds(4));
        long[] seen = new long[2];
        engine.host.devices(answer -> {
            var value = (EngineOperations.Answer.Value<java.util.List<EngineOperations.DeviceView>>) answer;
            seen[0] = value.value().get(0).behind();
            seen[1] = value.value().get(0).lagMillis();
        });

        assertThat(seen[0]).isEqualTo(2);
        assertThat(seen[1]).isBetween(4_000L, 4_100L);
    }
}
