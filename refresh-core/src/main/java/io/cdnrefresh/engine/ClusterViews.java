// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.engine.EngineOperations.DeviceView;
import io.cdnrefresh.engine.Relay.Part;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.stats.Rates;
import io.cdnrefresh.stats.StatsSnapshot;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Answers for all engines: this engine's own part and those that the others have sent. Stateless. */
final class ClusterViews {
    /** Figures that all engines read in one place: the highest counts. */
    private static final Set<String> SHARED = Set.of("pauses");
    /** Yes or no: no if one says so. */
    private static final Set<String> WORST = Set.of("store_durable");

    private ClusterViews() {}

    /** Sums, the network as all see it, and who is in them. */
    static void stats(JsonWriter json, StatsSnapshot own, FleetView fleet, List<Part> parts) {
        List<Map<String, Object>> others = new ArrayList<>();
        for (Part part : parts) {
            ApiResponse answer = part.answer();
            if (answer != null) {
                Map<String, Object> sent = PartJson.object(answer.body());
                // what was asked for events has them as a text
                others.add(
                        sent.get("stats") instanceof String text
                                ? PartJson.object(text.getBytes(StandardCharsets.UTF_8))
                                : sent);
            }
        }
        RegistryViews.stats(json, sum(own, others));
        engines(json, parts);
        json.field("fleet").beginObject();
        fleet.with(others.stream()
                        .map(other -> PartJson.object(other.get("fleet")))
                        .toList())
                .write(json);
        json.endObject();
    }

    static StatsSnapshot sum(StatsSnapshot own, List<Map<String, Object>> others) {
        Map<String, Long> numbers = new LinkedHashMap<>(own.numbers());
        Map<String, Rates> meters = new LinkedHashMap<>(own.meters());
        for (Map<String, Object> other : others) {
            other.forEach((name, value) -> {
                if (meters.containsKey(name)) {
                    meters.computeIfPresent(name, (same, sum) -> sum(sum, PartJson.object(value)));
                } else if (numbers.containsKey(name) && value instanceof BigDecimal number) {
                    numbers.merge(name, number.longValue(), (sum, more) -> merged(name, sum, more));
                }
            });
        }
        return new StatsSnapshot(own.at(), numbers, meters);
    }

    private static long merged(String name, long sum, long more) {
        if (WORST.contains(name)) {
            return Math.min(sum, more);
        }
        return SHARED.contains(name) ? Math.max(sum, more) : sum + more;
    }

    private static Rates sum(Rates sum, Map<String, Object> more) {
        return new Rates(
                sum.m1() + PartJson.decimal(more.get("1m")),
                sum.m5() + PartJson.decimal(more.get("5m")),
                sum.m15() + PartJson.decimal(more.get("15m")),
                sum.avg() + PartJson.decimal(more.get("avg")),
                sum.count() + PartJson.number(more.get("count")));
    }

    /** Each engine that holds a lease, and whether its part is in the answer. */
    private static void engines(JsonWriter json, List<Part> parts) {
        if (parts.isEmpty()) {
            return; // asked for this engine alone
        }
        json.field("engines").beginArray();
        for (Part part : parts) {
            json.beginObject();
            json.field("engine").value(part.engine().engine());
            json.field("epoch").value(part.engine().epoch());
            json.field("answered").value(part.isKnown());
            json.endObject();
        }
        json.endArray();
    }

    /** The devices with what every engine knows of its own link to each, and who is in it. */
    static void devices(JsonWriter json, List<DeviceView> own, List<Part> parts) {
        Map<String, DeviceView> byId = new HashMap<>();
        own.forEach(view -> byId.put(view.device().id(), view));
        for (Part part : parts) {
            ApiResponse answer = part.answer();
            if (answer != null) {
                for (Map<String, Object> other :
                        PartJson.objects(PartJson.object(answer.body()).get("devices"))) {
                    byId.computeIfPresent(String.valueOf(other.get("id")), (id, view) -> merged(view, other));
                }
            }
        }
        RegistryViews.devices(
                json, own.stream().map(view -> byId.get(view.device().id())).toList());
        engines(json, parts);
    }

    private static DeviceView merged(DeviceView view, Map<String, Object> other) {
        boolean isConnected = is(other, "connected");
        boolean isCaughtUp = view.isConnected() && isConnected
                ? view.isCaughtUp() && is(other, "caughtUp")
                : view.isCaughtUp() || is(other, "caughtUp");
        return new DeviceView(
                view.device(),
                view.isConnected() || isConnected,
                view.isReady() || is(other, "ready"),
                isCaughtUp,
                view.isSlow() || "slow".equals(other.get("pace")),
                view.underWay() + PartJson.number(other.get("underWay")),
                view.behind() + PartJson.number(other.get("behind")),
                Math.max(view.parked(), PartJson.number(other.get("parked"))),
                Math.max(view.lagMillis(), PartJson.number(other.get("lagMillis"))),
                (int) Math.max(view.cachesDown(), PartJson.number(other.get("cachesDown"))),
                (int) Math.max(view.needsWipe(), PartJson.number(other.get("needsWipe"))));
    }

    private static boolean is(Map<String, Object> device, String name) {
        return Boolean.TRUE.equals(device.get(name));
    }
}
