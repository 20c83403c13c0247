// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.engine.EngineOperations.Coverage;
import io.cdnrefresh.engine.EngineOperations.DeviceRow;
import io.cdnrefresh.engine.EngineOperations.DryRun;
import io.cdnrefresh.engine.EngineOperations.Page;
import io.cdnrefresh.engine.EngineOperations.TargetRow;
import io.cdnrefresh.engine.EngineOperations.TaskView;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Scope;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.model.TaskProgress.Tally;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Tasks and their results as members of JSON objects. */
final class TaskViews {
    private static final int SHOWN_EXCEPTIONS = 10;
    private static final int SHOWN_DEVICES = 100;

    private TaskViews() {}

    /** A task with everything that was asked. */
    static void full(JsonWriter json, TaskView view) {
        summary(json, view);
        json.field("trace").value(view.task().trace());
        json.field("stages").beginObject();
        view.stages().forEach((stage, at) -> json.field(stage).value(at.toString()));
        json.endObject();
        durations(json, view);
        json.field("task").beginObject();
        request(json, view.task());
        json.endObject();
        if (view.asOf() != null) {
            json.field("asOf").value(view.asOf().toString());
        }
    }

    /** How long it took from each stage to the one after it, in milliseconds. */
    private static void durations(JsonWriter json, TaskView view) {
        json.field("durations").beginObject();
        Instant before = null;
        List<Map.Entry<String, Instant>> inTime = new ArrayList<>(view.stages().entrySet());
        inTime.sort(Map.Entry.comparingByValue());
        for (Map.Entry<String, Instant> stage : inTime) {
            if (before != null) {
                json.field(stage.getKey())
                        .value(Duration.between(before, stage.getValue()).toMillis());
            }
            before = stage.getValue();
        }
        json.endObject();
    }

    /** A task as a row of a list: {@code first} stands for its targets. */
    static void row(JsonWriter json, TaskView view) {
        summary(json, view);
        List<Target> targets = view.task().targets();
        json.field("first").value(targets.isEmpty() ? "" : shown(targets.get(0)));
        json.field("labels").beginObject();
        new TreeMap<>(view.task().options().labels())
                .forEach((key, value) -> json.field(key).value(value));
        json.endObject();
    }

    private static void summary(JsonWriter json, TaskView view) {
        progress(json, view.task().kind(), view.progress());
    }

    /** Where a task stands. */
    static void progress(JsonWriter json, TaskKind kind, TaskProgress progress) {
        json.field("id").value(progress.id().toString());
        json.field("state").value(progress.state().name());
        json.field("type").value(kind.wireName());
        json.field("targets").value(progress.targets());
        json.field("acceptedAt").value(progress.acceptedAt().toString());
        instant(json, "finalAt", progress.finalAt());
        instant(json, "settledAt", progress.settledAt());
        json.field("devices").beginObject();
        tally(json, progress.devices());
        json.endObject();
        json.field("counts").beginObject();
        for (Outcome outcome : Outcome.values()) {
            if (progress.counts().of(outcome) > 0) {
                json.field(outcome.name()).value(progress.counts().of(outcome));
            }
        }
        json.endObject();
    }

    static void tally(JsonWriter json, Tally tally) {
        json.field("total").value(tally.total());
        json.field("serving").value(tally.serving());
        json.field("applied").value(tally.applied());
        json.field("done").value(tally.done());
        json.field("failed").value(tally.failed());
        json.field("owed").value(tally.owed());
        json.field("unproven").value(tally.unproven());
    }

    /** What was asked, in the form in which it could be submitted again. */
    private static void request(JsonWriter json, RefreshTask task) {
        TaskOptions options = task.options();
        json.field("type").value(task.kind().wireName());
        if (!task.tenant().isEmpty()) {
            json.field("tenant").value(task.tenant());
        }
        targets(json, task);
        json.field("mode").value(options.mode().wireName());
        scope(json, options.scope());
        json.field("verify").value(options.verify().wireName());
        json.field("query").value(options.query().wireName());
        json.field("priority").value(options.priority().wireName());
        json.field("spread").value(TimeText.text(options.spread()));
        if (options.after() != null) {
            json.field("after").value(options.after().toString());
            json.field("afterOn").value(options.afterOn().wireName());
        }
        if (options.notBefore() != null) {
            json.field("notBefore").value(options.notBefore().toString());
        }
        json.field("deadline").value(TimeText.text(options.deadline()));
        if (options.callback() != null) {
            json.field("callback").value(options.callback());
        }
        json.field("labels").beginObject();
        new TreeMap<>(options.labels()).forEach((key, value) -> json.field(key).value(value));
        json.endObject();
        if (!options.headers().isEmpty()) {
            strings(json, "headers", options.headers());
        }
        PreloadFields.write(json, options.preload());
    }

    private static void targets(JsonWriter json, RefreshTask task) {
        if (task.kind() == TaskKind.ALL) {
            json.field("confirm").value("all");
            return;
        }
        if (task.kind() == TaskKind.TAG) {
            Set<String> tags = new LinkedHashSet<>();
            Set<String> hosts = new LinkedHashSet<>();
            for (Target target : task.targets()) {
                tags.add(target.path());
                hosts.add(target.host());
            }
            strings(json, "targets", tags);
            strings(json, "hosts", hosts);
            return;
        }
        json.field("targets").beginArray();
        for (Target target : task.targets()) {
            if (task.kind() == TaskKind.REGEX) {
                json.beginObject().field("host").value(target.host());
                json.field("pattern").value(target.path()).endObject();
            } else {
                json.value(target.wire());
            }
        }
        json.endArray();
    }

    private static void scope(JsonWriter json, Scope scope) {
        json.field("scope");
        if (scope.equals(Scope.ALL)) {
            json.value("all");
            return;
        }
        json.beginObject();
        strings(json, "groups", scope.groups());
        strings(json, "tiers", scope.tiers());
        strings(json, "devices", scope.devices());
        strings(json, "exclude", scope.exclude());
        json.endObject();
    }

    /** A scope as the JSON that it was sent as. */
    static String shown(Scope scope) {
        JsonWriter json = new JsonWriter(64).beginObject();
        scope(json, scope);
        return new String(json.endObject().toArray(), StandardCharsets.UTF_8);
    }

    static void strings(JsonWriter json, String field, Iterable<String> values) {
        json.field(field).beginArray();
        values.forEach(json::value);
        json.endArray();
    }

    private static void instant(JsonWriter json, String field, @Nullable Instant at) {
        json.field(field);
        if (at == null) {
            json.nullValue();
        } else {
            json.value(at.toString());
        }
    }

    /** A target in one text: the URL, or the host and what is meant of it. */
    static String shown(Target target) {
        boolean isUrl = target.path().isEmpty() || target.path().startsWith("/");
        return isUrl ? target.wire() : target.host() + " " + target.path();
    }

    static void tasks(JsonWriter json, Page<TaskView> page) {
        json.field("tasks").beginArray();
        for (TaskView view : page.rows()) {
            json.beginObject();
            row(json, view);
            json.endObject();
        }
        json.endArray();
        next(json, page.next());
    }

    static void devices(JsonWriter json, Page<DeviceRow> page) {
        json.field("devices").beginArray();
        for (DeviceRow row : page.rows()) {
            Device device = row.device();
            json.beginObject();
            json.field("device").value(device.id());
            json.field("group").value(device.group());
            json.field("tier").value(device.tier());
            json.field("state").value(device.state().wireName());
            json.field("outcome").value(row.outcome().name());
            json.field("owed").value(row.isOwed());
            json.field("exceptions").value(row.exceptions().size());
            json.field("results").beginArray();
            for (int i = 0; i < Math.min(SHOWN_EXCEPTIONS, row.exceptions().size()); i++) {
                json.beginObject();
                result(json, row.exceptions().get(i));
                json.endObject();
            }
            json.endArray().endObject();
        }
        json.endArray();
        next(json, page.next());
    }

    static void targets(JsonWriter json, String device, List<TargetRow> rows) {
        json.field("device").value(device);
        json.field("targets").beginArray();
        for (TargetRow row : rows) {
            json.beginObject();
            result(json, row.result());
            json.field("target").value(shown(row.target()));
            json.endObject();
        }
        json.endArray();
    }

    private static void result(JsonWriter json, TargetResult result) {
        json.field("index").value(result.target());
        json.field("outcome").value(result.outcome().name());
        json.field("reason").value(result.reason());
    }

    static void next(JsonWriter json, long next) {
        json.field("next");
        if (next < 0) {
            json.nullValue();
        } else {
            json.value(QueryParameters.cursorText(next));
        }
    }

    static void coverage(JsonWriter json, Target url, List<Coverage> tasks) {
        json.field("url").value(url.identity());
        json.field("tasks").beginArray();
        for (Coverage coverage : tasks) {
            json.beginObject();
            row(json, coverage.view());
            List<String> devices = coverage.appliedOn();
            strings(json, "appliedOn", devices.subList(0, Math.min(SHOWN_DEVICES, devices.size())));
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

    /** Which devices are asked, and for which keys. */
    static void asked(JsonWriter json, DryRun run) {
        json.field("devices").beginArray();
        for (Device device : run.devices()) {
            json.beginObject();
            RegistryViews.device(json, device);
            json.endObject();
        }
        json.endArray();
        keys(json, run);
    }

    static void keys(JsonWriter json, DryRun run) {
        json.field("keys").beginArray();
        for (int i = 0; i < run.keys().size(); i++) {
            json.beginObject();
            json.field("index").value(i);
            strings(json, "keys", run.keys().get(i));
            json.endObject();
        }
        json.endArray();
    }
}
