// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.engine.EngineOperations.Coverage;
import io.cdnrefresh.engine.EngineOperations.DeviceRow;
import io.cdnrefresh.engine.EngineOperations.DryRun;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a tenant sees of devices: groups and counts, never the names of nodes. */
final class TenantViews {
    private TenantViews() {}

    private static final class Group {
        private final Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
        private int devices;
        private int owed;
        private long exceptions;
    }

    static void devices(JsonWriter json, List<DeviceRow> rows) {
        Map<String, Group> groups = new TreeMap<>();
        for (DeviceRow row : rows) {
            Group group = groups.computeIfAbsent(row.device().group(), name -> new Group());
            group.devices++;
            group.owed += row.isOwed() ? 1 : 0;
            group.exceptions += row.exceptions().size();
            group.outcomes.merge(row.outcome(), 1, Integer::sum);
        }
        json.field("groups").beginArray();
        groups.forEach((name, group) -> {
            json.beginObject();
            json.field("group").value(name);
            json.field("devices").value(group.devices);
            json.field("owed").value(group.owed);
            json.field("exceptions").value(group.exceptions);
            json.field("outcomes").beginObject();
            group.outcomes.forEach(
                    (outcome, count) -> json.field(outcome.name()).value(count));
            json.endObject();
            json.endObject();
        });
        json.endArray();
        TaskViews.next(json, -1);
    }

    static void coverage(JsonWriter json, Target url, List<Coverage> tasks) {
        json.field("url").value(url.identity());
        json.field("tasks").beginArray();
        for (Coverage coverage : tasks) {
            json.beginObject();
            TaskViews.row(json, coverage.view());
            json.field("applied").value(coverage.appliedOn().size());
            json.endObject();
        }
        json.endArray();
    }

    static void dryRun(JsonWriter json, RefreshTask task, DryRun run, List<Fault> invalid) {
        json.field("dryRun").value(true);
        json.field("targets").value(task.targets().size());
        asked(json, run);
        Fault.write(json, "invalid", invalid);
    }

    /** How many devices of which groups are asked, and for which keys. */
    static void asked(JsonWriter json, DryRun run) {
        Map<String, Integer> groups = new TreeMap<>();
        for (Device device : run.devices()) {
            groups.merge(device.group(), 1, Integer::sum);
        }
        json.field("groups").beginArray();
        groups.forEach((name, count) -> {
            json.beginObject();
            json.field("group").value(name);
            json.field("devices").value(count);
            json.endObject();
        });
        json.endArray();
        TaskViews.keys(json, run);
    }
}
