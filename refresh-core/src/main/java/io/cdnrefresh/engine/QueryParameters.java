// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The parameters of a query string, decoded. Only those that the route knows, each at most once. Immutable. */
final class QueryParameters {
    private static final QueryParameters NONE = new QueryParameters(Map.of());

    private final Map<String, String> values;

    private QueryParameters(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Reads a query string.
     *
     * @throws ProblemException 400, listing every parameter that is unknown, repeated or badly escaped
     */
    static QueryParameters parse(String query, List<String> known) {
        if (query.isEmpty()) {
            return NONE;
        }
        Map<String, String> values = new LinkedHashMap<>();
        List<Fault> faults = new ArrayList<>();
        for (int from = 0; from <= query.length() && faults.size() < 100; ) {
            int to = query.indexOf('&', from);
            String pair = query.substring(from, to < 0 ? query.length() : to);
            from = to < 0 ? query.length() + 1 : to + 1;
            if (pair.isEmpty()) {
                continue;
            }
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals), true);
            String value = decode(equals < 0 ? "" : pair.substring(equals + 1), true);
            if (name == null || value == null) {
                faults.add(Fault.of(pair, pair, "bad-escape", "two hexadecimal digits after each %, in all UTF-8"));
            } else if (!known.contains(name)) {
                String allowed = known.isEmpty() ? "no parameters" : String.join(", ", known);
                faults.add(Fault.of(name, value, Fault.UNKNOWN_PARAMETER, allowed));
            } else if (values.put(name, value) != null) {
                faults.add(Fault.of(name, value, "duplicate-parameter", "each parameter once"));
            }
        }
        if (!faults.isEmpty()) {
            throw new ProblemException(Problem.invalid(faults));
        }
        return new QueryParameters(values);
    }

    /** Resolves escapes; null if one is malformed or the bytes are not UTF-8. */
    static @Nullable String decode(String text, boolean isPlusBlank) {
        if (text.indexOf('%') < 0 && (!isPlusBlank || text.indexOf('+') < 0)) {
            return text;
        }
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer plain = ByteBuffer.allocate(encoded.length);
        for (int i = 0; i < encoded.length; i++) {
            if (encoded[i] == '%') {
                int high = i + 2 < encoded.length ? Character.digit(encoded[i + 1], 16) : -1;
                int low = high < 0 ? -1 : Character.digit(encoded[i + 2], 16);
                if (low < 0) {
                    return null;
                }
                plain.put((byte) (high << 4 | low));
                i += 2;
            } else {
                plain.put(encoded[i] == '+' && isPlusBlank ? (byte) ' ' : encoded[i]);
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(plain.flip()).toString();
        } catch (CharacterCodingException malformed) {
            return null;
        }
    }

    @Nullable
    String text(String name) {
        return values.get(name);
    }

    String required(String name, String allowed) {
        String value = values.get(name);
        if (value == null || value.isEmpty()) {
            throw new ProblemException(Problem.invalid(Fault.of(name, "", "missing-parameter", allowed)));
        }
        return value;
    }

    /** A parameter read by a parser that throws {@link IllegalArgumentException}; null if absent. */
    <T> @Nullable T parsed(String name, Function<String, T> parser) {
        String value = values.get(name);
        if (value == null) {
            return null;
        }
        try {
            return parser.apply(value);
        } catch (IllegalArgumentException refusal) {
            throw new ProblemException(Problem.invalid(Fault.refused(-1, name, value, refusal)));
        }
    }

    /** One of the words of the API in any case, with {@code _} or {@code -}; null if absent. */
    <T> @Nullable T word(String name, Function<String, T> parser) {
        return parsed(name, value -> parser.apply(value.toLowerCase(Locale.ROOT).replace('_', '-')));
    }

    int limit() {
        Integer limit = parsed("limit", QueryParameters::pageSize);
        return limit == null ? ApiLimits.DEFAULT_PAGE : limit;
    }

    private static int pageSize(String text) {
        int limit = text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : 0;
        if (limit < 1 || limit > ApiLimits.MAX_PAGE) {
            throw new IllegalArgumentException("limit (expected: 1 to " + ApiLimits.MAX_PAGE + ")");
        }
        return limit;
    }

    /** Where a page starts. */
    long cursor(long start) {
        Long cursor = parsed("cursor", QueryParameters::position);
        return cursor == null ? start : cursor;
    }

    private static long position(String text) {
        if (!text.matches("c[0-9a-z]{1,13}")) {
            throw badCursor();
        }
        try {
            return Long.parseLong(text.substring(1), 36);
        } catch (NumberFormatException tooLarge) {
            throw badCursor();
        }
    }

    private static IllegalArgumentException badCursor() {
        return new IllegalArgumentException("cursor (expected: the \"next\" of an earlier page)");
    }

    /** The text that stands for a position. */
    static String cursorText(long position) {
        return "c" + Long.toString(position, 36);
    }
}
