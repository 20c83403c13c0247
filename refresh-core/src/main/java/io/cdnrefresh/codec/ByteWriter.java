// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import io.cdnrefresh.model.TargetList;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing array with LEB128 numbers and length-prefixed UTF-8. Not thread-safe. */
final class ByteWriter {
    private byte[] bytes;
    private int length;

    ByteWriter(int expectedBytes) {
        bytes = new byte[expectedBytes];
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, length);
    }

    void octet(int value) {
        reserve(1);
        bytes[length++] = (byte) value;
    }

    void varint(long value) {
        reserve(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    /** Small negative numbers stay short, too. */
    void signed(long value) {
        varint(value << 1 ^ value >> 63);
    }

    void text(String text) {
        int size = text.length();
        varint(size);
        reserve(size);
        for (int i = 0; i < size; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                // the length was that of ASCII: again, from before it
                length -= i + sizeOf(size);
                unicode(text);
                return;
            }
            bytes[length++] = (byte) c;
        }
    }

    private void unicode(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                i = requirePair(text, i);
            }
        }
        bytes(text.getBytes(StandardCharsets.UTF_8));
    }

    void bytes(byte[] some) {
        varint(some.length);
        reserve(some.length);
        System.arraycopy(some, 0, bytes, length, some.length);
        length += some.length;
    }

    void packed(TargetList targets) {
        reserve(targets.packedLength());
        targets.copyTo(bytes, length);
        length += targets.packedLength();
    }

    /** Opens bytes whose number is known only once they are written; gives what {@link #close} needs. */
    int open() {
        return length;
    }

    /** Puts the number of bytes written since {@link #open} before them. */
    void close(int opened) {
        int size = length - opened;
        int head = sizeOf(size);
        reserve(head);
        System.arraycopy(bytes, opened, bytes, opened + head, size);
        length = opened;
        varint(size);
        length += size;
    }

    private static int sizeOf(int value) {
        return (38 - Integer.numberOfLeadingZeros(value | 1)) / 7;
    }

    private static int requirePair(String text, int at) {
        if (Character.isHighSurrogate(text.charAt(at))
                && at + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(at + 1))) {
            return at + 1;
        }
        throw new IllegalArgumentException("text: a lone surrogate at " + at + " (expected: well-formed Unicode)");
    }

    private void reserve(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
