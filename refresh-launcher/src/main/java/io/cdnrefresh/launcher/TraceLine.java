// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One stage of a task at one node, read from a line of a log. Immutable; in the order of time.
 *
 * @param at when it was logged, by that node's clock
 * @param event the stage, such as {@code command done}
 * @param values what the line says, in its order
 */
record TraceLine(Instant at, String event, Map<String, String> values) implements Comparable<TraceLine> {
    private static final List<String> OWN = List.of("time", "level", "thread", "logger", "event", "message");
    private static final Pattern TIME = Pattern.compile("^(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z)\\s");
    private static final Pattern VALUE = Pattern.compile(" ([A-Za-z][A-Za-z0-9_.-]*)=(\\S*)");

    /** Reads a line of either form; null if it tells of no trace. */
    static @Nullable TraceLine parse(String line) {
        int object = line.indexOf('{');
        boolean isJson = object >= 0 && line.indexOf("\"trace\":\"", object) >= 0;
        if (!isJson && !line.contains(" trace=")) {
            return null;
        }
        try {
            return isJson ? ofJson(line.substring(object)) : ofText(line);
        } catch (DateTimeException | IllegalArgumentException unreadable) {
            return null; // cut off, or something else that looks like it
        }
    }

    private static @Nullable TraceLine ofJson(String text) {
        Map<String, @Nullable Object> object = Json.object(text.getBytes(StandardCharsets.UTF_8));
        Object time = object.get("time");
        Object event = object.get("event");
        if (time == null || event == null || object.get("trace") == null) {
            return null;
        }
        Map<String, String> values = new LinkedHashMap<>();
        object.forEach((key, value) -> {
            if (!OWN.contains(key) && value != null) {
                values.put(
                        key,
                        value instanceof Double number && number == Math.rint(number)
                                ? String.valueOf(number.longValue())
                                : value.toString());
            }
        });
        return new TraceLine(Instant.parse(time.toString()), event.toString(), values);
    }

    private static @Nullable TraceLine ofText(String line) {
        Matcher time = TIME.matcher(line);
        int dash = line.indexOf(" - ");
        if (!time.find() || dash < 0) {
            return null;
        }
        String message = line.substring(dash + 2);
        Map<String, String> values = new LinkedHashMap<>();
        Matcher matcher = VALUE.matcher(message);
        int first = message.length();
        while (matcher.find()) {
            first = Math.min(first, matcher.start());
            values.put(matcher.group(1), matcher.group(2));
        }
        return values.containsKey("trace")
                ? new TraceLine(
                        Instant.parse(time.group(1)),
                        message.substring(0, first).strip(),
                        values)
                : null;
    }

    String trace() {
        return values.getOrDefault("trace", "");
    }

    /** Whether it tells of a task or a trace with this id. */
    boolean isOf(String id) {
        return id.equals(values.get("trace")) || id.equals(values.get("task"));
    }

    /** For people: time, time since the first line, node, stage, and the rest. */
    String text(TraceLine first) {
        StringBuilder rest = new StringBuilder();
        values.forEach((key, value) -> {
            if (!List.of("trace", "node", "millis").contains(key)) {
                rest.append(' ').append(key).append('=').append(value);
            }
        });
        String took = values.containsKey("millis") ? values.get("millis") + " ms" : "";
        return "%s %+9.3f s  %-16s %-16s %10s %s"
                .formatted(
                        at,
                        Duration.between(first.at, at).toMillis() / 1_000.0,
                        values.getOrDefault("node", "-"),
                        event,
                        took,
                        rest.toString().strip());
    }

    String json() {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        object.put("time", at.toString());
        object.put("event", event);
        object.putAll(values);
        return Json.write(object);
    }

    @Override
    public int compareTo(TraceLine other) {
        return at.compareTo(other.at);
    }
}
