// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.spi.Membership.Member;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the network stands, in a few lines: for people. Immutable.
 *
 * @param self as whom this engine acts; null before it has its claim
 * @param isLeader whether it leads
 * @param engines all that hold a lease
 * @param groups those with the oldest debt first, at most {@value FleetFigures#SHOWN_GROUPS}
 * @param tenants those with most tasks in memory first, at most {@value FleetFigures#SHOWN_TENANTS}
 * @param paused what is not pushed
 * @param lags how long tasks took in the last minute
 */
record FleetView(
        @Nullable EngineEpoch self,
        boolean isLeader,
        List<Member> engines,
        List<Group> groups,
        List<Tenant> tenants,
        List<PauseRule> paused,
        Map<String, Lags.Figures> lags) {
    static final FleetView EMPTY = new FleetView(null, false, List.of(), List.of(), List.of(), List.of(), Map.of());

    /**
     * One group of devices.
     *
     * @param devices all but those removed
     * @param connected those that have a link to this engine
     * @param red connected ones that serve no clients until they have caught up
     * @param states how many are in which state, by the word of the API
     * @param unproven those that are away and owe something: they may still serve what was purged
     * @param oldestOwedMillis how old the oldest is that one of them has not reported; 0 = nothing is owed
     */
    record Group(
            String group,
            int devices,
            int connected,
            int red,
            Map<String, Integer> states,
            int unproven,
            long oldestOwedMillis) {
        /** Devices are the same for all engines, and most are linked to all: the highest counts. */
        Group with(Map<String, Object> other) {
            return new Group(
                    group,
                    devices,
                    Math.max(connected, (int) PartJson.number(other.get("connected"))),
                    Math.max(red, (int) PartJson.number(other.get("red"))),
                    states,
                    Math.max(unproven, (int) PartJson.number(other.get("unproven"))),
                    Math.max(oldestOwedMillis, PartJson.number(other.get("oldestOwedMillis"))));
        }
    }

    /** One tenant and how many tasks it has in memory. */
    record Tenant(String tenant, int tasks) {}

    /**
     * The same with what other engines see: of groups and lags the worst, of tenants the sums.
     *
     * @param others what their {@link #write} has written
     */
    FleetView with(List<Map<String, Object>> others) {
        if (others.isEmpty()) {
            return this;
        }
        Map<String, Group> groupByName = new LinkedHashMap<>();
        groups.forEach(group -> groupByName.put(group.group, group));
        Map<String, Integer> tasks = new LinkedHashMap<>();
        tenants.forEach(tenant -> tasks.put(tenant.tenant, tenant.tasks));
        Map<String, Lags.Figures> worst = new LinkedHashMap<>(lags);
        for (Map<String, Object> other : others) {
            for (Map<String, Object> group : PartJson.objects(other.get("groups"))) {
                groupByName.computeIfPresent(String.valueOf(group.get("group")), (name, own) -> own.with(group));
            }
            for (Map<String, Object> tenant : PartJson.objects(other.get("tenants"))) {
                tasks.merge(
                        String.valueOf(tenant.get("tenant")), (int) PartJson.number(tenant.get("tasks")), Integer::sum);
            }
            Map<String, Object> theirs = PartJson.object(other.get("lagMillis"));
            worst.replaceAll((stage, own) -> worse(own, PartJson.object(theirs.get(stage))));
        }
        return new FleetView(
                self,
                isLeader,
                engines,
                groupByName.values().stream()
                        .sorted(Comparator.comparingLong(Group::oldestOwedMillis)
                                .reversed())
                        .toList(),
                tasks.entrySet().stream()
                        .map(each -> new Tenant(each.getKey(), each.getValue()))
                        .sorted(Comparator.comparingInt(Tenant::tasks).reversed())
                        .limit(FleetFigures.SHOWN_TENANTS)
                        .toList(),
                paused,
                worst);
    }

    private static Lags.Figures worse(Lags.Figures own, Map<String, Object> other) {
        return new Lags.Figures(
                own.count() + PartJson.number(other.get("count")),
                Math.max(own.p50(), PartJson.number(other.get("p50"))),
                Math.max(own.p90(), PartJson.number(other.get("p90"))),
                Math.max(own.p99(), PartJson.number(other.get("p99"))),
                Math.max(own.max(), PartJson.number(other.get("max"))));
    }

    void write(JsonWriter json) {
        if (self != null) {
            json.field("engine").value(self.engine());
            json.field("epoch").value(self.epoch());
        }
        json.field("leader").value(isLeader);
        json.field("engines").beginArray();
        for (Member member : engines) {
            json.beginObject();
            json.field("engine").value(member.engine().engine());
            json.field("epoch").value(member.engine().epoch());
            json.field("address").value(member.apiAddress());
            json.field("version").value(member.version());
            json.field("tasks").value(member.load());
            json.endObject();
        }
        json.endArray();
        json.field("groups").beginArray();
        groups.forEach(group -> write(json, group));
        json.endArray();
        json.field("tenants").beginArray();
        for (Tenant tenant : tenants) {
            json.beginObject();
            json.field("tenant").value(tenant.tenant);
            json.field("tasks").value(tenant.tasks);
            json.endObject();
        }
        json.endArray();
        RegistryViews.pauses(json, paused);
        json.field("lagMillis").beginObject();
        lags.forEach((stage, figures) -> {
            json.field(stage).beginObject();
            json.field("count").value(figures.count());
            json.field("p50").value(figures.p50());
            json.field("p90").value(figures.p90());
            json.field("p99").value(figures.p99());
            json.field("max").value(figures.max());
            json.endObject();
        });
        json.endObject();
    }

    private static void write(JsonWriter json, Group group) {
        json.beginObject();
        json.field("group").value(group.group);
        json.field("devices").value(group.devices);
        json.field("connected").value(group.connected);
        json.field("red").value(group.red);
        json.field("states").beginObject();
        group.states.forEach((state, count) -> json.field(state).value(count));
        json.endObject();
        json.field("unproven").value(group.unproven);
        json.field("oldestOwedMillis").value(group.oldestOwedMillis);
        json.endObject();
    }
}
