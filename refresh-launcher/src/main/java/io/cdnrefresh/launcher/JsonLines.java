// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import io.cdnrefresh.codec.JsonWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Log events as JSON, one line each. What a message has as {@code key={}} is a field with the type of its value; the words
 * before the first of them name the event:
 *
 * <pre>{"time":"…","level":"info","thread":"lane-0","logger":"…","event":"device connected","device":"d1","message":"…"}</pre>
 *
 * <p>Confined to the thread that writes; {@link #values} to the one that logs.
 */
final class JsonLines {
    private static final Pattern KEY = Pattern.compile("([A-Za-z][A-Za-z0-9_.-]*)=\\{}");
    private static final int MOST_SHAPES = 2_000;
    /** What a message can not overwrite. */
    private static final Set<String> TAKEN =
            Set.of("time", "level", "thread", "logger", "event", "message", "error", "stack");

    private final Map<String, Shape> shapes = new LinkedHashMap<>();

    /**
     * What is fixed about a message.
     *
     * @param event its first words
     * @param keys the key of each placeholder; null = it has none
     */
    private record Shape(String event, List<@Nullable String> keys) {
        static Shape of(String template) {
            List<@Nullable String> keys = new ArrayList<>();
            Matcher matcher = KEY.matcher(template);
            int firstKey = template.length();
            int at = 0;
            while (matcher.find()) {
                for (int open = template.indexOf("{}", at);
                        open < matcher.end() - 2;
                        open = template.indexOf("{}", at)) {
                    keys.add(null);
                    at = open + 2;
                }
                firstKey = Math.min(firstKey, matcher.start());
                String key = matcher.group(1);
                keys.add(TAKEN.contains(key) ? key + "_" : key);
                at = matcher.end();
            }
            int end = template.indexOf("{}");
            String words = template.substring(0, end >= 0 && end < firstKey ? end : firstKey);
            return new Shape(words.strip(), keys);
        }
    }

    /** The values of an event's placeholders as they are now, so that another thread may look at them later. */
    static Object[] values(ILoggingEvent event) {
        Object[] arguments = event.getArgumentArray();
        if (arguments == null) {
            return new Object[0];
        }
        Object[] values = new Object[arguments.length];
        for (int i = 0; i < values.length; i++) {
            Object argument = arguments[i];
            boolean isPlain = argument instanceof Number || argument instanceof Boolean;
            values[i] = isPlain ? argument : String.valueOf(argument);
        }
        return values;
    }

    byte[] line(ILoggingEvent event, Object[] values) {
        String template = String.valueOf(event.getMessage());
        Shape shape = shapes.get(template);
        if (shape == null) {
            shape = Shape.of(template);
            if (shapes.size() < MOST_SHAPES) {
                shapes.put(template, shape);
            }
        }
        JsonWriter json = new JsonWriter(256).beginObject();
        json.field("time").value(time(event.getTimeStamp()));
        json.field("level").value(event.getLevel().levelStr.toLowerCase(Locale.ROOT));
        json.field("thread").value(event.getThreadName());
        json.field("logger").value(event.getLoggerName());
        json.field("event").value(shape.event);
        for (int i = 0; i < Math.min(values.length, shape.keys.size()); i++) {
            String key = shape.keys.get(i);
            if (key != null) {
                write(json.field(key), values[i]);
            }
        }
        json.field("message").value(event.getFormattedMessage());
        IThrowableProxy error = event.getThrowableProxy();
        if (error != null) {
            json.field("error").value(error.getClassName() + ": " + error.getMessage());
            json.field("stack").value(ThrowableProxyUtil.asString(error));
        }
        byte[] object = json.endObject().toArray();
        byte[] line = java.util.Arrays.copyOf(object, object.length + 1);
        line[object.length] = '\n';
        return line;
    }

    /** Always with milliseconds, so that lines sort as text. */
    private static String time(long millis) {
        String text = Instant.ofEpochMilli(millis).toString();
        return text.length() == 24 ? text : text.substring(0, 19) + ".000Z";
    }

    private static void write(JsonWriter json, Object value) {
        if (value instanceof Boolean truth) {
            json.value(truth);
        } else if (value instanceof Double || value instanceof Float) {
            json.value(((Number) value).doubleValue());
        } else if (value instanceof Number number) {
            json.value(number.longValue());
        } else {
            json.value(value.toString());
        }
    }
}
