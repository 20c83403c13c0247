// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Writes the few forms of DER (X.690) that certificates are made of. Stateless. */
final class Der {
    private static final DateTimeFormatter LONG_TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter SHORT_TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    private static final Instant LONG_TIMES_BEGIN = Instant.parse("2050-01-01T00:00:00Z");

    static final int BOOLEAN = 0x01;
    static final int OCTETS = 0x04;
    static final int UTF8 = 0x0c;

    private Der() {}

    /** A value with its tag and its length. */
    static byte[] of(int tag, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 4);
        out.write(tag);
        if (length >= 0x80) {
            int bytes = length > 0xffff ? 3 : length > 0xff ? 2 : 1;
            out.write(0x80 | bytes);
            for (int i = bytes - 1; i >= 0; i--) {
                out.write(length >> 8 * i);
            }
        } else {
            out.write(length);
        }
        for (byte[] part : parts) {
            out.write(part, 0, part.length);
        }
        return out.toByteArray();
    }

    static byte[] sequence(byte[]... parts) {
        return of(0x30, parts);
    }

    static byte[] set(byte[] part) {
        return of(0x31, part);
    }

    /** {@code [number]} around other values. */
    static byte[] explicit(int number, byte[] part) {
        return of(0xa0 | number, part);
    }

    static byte[] integer(BigInteger value) {
        return of(0x02, value.toByteArray());
    }

    static byte[] bits(byte[] value) {
        return bits(0, value);
    }

    /** Bits of which the last so many count for nothing. */
    static byte[] bits(int unused, byte[] value) {
        return of(0x03, new byte[] {(byte) unused}, value);
    }

    static byte[] text(int tag, String text) {
        return of(tag, text.getBytes(StandardCharsets.UTF_8));
    }

    /** As RFC 5280 has it: UTCTime before 2050, GeneralizedTime from then on; whole seconds. */
    static byte[] time(Instant at) {
        return at.isBefore(LONG_TIMES_BEGIN) ? text(0x17, SHORT_TIME.format(at)) : text(0x18, LONG_TIME.format(at));
    }

    /** An object identifier, such as {@code 2.5.4.3}. */
    static byte[] id(String dotted) {
        String[] numbers = dotted.split("\\.", -1);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(Integer.parseInt(numbers[0]) * 40 + Integer.parseInt(numbers[1]));
        for (int i = 2; i < numbers.length; i++) {
            int number = Integer.parseInt(numbers[i]);
            for (int shift = 28; shift > 0; shift -= 7) {
                if (number >> shift != 0) {
                    out.write(number >> shift & 0x7f | 0x80);
                }
            }
            out.write(number & 0x7f);
        }
        return of(0x06, out.toByteArray());
    }
}
