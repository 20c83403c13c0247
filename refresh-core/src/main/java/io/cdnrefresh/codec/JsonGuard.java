// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Says whether bytes are one JSON text, before any other code looks at them. Stateless; no allocation, no recursion, one
 * look at each byte.
 *
 * <p>Stricter than RFC 8259 where readers are known to disagree: UTF-8 must be well-formed (no overlong forms, no
 * surrogates), an escaped surrogate needs its partner, at most {@value #MAX_DEPTH} levels, numbers of at most
 * {@value #MAX_NUMBER} characters, no byte order mark, nothing but white space after the value.
 */
public final class JsonGuard {
    /** The deepest nesting of objects and arrays. */
    public static final int MAX_DEPTH = 64;

    /** The longest number in characters. */
    public static final int MAX_NUMBER = 64;

    /** What {@link #check} says of a sound text. */
    public static final int SOUND = -1;

    /*
     * Implementation notes. Every method that reads something gives the position after it, or, if it is faulty, the
     * complement of the position of the fault: always negative, so one comparison tells. Open containers are bits of a
     * long, 1 = object: MAX_DEPTH is its size.
     */

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EACH = 0x0101010101010101L;
    private static final long HIGHEST = 0x8080808080808080L;

    private JsonGuard() {}

    /** {@link #SOUND}, or the position of the first byte that cannot be part of an acceptable text. */
    public static int check(byte[] text) {
        long objects = 0;
        int depth = 0;
        int at = blank(text, 0);
        while (true) {
            byte first = at < text.length ? text[at] : 0;
            if (first == '{' || first == '[') {
                if (depth == MAX_DEPTH) {
                    return at;
                }
                boolean isObject = first == '{';
                int inside = blank(text, at + 1);
                if (inside < text.length && text[inside] == (isObject ? '}' : ']')) {
                    at = inside + 1;
                } else {
                    objects = objects << 1 | (isObject ? 1 : 0);
                    depth++;
                    at = isObject ? field(text, inside) : inside;
                    if (at < 0) {
                        return ~at;
                    }
                    continue;
                }
            } else {
                at = scalar(text, at);
                if (at < 0) {
                    return ~at;
                }
            }
            at = blank(text, at);
            while (depth > 0 && at < text.length && text[at] == ((objects & 1) == 1 ? '}' : ']')) {
                objects >>>= 1;
                depth--;
                at = blank(text, at + 1);
            }
            if (depth == 0) {
                return at == text.length ? SOUND : at;
            }
            if (at >= text.length || text[at] != ',') {
                return at;
            }
            at = blank(text, at + 1);
            at = (objects & 1) == 1 ? field(text, at) : at;
            if (at < 0) {
                return ~at;
            }
        }
    }

    private static int blank(byte[] text, int from) {
        int at = from;
        while (at < text.length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
            at++;
        }
        return at;
    }

    /** A name, its colon and the white space up to the value. */
    private static int field(byte[] text, int from) {
        if (from >= text.length || text[from] != '"') {
            return ~from;
        }
        int at = string(text, from + 1);
        if (at < 0) {
            return at;
        }
        at = blank(text, at);
        return at < text.length && text[at] == ':' ? blank(text, at + 1) : ~at;
    }

    private static int scalar(byte[] text, int from) {
        if (from >= text.length) {
            return ~from;
        }
        return switch (text[from]) {
            case '"' -> string(text, from + 1);
            case 't' -> word(text, from, 'r', 'u', 'e');
            case 'n' -> word(text, from, 'u', 'l', 'l');
            case 'f' -> {
                int at = word(text, from, 'a', 'l', 's');
                yield at < 0 || at < text.length && text[at] == 'e' ? at < 0 ? at : at + 1 : ~at;
            }
            default -> number(text, from);
        };
    }

    private static int word(byte[] text, int from, char second, char third, char fourth) {
        boolean isRead = from + 3 < text.length
                && text[from + 1] == second
                && text[from + 2] == third
                && text[from + 3] == fourth;
        return isRead ? from + 4 : ~from;
    }

    private static int number(byte[] text, int from) {
        int at = text[from] == '-' ? from + 1 : from;
        if (!isDigit(text, at)) {
            return ~at;
        }
        at = text[at] == '0' ? at + 1 : digits(text, at);
        if (at < text.length && text[at] == '.') {
            at++;
            if (!isDigit(text, at)) {
                return ~at;
            }
            at = digits(text, at);
        }
        if (at < text.length && (text[at] | 0x20) == 'e') {
            at++;
            if (at < text.length && (text[at] == '+' || text[at] == '-')) {
                at++;
            }
            if (!isDigit(text, at)) {
                return ~at;
            }
            at = digits(text, at);
        }
        return at - from <= MAX_NUMBER ? at : ~from;
    }

    private static boolean isDigit(byte[] text, int at) {
        return at < text.length && text[at] >= '0' && text[at] <= '9';
    }

    private static int digits(byte[] text, int from) {
        int at = from;
        while (isDigit(text, at)) {
            at++;
        }
        return at;
    }

    /** The rest of a string after its opening quote. */
    private static int string(byte[] text, int from) {
        int at = from;
        while ((at = plain(text, at)) < text.length) {
            byte next = text[at];
            if (next == '"') {
                return at + 1;
            }
            if (next >= ' ' && next != '\\') {
                at++;
                continue;
            }
            at = next == '\\' ? escape(text, at) : next < 0 ? sequence(text, at) : ~at;
            if (at < 0) {
                return at;
            }
        }
        return ~at;
    }

    /**
     * Passes over characters that mean nothing, eight at a time while there are so many: ASCII without quotes, backslashes
     * and control characters. Each term marks, by its highest bit, the bytes of one kind; a borrow can only mark a byte behind
     * one that is marked rightly, and the first is what counts.
     */
    private static int plain(byte[] text, int from) {
        int at = from;
        for (; at + Long.BYTES <= text.length; at += Long.BYTES) {
            long bytes = (long) LONGS.get(text, at);
            long quotes = bytes ^ EACH * '"';
            long backslashes = bytes ^ EACH * '\\';
            long found =
                    (quotes - EACH & ~quotes | backslashes - EACH & ~backslashes | bytes - EACH * ' ' & ~bytes | bytes)
                            & HIGHEST;
            if (found != 0) {
                return at + (Long.numberOfTrailingZeros(found) >>> 3);
            }
        }
        return at;
    }

    private static int escape(byte[] text, int from) {
        if (from + 1 >= text.length) {
            return ~from;
        }
        switch (text[from + 1]) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
                return from + 2;
            }
            case 'u' -> {
                int unit = unit(text, from);
                if (unit < 0 || Character.isLowSurrogate((char) unit)) {
                    return ~from;
                }
                if (!Character.isHighSurrogate((char) unit)) {
                    return from + 6;
                }
                int partner = unit(text, from + 6);
                return partner >= 0 && Character.isLowSurrogate((char) partner) ? from + 12 : ~from;
            }
            default -> {
                return ~from;
            }
        }
    }

    /** The code unit of {@code \}{@code uXXXX}; negative if there is none. */
    private static int unit(byte[] text, int from) {
        if (from + 5 >= text.length || text[from] != '\\' || text[from + 1] != 'u') {
            return -1;
        }
        int unit = 0;
        for (int i = from + 2; i < from + 6; i++) {
            int digit = text[i] < 0 ? -1 : Character.digit(text[i], 16);
            if (digit < 0) {
                return -1;
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }

    /** A UTF-8 sequence of two to four bytes (Unicode 15, table 3-7). */
    private static int sequence(byte[] text, int from) {
        int lead = text[from] & 0xff;
        int length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
        if (lead < 0xc2 || lead > 0xf4 || from + length > text.length) {
            return ~from;
        }
        int second = text[from + 1] & 0xff;
        int lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        int highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (second < lowest || second > highest) {
            return ~from;
        }
        for (int i = from + 2; i < from + length; i++) {
            if ((text[i] & 0xc0) != 0x80) {
                return ~from;
            }
        }
        return from + length;
    }
}
