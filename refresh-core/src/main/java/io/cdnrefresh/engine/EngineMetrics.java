// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.LaneFigures.Counts;
import io.cdnrefresh.engine.LaneFigures.Stage;
import io.cdnrefresh.model.EngineState;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.Metric.Kind;
import io.cdnrefresh.spi.MetricSource;
import io.cdnrefresh.stats.EngineStats;
import io.cdnrefresh.stats.StatsSnapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The figures of an engine for a monitoring system. Thread-safe; reads counters and the last counts, waits for nobody. */
final class EngineMetrics implements MetricSource {
    /** Figures of the stats that only rise, and what they are called here. */
    private static final Map<String, String[]> COUNTERS = Map.ofEntries(
            counter("alerts_dropped", "refresh_alerts_dropped_total", "Alerts that found their queue full."),
            counter("events_dropped", "refresh_events_dropped_total", "Events that subscribers missed."),
            counter("queries_refused", "refresh_queries_refused_total", "Reads of the store refused: too many waited."),
            counter("listener_failures", "refresh_listener_failures_total", "Failures of completion listeners."),
            counter("stage_refused", "refresh_stage_refused_total", "Events that a full stage did not take."),
            counter("stage_failures", "refresh_stage_failures_total", "Failures in stages: faults of this software."),
            counter("lock_faults", "refresh_lock_faults_total", "Faults of locks that were found."),
            counter("memory_faults", "refresh_memory_faults_total", "Times that a queue was too full or grew."),
            counter("leader_refused", "refresh_leader_refused_total", "Leader's work refused for want of the lead."),
            counter("tasks_taken_over", "refresh_tasks_taken_over_total", "Tasks taken over from dead engines."),
            counter("commands_merged", "refresh_commands_merged_total", "Commands that went with an equal one."),
            counter(
                    "backlog_collapsed",
                    "refresh_backlog_collapsed_total",
                    "Parked tasks that went back as prefixes or hosts."),
            counter(
                    "fence_rejected",
                    "refresh_fence_rejected_total",
                    "Writes, links and commands refused because a newer life of their engine exists."));

    /** Figures of the stats that are told by group, or in seconds, elsewhere. */
    private static final Set<String> TOLD = Set.of("owed_oldest_seconds", "devices_gated", "clock_skew_millis");

    private static final String BOUND = "_bound";
    /** Gauges whose names say enough. */
    private static final Set<String> PLAIN = Set.of("pauses", "store_durable", "locks_held", "locks_wanted");

    private final Supplier<StatsSnapshot> stats;
    private final Supplier<EngineState> state;
    private final Supplier<@Nullable EngineCore> core;
    private final FleetMetrics fleet;
    private final Shed shed = new Shed();
    private final List<MetricSource> others = new CopyOnWriteArrayList<>();

    EngineMetrics(EngineLifecycle life, Supplier<StatsSnapshot> stats) {
        this.stats = stats;
        state = life::state;
        core = life::core;
        fleet = life.devices().fleet();
    }

    private static Map.Entry<String, String[]> counter(String stat, String name, String help) {
        return Map.entry(stat, new String[] {name, help});
    }

    /** What counts the tasks that are refused. */
    Shed shed() {
        return shed;
    }

    void add(MetricSource source) {
        others.add(source);
    }

    @Override
    public List<Metric> metrics() {
        List<Metric> metrics = new ArrayList<>();
        Metric.Builder up = Metric.of("refresh_engine_state", Kind.GAUGE, "1 for the state in which the engine is.");
        for (EngineState each : EngineState.values()) {
            up.add(each == state.get() ? 1 : 0, "state", each.name().toLowerCase(Locale.ROOT));
        }
        metrics.add(up.build());
        EngineCore running = core.get();
        Lane[] lanes = running == null ? new Lane[0] : running.lanes;
        metrics.add(lag(lanes));
        fleet.addTo(metrics);
        shed.addTo(metrics);
        long quarantined = 0;
        for (Lane lane : lanes) {
            quarantined += lane.figures().quarantined();
        }
        metrics.add(Metric.counter(
                "refresh_quarantined_total", "Commands that a device gave up for their danger to it.", quarantined));
        addStats(metrics, stats.get());
        others.forEach(source -> metrics.addAll(source.metrics()));
        return metrics;
    }

    private static Metric lag(Lane[] lanes) {
        Metric.Builder lag = Metric.of(
                "refresh_lag_seconds",
                Kind.HISTOGRAM,
                "From a task's acceptance, or its notBefore, to each stage; one count a task, or a task and device.");
        Map<String, List<Counts[]>> groups = new TreeMap<>();
        for (Lane lane : lanes) {
            lane.figures()
                    .groups()
                    .forEach((group, counts) -> groups.computeIfAbsent(group, any -> new ArrayList<>())
                            .add(counts));
        }
        groups.forEach((group, all) -> {
            for (Stage stage : Stage.values()) {
                lag(lag, stage, group, all);
            }
        });
        return lag.build();
    }

    private static void lag(Metric.Builder lag, Stage stage, String group, List<Counts[]> all) {
        long[] sums = new long[LaneFigures.BOUNDS.length + 1];
        double seconds = 0;
        for (Counts[] counts : all) {
            counts[stage.place].addTo(sums);
            seconds += counts[stage.place].seconds();
        }
        String name = stage.name().toLowerCase(Locale.ROOT);
        long below = 0;
        for (int i = 0; i < sums.length; i++) {
            below += sums[i];
            String bound = i == LaneFigures.BOUNDS.length ? "+Inf" : shown(LaneFigures.BOUNDS[i]);
            lag.part("_bucket", below, "stage", name, "group", group, "le", bound);
        }
        lag.part("_sum", seconds, "stage", name, "group", group);
        lag.part("_count", below, "stage", name, "group", group);
    }

    private static String shown(double bound) {
        return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
    }

    private static void addStats(List<Metric> metrics, StatsSnapshot snapshot) {
        Map<String, Long> left = new HashMap<>(snapshot.numbers());
        left.keySet().removeAll(TOLD);
        COUNTERS.forEach((stat, counter) -> {
            Long value = left.remove(stat);
            metrics.add(Metric.counter(counter[0], counter[1], value == null ? 0 : value));
        });
        Metric.Builder depth = Metric.of("refresh_queue_depth", Kind.GAUGE, "What is in a queue or map now.");
        Metric.Builder bound = Metric.of("refresh_queue_bound", Kind.GAUGE, "What a queue or map never exceeds.");
        Metric.Builder other = Metric.of("refresh_engine_figure", Kind.GAUGE, "Other figures of the stats, by name.");
        for (String name : snapshot.numbers().keySet()) {
            Long most = left.remove(name + BOUND);
            Long value = left.get(name);
            if (most != null && value != null) {
                left.remove(name);
                depth.add(value, "queue", name);
                bound.add(most, "queue", name);
            }
        }
        metrics.add(depth.build());
        metrics.add(bound.build());
        for (String name : PLAIN) {
            Long value = left.remove(name);
            metrics.add(Metric.gauge(
                    "refresh_" + name, "The figure " + name + " of the stats.", value == null ? 0 : value));
        }
        new TreeMap<>(left).forEach((name, value) -> other.add(value, "figure", name));
        metrics.add(other.build());
        metrics.add(
                Metric.counter("refresh_reports_total", "Reports of proxies.", count(snapshot, EngineStats.QPS_PROXY)));
        metrics.add(Metric.counter(
                "refresh_requests_total", "Requests of clients.", count(snapshot, EngineStats.QPS_BOSS)));
    }

    private static long count(StatsSnapshot snapshot, String meter) {
        var rates = snapshot.meters().get(meter);
        return rates == null ? 0 : rates.count();
    }
}
