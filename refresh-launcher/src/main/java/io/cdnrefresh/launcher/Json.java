// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as maps, lists, text, numbers and booleans, for the command line's few small documents. The engine's own codecs
 * work on streams of bytes; here a tree is what is wanted, and nothing is loaded for it.
 */
final class Json {
    private static final int MAX_DEPTH = 64;

    private final String text;
    private int at;
    private int depth;

    private Json(String text) {
        this.text = text;
    }

    /**
     * Reads one document.
     *
     * @throws IllegalArgumentException if it is none
     */
    static @Nullable Object parse(byte[] utf8) {
        Json reader = new Json(new String(utf8, StandardCharsets.UTF_8));
        Object value = reader.value();
        reader.space();
        if (reader.at < reader.text.length()) {
            throw reader.fault();
        }
        return value;
    }

    /** Reads an object; empty if the document is something else or none. */
    @SuppressWarnings("unchecked") // objects() makes such maps only
    static Map<String, @Nullable Object> object(byte[] utf8) {
        try {
            return parse(utf8) instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
        } catch (IllegalArgumentException notJson) {
            return Map.of();
        }
    }

    /** A member that is an object; empty if it is something else. */
    @SuppressWarnings("unchecked") // objects() makes such maps only
    static Map<String, @Nullable Object> map(@Nullable Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
    }

    /** The objects of a list; empty if it is no list. */
    @SuppressWarnings("unchecked") // objects() makes such maps only
    static List<Map<String, @Nullable Object>> rows(@Nullable Object list) {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        if (list instanceof List<?> items) {
            for (Object item : items) {
                if (item instanceof Map<?, ?> map) {
                    rows.add((Map<String, @Nullable Object>) map);
                }
            }
        }
        return rows;
    }

    /** Writes a tree. */
    static String write(@Nullable Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private static void write(@Nullable Object value, StringBuilder out) {
        if (value instanceof Map<?, ?> map) {
            char before = '{';
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.append(before);
                quote(String.valueOf(entry.getKey()), out);
                out.append(':');
                write(entry.getValue(), out);
                before = ',';
            }
            out.append(before == '{' ? "{}" : "}");
        } else if (value instanceof List<?> list) {
            char before = '[';
            for (Object item : list) {
                out.append(before);
                write(item, out);
                before = ',';
            }
            out.append(before == '[' ? "[]" : "]");
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            out.append(value);
        } else {
            quote(value.toString(), out);
        }
    }

    private static void quote(String value, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    private @Nullable Object value() {
        space();
        char c = peek();
        return switch (c) {
            case '{' -> objects();
            case '[' -> items();
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Map<String, @Nullable Object> objects() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        open();
        while (!closed('}', map.isEmpty())) {
            space();
            String key = string();
            space();
            expect(':');
            map.put(key, value());
        }
        return map;
    }

    private List<@Nullable Object> items() {
        List<@Nullable Object> list = new ArrayList<>();
        open();
        while (!closed(']', list.isEmpty())) {
            list.add(value());
        }
        return list;
    }

    private void open() {
        at++;
        if (++depth > MAX_DEPTH) {
            throw fault();
        }
    }

    private boolean closed(char end, boolean first) {
        space();
        if (peek() == end) {
            at++;
            depth--;
            return true;
        }
        if (!first) {
            expect(',');
        }
        return false;
    }

    private String string() {
        expect('"');
        StringBuilder out = new StringBuilder();
        while (peek() != '"') {
            char c = text.charAt(at++);
            out.append(c == '\\' ? escaped() : c);
        }
        at++;
        return out.toString();
    }

    private char escaped() {
        char c = peek();
        at++;
        return switch (c) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'u' -> unicode();
            default -> c;
        };
    }

    private char unicode() {
        if (at + 4 > text.length()) {
            throw fault();
        }
        at += 4;
        return (char) Integer.parseInt(text.substring(at - 4, at), 16);
    }

    private @Nullable Object word(String word, @Nullable Object value) {
        if (!text.startsWith(word, at)) {
            throw fault();
        }
        at += word.length();
        return value;
    }

    private Number number() {
        int start = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String digits = text.substring(start, at);
        try {
            if (digits.matches("-?\\d{1,18}")) {
                return Long.valueOf(digits);
            }
            return Double.valueOf(digits);
        } catch (NumberFormatException none) {
            throw fault();
        }
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() {
        if (at >= text.length()) {
            throw fault();
        }
        return text.charAt(at);
    }

    private void expect(char c) {
        if (peek() != c) {
            throw fault();
        }
        at++;
    }

    private IllegalArgumentException fault() {
        return new IllegalArgumentException("JSON: broken at character " + at + " (expected: a JSON document)");
    }
}
