// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.engine.EngineOperations.Submission;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.Metric;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each figure for the monitoring system moves when what it tells of happens. */
class EngineMetricsTest {
    private final EngineByHand engine = new EngineByHand(EngineOptions.DEFAULTS.toBuilder()
            .maxTasks(2)
            .grace(Duration.ofSeconds(5))
            .offlineAfter(Duration.ofSeconds(10)));

    @BeforeEach
    void start() {
        engine.host.start();
        engine.host.runPending();
        engine.hello("d1", "boot");
        engine.pass(Duration.ofSeconds(2));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private double value(String name, String... labels) {
        for (Metric metric : engine.host.metrics()) {
            for (Metric.Sample sample : metric.samples()) {
                if (name.equals(metric.name() + sample.suffix())
                        && sample.labels().equals(List.of(labels))) {
                    return sample.value();
                }
            }
        }
        throw new AssertionError(name + " " + List.of(labels) + " in " + engine.host.metrics());
    }

    private TaskId submitted(String url) {
        var ticket = engine.submit(url);
        engine.host.runPending();
        return ticket.join().id();
    }

    private double owed() {
        return value("refresh_owed_oldest_seconds", "group", "default");
    }

    @Test
    void owedOldest_deviceThatDoesNothing_growsUntilItHasDoneIt() {
        assertThat(owed()).isZero();
        TaskId id = submitted("http://a.test/x");
        engine.pass(Duration.ofSeconds(40));
        assertThat(owed()).isBetween(39.0, 41.0);
        engine.report(id, 1, true, Outcome.VERIFIED);
        engine.pass(Duration.ofSeconds(2));
        assertThat(owed()).isZero();
    }

    @Test
    void owedOldest_workThatIsParked_counts() {
        submitted("http://a.test/x");
        engine.gone(0);
        engine.pass(Duration.ofMinutes(15));
        assertThat(engine.gauge("tasks_in_cache")).as("parked, not in memory").isZero();
        assertThat(owed()).isBetween(899.0, 901.0);
        assertThat(value("refresh_devices", "state", "offline", "group", "default", "version", "1"))
                .isEqualTo(1);
    }

    @Test
    void lag_reportsOfADevice_areCountedByStageAndGroup() {
        TaskId id = submitted("http://a.test/x");
        assertThat(value("refresh_lag_seconds_count", "stage", "stored", "group", "all"))
                .isEqualTo(1);
        engine.pass(Duration.ofSeconds(4));
        engine.report(id, 1, false, Outcome.PURGED);
        engine.host.runPending();
        assertThat(value("refresh_lag_seconds_count", "stage", "reported", "group", "default"))
                .isEqualTo(1);
        assertThat(value("refresh_lag_seconds_count", "stage", "done", "group", "default"))
                .isZero();
        engine.pass(Duration.ofSeconds(3));
        engine.report(id, 1, true, Outcome.VERIFIED);
        engine.report(id, 1, true, Outcome.VERIFIED);
        engine.host.runPending();
        assertThat(value("refresh_lag_seconds_count", "stage", "done", "group", "default"))
                .as("a repeat is no second one")
                .isEqualTo(1);
        assertThat(value("refresh_lag_seconds_sum", "stage", "done", "group", "default"))
                .isEqualTo(7);
        assertThat(value("refresh_lag_seconds_bucket", "stage", "done", "group", "default", "le", "5"))
                .isZero();
        assertThat(value("refresh_lag_seconds_bucket", "stage", "done", "group", "default", "le", "10"))
                .isEqualTo(1);
        assertThat(value("refresh_lag_seconds_bucket", "stage", "done", "group", "default", "le", "+Inf"))
                .isEqualTo(1);
    }

    @Test
    void quarantined_targetThatADeviceGaveUp_isCounted() {
        TaskId id = submitted("http://a.test/x");
        engine.report(id, 1, true, Outcome.QUARANTINED);
        engine.host.runPending();
        assertThat(value("refresh_quarantined_total")).isEqualTo(1);
    }

    @Test
    void shed_tasksThatAreRefused_areCountedByReason() {
        engine.host.drain("test");
        engine.host.submit(new Submission(RefreshTask.purge("http://a.test/y"), null, Caller.LOCAL), answer -> {});
        assertThat(value("refresh_shed_total", "reason", "draining")).isEqualTo(1);
        assertThat(value("refresh_shed_total", "reason", "store-down")).isZero();
    }

    @Test
    void queues_haveDepthAndBound() {
        var unused = engine.submit("http://a.test/x");
        assertThat(value("refresh_queue_depth", "queue", "input_task_queue")).isEqualTo(1);
        assertThat(value("refresh_queue_bound", "queue", "input_task_queue")).isEqualTo(1_024);
    }

    @Test
    void sources_thatWereAdded_areThere() {
        engine.host.addMetrics(() -> List.of(Metric.counter("refresh_of_the_embedder_total", "Something.", 7)));
        assertThat(value("refresh_of_the_embedder_total")).isEqualTo(7);
    }
}
