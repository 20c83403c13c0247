// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes over or makes W3C trace parents. Thread-safe. The ids need to be distinct, not secret: a 64-bit counter through
 * the finaliser of SplitMix64.
 */
final class TraceParent {
    private static final int LENGTH = 55;
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** So many of those that are made here in a second say "sampled", which has every node log their stages. */
    static final int SAMPLED_PER_SECOND = 100;

    private static final long SECOND_NANOS = 1_000_000_000;

    private final AtomicLong state;
    private final LongSupplier nanos;
    private final AtomicInteger left = new AtomicInteger(SAMPLED_PER_SECOND);
    private final AtomicLong secondNanos;

    /** {@code nanos}: monotonic time. */
    TraceParent(long seed, LongSupplier nanos) {
        this.nanos = nanos;
        secondNanos = new AtomicLong(nanos.getAsLong());
        state = new AtomicLong(seed);
    }

    /** The header's value if it is a sound one of version 00, else a new trace. */
    String of(@Nullable String header) {
        return header != null && isSound(header) ? header : create();
    }

    private static boolean isSound(String text) {
        if (text.length() != LENGTH || !text.startsWith("00-") || text.charAt(35) != '-' || text.charAt(52) != '-') {
            return false;
        }
        return isHex(text, 3, 35, true) && isHex(text, 36, 52, true) && isHex(text, 53, LENGTH, false);
    }

    private static boolean isHex(String text, int from, int to, boolean mustNotBeZero) {
        boolean isZero = true;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9' || c >= 'a' && c <= 'f')) {
                return false;
            }
            isZero &= c == '0';
        }
        return !isZero || !mustNotBeZero;
    }

    private String create() {
        byte[] text = new byte[LENGTH];
        text[0] = text[1] = '0';
        text[2] = text[35] = text[52] = '-';
        hex(text, 3, next());
        hex(text, 19, next());
        hex(text, 36, next());
        text[53] = '0';
        text[54] = isSampled() ? (byte) '1' : (byte) '0';
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private boolean isSampled() {
        long now = nanos.getAsLong();
        long since = secondNanos.get();
        if (now - since >= SECOND_NANOS && secondNanos.compareAndSet(since, now)) {
            left.set(SAMPLED_PER_SECOND);
        }
        return left.get() > 0 && left.getAndDecrement() > 0;
    }

    private static void hex(byte[] text, int from, long bits) {
        for (int i = 0; i < 16; i++) {
            text[from + i] = HEX[(int) (bits >>> 60 - 4 * i) & 15];
        }
    }

    /** Never 0: the bit costs nothing and zero ids are not allowed. */
    private long next() {
        long bits = state.getAndAdd(GOLDEN);
        bits = (bits ^ bits >>> 30) * 0xbf58476d1ce4e5b9L;
        bits = (bits ^ bits >>> 27) * 0x94d049bb133111ebL;
        return bits ^ bits >>> 31 | 1;
    }
}
