// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.DeviceSet;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** One bit for each device of a set, all 0 at first. Thread-safe; O(1), allocation-free. */
final class DeviceBits {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

    private final int firstWord;
    private final long[] words;

    DeviceBits(DeviceSet devices) {
        firstWord = Math.max(0, devices.lowest()) >> 6;
        words = new long[(devices.highest() >> 6) + 1 - firstWord];
    }

    boolean isSet(int device) {
        return ((long) WORD.getAcquire(words, word(device)) & 1L << device) != 0;
    }

    /** Sets the bit; whether it was clear. */
    boolean set(int device) {
        return ((long) WORD.getAndBitwiseOr(words, word(device), 1L << device) & 1L << device) == 0;
    }

    /** Clears the bit; whether it was set. */
    boolean clear(int device) {
        return ((long) WORD.getAndBitwiseAnd(words, word(device), ~(1L << device)) & 1L << device) != 0;
    }

    boolean isAnySet() {
        for (int i = 0; i < words.length; i++) {
            if ((long) WORD.getVolatile(words, i) != 0) {
                return true;
            }
        }
        return false;
    }

    private int word(int device) {
        return (device >> 6) - firstWord;
    }
}
