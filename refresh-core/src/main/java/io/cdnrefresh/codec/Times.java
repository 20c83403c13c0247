// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import java.time.Instant;

/** Moments as signed seconds and nanoseconds. */
final class Times {
    private Times() {}

    static void write(ByteWriter out, Instant instant) {
        out.signed(instant.getEpochSecond());
        out.varint(instant.getNano());
    }

    static Instant read(ByteReader in) {
        long seconds = in.signed();
        long nanos = in.varint();
        if (seconds < Instant.MIN.getEpochSecond()
                || seconds > Instant.MAX.getEpochSecond()
                || nanos < 0
                || nanos > 999_999_999) {
            throw in.garbage("a time out of range");
        }
        return Instant.ofEpochSecond(seconds, nanos);
    }
}
