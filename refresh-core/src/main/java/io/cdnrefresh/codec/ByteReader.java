// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what {@link ByteWriter} wrote from bytes that may be anything: never past the end, never allocating more than
 * what is there. Not thread-safe.
 */
final class ByteReader {
    private final byte[] bytes;
    private int at;

    ByteReader(byte[] bytes) {
        this(bytes, 0);
    }

    /** Reads from a place on. */
    ByteReader(byte[] bytes, int from) {
        this.bytes = bytes;
        at = Math.min(from, bytes.length);
    }

    int remaining() {
        return bytes.length - at;
    }

    int octet() {
        if (at == bytes.length) {
            throw garbage("truncated");
        }
        return bytes[at++] & 0xff;
    }

    long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int b = octet();
            if (shift == 63 && b > 1 || b == 0 && shift > 0) {
                break;
            }
            value |= (long) (b & 0x7f) << shift;
            if (b < 0x80) {
                return value;
            }
        }
        throw garbage("a number that is not in its shortest form of at most 64 bits");
    }

    long signed() {
        long value = varint();
        return value >>> 1 ^ -(value & 1);
    }

    /** A number of things of at least {@code minBytes} each. */
    int count(int minBytes) {
        long count = varint();
        if (count < 0 || count > remaining() / minBytes) {
            throw garbage("a count larger than what is left");
        }
        return (int) count;
    }

    byte[] bytes() {
        int length = count(1);
        at += length;
        return Arrays.copyOfRange(bytes, at - length, at);
    }

    /** A number from 0 to 2^63 - 1. */
    long positive() {
        long value = varint();
        if (value < 0) {
            throw garbage("a number out of range");
        }
        return value;
    }

    /** A number from 0 to 2^31 - 1. */
    int ordinal() {
        long value = varint();
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw garbage("a number out of range");
        }
        return (int) value;
    }

    boolean flag() {
        int value = octet();
        if (value > 1) {
            throw garbage("a flag of " + value);
        }
        return value == 1;
    }

    void requireEnd() {
        if (remaining() > 0) {
            throw garbage("more bytes than expected");
        }
    }

    String text() {
        int length = count(1);
        int from = at;
        at += length;
        boolean isAscii = true;
        for (int i = from; i < at; i++) {
            isAscii &= bytes[i] >= 0;
        }
        if (isAscii) {
            return new String(bytes, from, length, StandardCharsets.US_ASCII);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, from, length))
                    .toString();
        } catch (CharacterCodingException notText) {
            throw new IllegalArgumentException("encoded bytes: text that is not UTF-8 at " + from, notText);
        }
    }

    /** Passes over a text of printable ASCII and gives its length; −1 and stays where it is if it is another one. */
    int printable() {
        int before = at;
        int length = count(1);
        for (int i = at; i < at + length; i++) {
            if (bytes[i] < ' ' || bytes[i] == 0x7f) {
                at = before;
                return -1;
            }
        }
        at += length;
        return length;
    }

    /** What is read. */
    byte[] array() {
        return bytes;
    }

    /** Where the next byte stands in {@link #array}. */
    int position() {
        return at;
    }

    /** The exception for bytes that nobody wrote. */
    IllegalArgumentException garbage(String what) {
        return new IllegalArgumentException("encoded bytes: " + what + " at " + at + " of " + bytes.length);
    }
}
