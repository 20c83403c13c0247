// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonGuard;
import io.cdnrefresh.codec.JsonReader;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What another engine answered: its members by name, read with forbearance, since it may be of another version. Stateless. */
final class PartJson {
    private PartJson() {}

    /** The members of the object; empty if it is none. */
    static Map<String, Object> object(byte[] text) {
        JsonReader reader = new JsonReader();
        if (reader.open(text) != JsonGuard.SOUND) {
            return Map.of();
        }
        return object(value(reader));
    }

    @SuppressWarnings("unchecked") // value() makes no other maps
    static Map<String, Object> object(@Nullable Object value) {
        return value instanceof Map ? (Map<String, Object>) value : Map.of();
    }

    /** The objects of a list; empty if it is none. */
    static List<Map<String, Object>> objects(@Nullable Object value) {
        return value instanceof List<?> list
                ? list.stream().map(PartJson::object).toList()
                : List.of();
    }

    static long number(@Nullable Object value) {
        return value instanceof BigDecimal number ? number.longValue() : 0;
    }

    static double decimal(@Nullable Object value) {
        return value instanceof BigDecimal number ? number.doubleValue() : 0;
    }

    private static @Nullable Object value(JsonReader reader) {
        return switch (reader.kind()) {
            case OBJECT -> {
                Map<String, Object> members = new LinkedHashMap<>();
                for (String name = reader.nextField(); name != null; name = reader.nextField()) {
                    Object member = value(reader);
                    if (member != null) {
                        members.put(name, member);
                    }
                }
                yield members;
            }
            case ARRAY -> {
                List<Object> elements = new ArrayList<>();
                while (reader.nextElement()) {
                    Object element = value(reader);
                    if (element != null) {
                        elements.add(element);
                    }
                }
                yield elements;
            }
            case STRING -> reader.string();
            case NUMBER -> reader.number();
            case BOOLEAN -> reader.bool();
            case NULL -> {
                reader.skip();
                yield null;
            }
        };
    }
}
