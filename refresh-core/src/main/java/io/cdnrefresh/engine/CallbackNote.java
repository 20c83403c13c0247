// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.model.CallbackUrl;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.spi.CallbackRow;
import io.cdnrefresh.state.DeviceResults;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a lane leaves for the webhooks of a task that has ended: they are written elsewhere. Immutable.
 *
 * @param progress where the task stands
 * @param task what was asked
 * @param devices whom it was for
 * @param results a copy that stays as it is
 * @param registry who the devices are
 * @param isFinal whether its end is to be told
 * @param isSettled whether it is to be told that nothing is owed any more
 */
record CallbackNote(
        TaskProgress progress,
        RefreshTask task,
        DeviceSet devices,
        DeviceResults results,
        RegistryView registry,
        boolean isFinal,
        boolean isSettled) {
    private static final int MAX_EXCEPTIONS = 100;
    private static final int MAX_TARGET = 1_024;

    static CallbackNote of(
            LiveTask live, TaskProgress progress, RegistryView registry, boolean isFinal, boolean isSettled) {
        return new CallbackNote(
                progress, live.body(), live.devices(), live.results.snapshot(), registry, isFinal, isSettled);
    }

    /** The webhooks, one for each event. */
    List<CallbackRow> rows(Duration patience, Instant now) {
        String url = task.options().callback();
        List<CallbackRow> rows = new ArrayList<>(2);
        if (url == null) {
            return rows;
        }
        Instant finalAt = progress.finalAt();
        Instant settledAt = progress.settledAt();
        if (isFinal && finalAt != null) {
            rows.add(row(CallbackRow.FINAL, url, finalAt, new Span(patience, now)));
        }
        if (isSettled && settledAt != null) {
            rows.add(row(CallbackRow.SETTLED, url, settledAt, new Span(patience, now)));
        }
        return rows;
    }

    private record Span(Duration patience, Instant now) {}

    private CallbackRow row(String event, String url, Instant at, Span span) {
        CallbackRow.Place place = new CallbackRow.Place(
                CallbackUrl.parse(url).place(), url, task.trace(), body(event, at), span.patience);
        return CallbackRow.pending(progress.id(), event, task.tenant(), place, span.now);
    }

    private byte[] body(String event, Instant at) {
        JsonWriter json = new JsonWriter(1_024).beginObject();
        json.field("type").value(event);
        json.field("timestamp").value(at.toString());
        json.field("data").beginObject();
        TaskViews.progress(json, task.kind(), progress);
        json.field("labels").beginObject();
        new TreeMap<>(task.options().labels())
                .forEach((key, value) -> json.field(key).value(value));
        json.endObject();
        exceptions(json);
        json.endObject();
        return json.endObject().toArray();
    }

    /** The first ones; a device on which every target failed alike is one. */
    private void exceptions(JsonWriter json) {
        int[] ordinals = devices.toArray();
        int count = 0;
        json.field("exceptions").beginArray();
        for (int i = 0; i < ordinals.length; i++) {
            Outcome common = results.outcome(i);
            if (!common.satisfies(
                            task.kind(), task.options().mode(), task.options().verify())
                    && count++ < MAX_EXCEPTIONS) {
                exception(json, ordinals[i], null, new TargetResult(0, common, ""));
            }
            for (TargetResult result : results.exceptions(i)) {
                if (count++ < MAX_EXCEPTIONS) {
                    exception(json, ordinals[i], task.targets().get(result.target()), result);
                }
            }
        }
        json.endArray();
        json.field("exceptionsTotal").value(count);
    }

    /** A tenant sees groups, never the names of nodes. */
    private void exception(JsonWriter json, int ordinal, @Nullable Target target, TargetResult result) {
        Device device = registry.device(ordinal);
        json.beginObject();
        if (device != null) {
            json.field("group").value(device.group());
            if (task.tenant().isEmpty()) {
                json.field("device").value(device.id());
            }
        }
        if (target != null) {
            String shown = TaskViews.shown(target);
            json.field("target").value(shown.length() <= MAX_TARGET ? shown : shown.substring(0, MAX_TARGET));
        }
        json.field("outcome").value(result.outcome().name());
        if (!result.reason().isEmpty()) {
            json.field("reason").value(result.reason());
        }
        json.endObject();
    }
}
