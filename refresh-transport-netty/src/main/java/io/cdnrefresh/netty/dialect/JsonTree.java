// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import io.cdnrefresh.codec.JsonGuard;
import io.cdnrefresh.codec.JsonReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON text as maps, lists, strings, {@link Number}s, booleans and {@link #NULL}. Its size is bounded by the body's, its
 * depth by {@link JsonGuard#MAX_DEPTH}. Stateless.
 */
final class JsonTree {
    /** What stands for null. */
    static final Object NULL = new Object() {
        @Override
        public String toString() {
            return "null";
        }
    };

    private JsonTree() {}

    /**
     * Reads an object.
     *
     * @throws Refusal if the text is none, or one in it has a name twice
     */
    static Map<String, Object> object(byte[] text) {
        Object value = read(text);
        if (value instanceof Map<?, ?>) {
            return asMap(value);
        }
        throw new Refusal(400, "malformed-json", "body: expected one JSON object");
    }

    private static Object read(byte[] text) {
        JsonReader reader = new JsonReader();
        int fault = reader.open(text);
        if (fault != JsonGuard.SOUND) {
            throw new Refusal(400, "malformed-json", "body: no JSON at byte " + fault);
        }
        return value(reader);
    }

    private static Object value(JsonReader reader) {
        return switch (reader.kind()) {
            case OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                for (String name = reader.nextField(); name != null; name = reader.nextField()) {
                    if (map.put(name, value(reader)) != null) {
                        throw new Refusal(400, "malformed-json", "body: a name twice in one object");
                    }
                }
                yield map;
            }
            case ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (reader.nextElement()) {
                    list.add(value(reader));
                }
                yield list;
            }
            case STRING -> reader.string();
            case NUMBER -> number(reader);
            case BOOLEAN -> reader.bool();
            case NULL -> {
                reader.skip();
                yield NULL;
            }
        };
    }

    private static Object number(JsonReader reader) {
        try {
            return reader.number();
        } catch (NumberFormatException tooLarge) {
            throw new Refusal(400, "malformed-json", "body: a number out of range");
        }
    }

    /** A value that is an object; empty if it is another kind of value, or none. */
    @SuppressWarnings("unchecked") // every map here was made above
    static Map<String, Object> asMap(@Nullable Object value) {
        return value instanceof Map<?, ?> ? (Map<String, Object>) value : Map.of();
    }

    /** A value that is an array; empty if it is another kind of value, or none. */
    @SuppressWarnings("unchecked") // every list here was made above
    static List<Object> asList(@Nullable Object value) {
        return value instanceof List<?> ? (List<Object>) value : List.of();
    }

    /** A string; empty if it is another kind of value, or none. */
    static String asText(@Nullable Object value) {
        return value instanceof String text ? text : "";
    }

    /** An integer; 0 if it is another kind of value, or none. */
    static long asLong(@Nullable Object value) {
        return value instanceof Number number ? number.longValue() : 0;
    }
}
