// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import io.cdnrefresh.codec.JsonWriter;
import java.util.ArrayList;
import java.util.List;

/** A task as the engine's API takes it. Not thread-safe; made by one request. */
final class NativeTask {
    /** How many targets the engine takes in one task. */
    private static final int MAX_URLS = 1_000;

    private static final int MAX_BROAD = 100;

    private final String type;
    /** Texts, or for patterns host and pattern. */
    private final List<String[]> targets = new ArrayList<>();

    private List<String> hosts = List.of();
    private List<String> headers = List.of();
    private String mode = "hard";
    private boolean isQueryIgnored;

    NativeTask(String type) {
        this.type = type;
    }

    NativeTask target(String text) {
        targets.add(new String[] {text});
        return this;
    }

    NativeTask targets(List<String> texts) {
        texts.forEach(this::target);
        return this;
    }

    /** The paths of a host that match. */
    NativeTask pattern(String host, String pattern) {
        targets.add(new String[] {host, pattern});
        return this;
    }

    /** The hosts of tags. */
    NativeTask hosts(List<String> names) {
        hosts = names;
        return this;
    }

    /** Headers of preload requests. */
    NativeTask headers(List<String> lines) {
        headers = lines;
        return this;
    }

    NativeTask soft(boolean isSoft) {
        mode = isSoft ? "soft" : "hard";
        return this;
    }

    NativeTask ignoreQuery() {
        isQueryIgnored = true;
        return this;
    }

    /** Whether it is more than single URLs: its proof takes longer. */
    boolean isBroad() {
        return !type.equals("url") && !type.equals("preload");
    }

    /** As many tasks as the engine wants it cut into. */
    List<NativeTask> cut() {
        int most = isBroad() ? MAX_BROAD : MAX_URLS;
        if (!hosts.isEmpty()) {
            most = Math.max(1, Math.min(most, MAX_URLS / hosts.size()));
        }
        if (targets.size() <= most) {
            return List.of(this);
        }
        List<NativeTask> parts = new ArrayList<>();
        for (int from = 0; from < targets.size(); from += most) {
            NativeTask part = new NativeTask(type).hosts(hosts).headers(headers).soft(mode.equals("soft"));
            part.isQueryIgnored = isQueryIgnored;
            part.targets.addAll(targets.subList(from, Math.min(targets.size(), from + most)));
            parts.add(part);
        }
        return parts;
    }

    /** The texts of its targets. */
    List<String> texts() {
        return targets.stream().map(target -> target[target.length - 1]).toList();
    }

    /** The body of the submission; {@code client} is its label. */
    byte[] toJson(String client) {
        JsonWriter json = new JsonWriter(128 + 64 * targets.size()).beginObject();
        json.field("type").value(type);
        json.field("targets").beginArray();
        for (String[] target : targets) {
            if (target.length == 1) {
                json.value(target[0]);
            } else {
                json.beginObject().field("host").value(target[0]);
                json.field("pattern").value(target[1]).endObject();
            }
        }
        json.endArray();
        strings(json, "hosts", hosts);
        strings(json, "headers", headers);
        if (!type.equals("preload")) {
            json.field("mode").value(mode);
        }
        if (isQueryIgnored) {
            json.field("query").value("ignore");
        }
        json.field("labels").beginObject().field("client").value(client).endObject();
        return json.endObject().toArray();
    }

    private static void strings(JsonWriter json, String field, List<String> values) {
        if (!values.isEmpty()) {
            json.field(field).beginArray();
            values.forEach(json::value);
            json.endArray();
        }
    }
}
