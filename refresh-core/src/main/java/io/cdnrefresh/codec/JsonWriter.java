// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes one JSON text as UTF-8 bytes. Not thread-safe. Commas are set by itself; that containers are closed and fields
 * stand in objects only is the caller's part.
 */
public final class JsonWriter {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST_LONG = 20;

    private byte[] bytes;
    private int size;
    private boolean needsComma;

    /** Creates a writer with room for {@code capacity} bytes; it grows. */
    public JsonWriter(int capacity) {
        bytes = new byte[Math.max(16, capacity)];
    }

    /** A copy of what was written. */
    public byte[] toArray() {
        return Arrays.copyOf(bytes, size);
    }

    /** Opens an object. */
    public JsonWriter beginObject() {
        return begin('{');
    }

    /** Closes an object. */
    public JsonWriter endObject() {
        return end('}');
    }

    /** Opens an array. */
    public JsonWriter beginArray() {
        return begin('[');
    }

    /** Closes an array. */
    public JsonWriter endArray() {
        return end(']');
    }

    /** The name of the next value. */
    public JsonWriter field(String name) {
        value(name);
        put(':');
        needsComma = false;
        return this;
    }

    /** A string; a surrogate without partner becomes U+FFFD. */
    public JsonWriter value(String text) {
        separate();
        require(text.length() + 2);
        bytes[size++] = '"';
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
                put(c);
            } else {
                i += special(text, i, c);
            }
        }
        put('"');
        return this;
    }

    /** An integer. */
    public JsonWriter value(long number) {
        separate();
        digits(number);
        return this;
    }

    /** A number, exact to the last bit; null where JSON has no word for it (not a number, infinite). */
    public JsonWriter value(double number) {
        return ascii(Double.isFinite(number) ? Double.toString(number) : "null");
    }

    /** True or false. */
    public JsonWriter value(boolean truth) {
        return ascii(truth ? "true" : "false");
    }

    /** Null. */
    public JsonWriter nullValue() {
        return ascii("null");
    }

    /** Bytes as they are, without a comma: the caller's text up to here and these must fit together. */
    public JsonWriter raw(byte[] part) {
        require(part.length);
        System.arraycopy(part, 0, bytes, size, part.length);
        size += part.length;
        needsComma = true;
        return this;
    }

    /** An integer as bare digits after {@link #raw}. */
    public JsonWriter rawDigits(long number) {
        digits(number);
        return this;
    }

    private JsonWriter begin(char bracket) {
        separate();
        put(bracket);
        needsComma = false;
        return this;
    }

    private JsonWriter end(char bracket) {
        put(bracket);
        needsComma = true;
        return this;
    }

    private JsonWriter ascii(String word) {
        separate();
        for (int i = 0; i < word.length(); i++) {
            put(word.charAt(i));
        }
        return this;
    }

    private void separate() {
        if (needsComma) {
            put(',');
        }
        needsComma = true;
    }

    private void put(int octet) {
        if (size == bytes.length) {
            require(1);
        }
        bytes[size++] = (byte) octet;
    }

    private void require(int room) {
        if (bytes.length - size < room) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + room));
        }
    }

    private void digits(long number) {
        require(LONGEST_LONG);
        // negative all the way, since Long.MIN_VALUE has no positive twin
        long rest = number < 0 ? number : -number;
        int length = number < 0 ? 2 : 1;
        for (long tens = rest; tens <= -10; tens /= 10) {
            length++;
        }
        int at = size + length;
        size = at;
        do {
            bytes[--at] = (byte) ('0' - rest % 10);
            rest /= 10;
        } while (rest != 0);
        if (number < 0) {
            bytes[--at] = '-';
        }
    }

    /** Writes a character that does not stand for itself; gives the number of further characters it took. */
    private int special(String text, int at, char c) {
        if (c == '"' || c == '\\') {
            put('\\');
            put(c);
        } else if (c < ' ' || c == 0x7f) {
            control(c);
        } else if (Character.isHighSurrogate(c)
                && at + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(at + 1))) {
            int point = Character.toCodePoint(c, text.charAt(at + 1));
            put(0xf0 | point >> 18);
            put(0x80 | point >> 12 & 0x3f);
            put(0x80 | point >> 6 & 0x3f);
            put(0x80 | point & 0x3f);
            return 1;
        } else {
            unit(Character.isSurrogate(c) ? '\ufffd' : c);
        }
        return 0;
    }

    private void control(char c) {
        put('\\');
        switch (c) {
            case '\b' -> put('b');
            case '\t' -> put('t');
            case '\n' -> put('n');
            case '\f' -> put('f');
            case '\r' -> put('r');
            default -> {
                put('u');
                put('0');
                put('0');
                put(HEX[c >> 4]);
                put(HEX[c & 15]);
            }
        }
    }

    private void unit(char c) {
        if (c < 0x800) {
            put(0xc0 | c >> 6);
        } else {
            put(0xe0 | c >> 12);
            put(0x80 | c >> 6 & 0x3f);
        }
        put(0x80 | c & 0x3f);
    }
}
