// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.Metric.Kind;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.stats.StatsRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is known of the devices as a whole. Counted once a second on a timer's thread; who asks reads the last count.
 * Thread-safe.
 */
final class FleetMetrics {
    /** States, groups and versions that are told apart; what is above it is left out. */
    private static final int MAX_SERIES = 2_000;

    private record Health(boolean isReady, long skewMillis) {}

    private record Count(
            Map<List<String>, Integer> devices, Map<String, Double> gated, Map<String, Long> oldestMillis) {}

    private final EngineClock clock;
    private final Map<Integer, Health> heard = new ConcurrentHashMap<>();
    private volatile Count count = new Count(Map.of(), Map.of(), Map.of());

    FleetMetrics(EngineClock clock) {
        this.clock = clock;
    }

    void heartbeat(int device, ProxyHealth health) {
        long skew = health.now().toEpochMilli() - clock.now().toEpochMilli();
        heard.put(device, new Health(health.isReady(), skew));
    }

    void gone(int device) {
        heard.remove(device);
    }

    /** Counts anew. One thread at a time; does not block. */
    void count(RegistryView registry, Lane[] lanes, ParkedSince parked) {
        Map<List<String>, Integer> devices = new HashMap<>();
        Map<String, int[]> byGroup = new TreeMap<>();
        for (Device device : registry.devices()) {
            if (device.state() == DeviceState.REMOVED) {
                continue;
            }
            List<String> kind = List.of(device.state().wireName(), device.group(), device.version());
            if (devices.size() < MAX_SERIES || devices.containsKey(kind)) {
                devices.merge(kind, 1, Integer::sum);
            }
            int[] group = byGroup.computeIfAbsent(device.group(), any -> new int[2]);
            Health health = heard.get(device.ordinal());
            group[0] += health != null && !health.isReady ? 1 : 0;
            group[1]++;
        }
        Map<String, Double> gated = new TreeMap<>();
        byGroup.forEach((name, group) -> gated.put(name, (double) group[0] / group[1]));
        Map<String, Long> oldest = new TreeMap<>();
        parked.byGroup().forEach((group, millis) -> oldest.merge(group, millis, Math::min));
        for (Lane lane : lanes) {
            lane.figures().debt().oldest().forEach((group, millis) -> oldest.merge(group, millis, Math::min));
            lane.queue().offer(own -> own.figures().debt().step(registry));
        }
        count = new Count(devices, gated, oldest);
    }

    /** Shows the sums of all groups in the stats. */
    void register(StatsRegistry stats) {
        stats.gauge("owed_oldest_seconds", () -> {
            long now = clock.now().toEpochMilli();
            return count.oldestMillis.values().stream()
                    .mapToLong(oldest -> Math.max(0, now - oldest) / 1_000)
                    .max()
                    .orElse(0);
        });
        stats.gauge(
                "devices_gated",
                () -> heard.values().stream().filter(health -> !health.isReady).count());
        stats.gauge("clock_skew_millis", this::worstSkewMillis);
    }

    private long worstSkewMillis() {
        return heard.values().stream()
                .mapToLong(health -> Math.abs(health.skewMillis))
                .max()
                .orElse(0);
    }

    void addTo(List<Metric> metrics) {
        Count last = count;
        Metric.Builder devices = Metric.of(
                "refresh_devices",
                Kind.GAUGE,
                "Devices by state, group and version of their proxy; removed ones are not.");
        last.devices.forEach((kind, number) ->
                devices.add(number, "state", kind.get(0), "group", kind.get(1), "version", kind.get(2)));
        metrics.add(devices.build());
        Metric.Builder gated = Metric.of(
                "refresh_gated_ratio",
                Kind.GAUGE,
                "The share of a group's devices, 0 to 1, whose proxy says that it is not ready to serve.");
        last.gated.forEach((group, ratio) -> gated.add(ratio, "group", group));
        metrics.add(gated.build());
        Metric.Builder owed = Metric.of(
                "refresh_owed_oldest_seconds",
                Kind.GAUGE,
                "The age of the oldest refresh that a device of the group has not done, parked ones included.");
        long now = clock.now().toEpochMilli();
        TreeSet<String> groups = new TreeSet<>(last.gated.keySet());
        groups.addAll(last.oldestMillis.keySet());
        for (String group : groups) {
            Long oldest = last.oldestMillis.get(group);
            owed.add(oldest == null ? 0 : Math.max(0, now - oldest) / 1_000.0, "group", group);
        }
        metrics.add(owed.build());
        metrics.add(Metric.gauge(
                "refresh_clock_skew_seconds",
                "How far the clock of a connected device is from this engine's, the worst of all.",
                worstSkewMillis() / 1_000.0));
    }
}
