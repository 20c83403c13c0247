// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.engine.EngineOperations.DeviceView;
import io.cdnrefresh.limit.Allowance;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.Reload;
import io.cdnrefresh.stats.EngineStats;
import io.cdnrefresh.stats.StatsSnapshot;
import java.util.List;

/** Devices, hosts, pauses and figures as members of JSON objects. */
final class RegistryViews {
    private RegistryViews() {}

    static void devices(JsonWriter json, List<DeviceView> devices) {
        json.field("devices").beginArray();
        for (DeviceView view : devices) {
            json.beginObject();
            device(json, view.device());
            json.field("connected").value(view.isConnected());
            json.field("ready").value(view.isReady());
            json.field("caughtUp").value(view.isCaughtUp());
            json.field("pace").value(view.isSlow() ? "slow" : "fast");
            json.field("underWay").value(view.underWay());
            json.field("behind").value(view.behind());
            json.field("parked").value(view.parked());
            json.field("lagMillis").value(view.lagMillis());
            json.field("cachesDown").value(view.cachesDown());
            json.field("needsWipe").value(view.needsWipe());
            json.endObject();
        }
        json.endArray();
    }

    static void device(JsonWriter json, Device device) {
        json.field("id").value(device.id());
        json.field("group").value(device.group());
        json.field("tier").value(device.tier());
        json.field("state").value(device.state().wireName());
        json.field("version").value(device.version());
        json.field("since").value(device.since().toString());
        Device.Hold hold = device.hold();
        if (hold != null) {
            json.field("reason").value(hold.reason());
            if (hold.until() != null) {
                json.field("until").value(hold.until().toString());
            }
        }
    }

    static void hosts(JsonWriter json, List<HostRule> rules) {
        json.field("hosts").beginArray();
        for (HostRule rule : rules) {
            json.beginObject();
            host(json, rule);
            json.endObject();
        }
        json.endArray();
    }

    static void quota(JsonWriter json, List<Allowance.State> states) {
        json.field("limits").beginArray();
        for (Allowance.State state : states) {
            json.beginObject();
            json.field("of").value(state.subject());
            json.field("limit").value(state.limit().count());
            json.field("windowSeconds").value(state.limit().window().toSeconds());
            json.field("left").value(state.left());
            json.field("resetSeconds").value((state.resetMillis() + 999) / 1_000);
            json.endObject();
        }
        json.endArray();
    }

    /** What came of reading the configuration anew; 422 with every fault if it is wrong. */
    static ApiResponse reload(Reload.Result result) {
        if (result.faults().isEmpty()) {
            return Replies.object(200, json -> {
                TaskViews.strings(json, "changed", result.changed());
                TaskViews.strings(json, "needRestart", result.refused());
            });
        }
        Fault[] faults = result.faults().stream()
                .map(fault -> Fault.of(
                        fault.key(), fault.value(), Fault.BAD_VALUE, fault.expected() + " at " + fault.place()))
                .toArray(Fault[]::new);
        return Problem.of(422, "wrong-configuration", "The configuration is wrong", "nothing was changed", faults)
                .toResponse();
    }

    static void host(JsonWriter json, HostRule rule) {
        json.field("host").value(rule.host());
        json.field("tenant").value(rule.tenant());
        TaskViews.strings(json, "groups", rule.groups());
        json.field("keyTemplate").value(rule.keyTemplate());
        TaskViews.strings(json, "variants", rule.variants());
        TaskViews.strings(json, "schemes", rule.schemes());
    }

    static void pauses(JsonWriter json, List<PauseRule> rules) {
        json.field("paused").beginArray();
        for (PauseRule rule : rules) {
            json.beginObject();
            if (rule.tenant() != null) {
                json.field("tenant").value(rule.tenant());
            }
            if (rule.type() != null) {
                json.field("type").value(rule.type().wireName());
            }
            if (rule.group() != null) {
                json.field("group").value(rule.group());
            }
            if (rule.id() != null) {
                json.field("id").value(rule.id().toString());
            }
            json.endObject();
        }
        json.endArray();
    }

    static void stats(JsonWriter json, StatsSnapshot stats) {
        stats.numbers().forEach((name, value) -> json.field(name).value(value));
        json.field(EngineStats.TIMESTAMP).value(stats.at().toEpochMilli());
        stats.meters().forEach((name, rates) -> {
            json.field(name).beginObject();
            json.field("1m").value(rates.m1());
            json.field("5m").value(rates.m5());
            json.field("15m").value(rates.m15());
            json.field("avg").value(rates.avg());
            json.field("count").value(rates.count());
            json.endObject();
        });
    }
}
