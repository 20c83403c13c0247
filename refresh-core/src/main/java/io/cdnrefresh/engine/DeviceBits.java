// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.DeviceSet;
import java.util.concurrent.atomic.AtomicLongArray;

/** One bit for each device of a set, all 0 at first. Thread-safe; O(1). */
final class DeviceBits {
    private final int firstWord;
    private final AtomicLongArray words;

    DeviceBits(DeviceSet devices) {
        firstWord = Math.max(0, devices.lowest()) >> 6;
        words = new AtomicLongArray((devices.highest() >> 6) + 1 - firstWord);
    }

    boolean isSet(int device) {
        return (words.getAcquire(word(device)) & 1L << device) != 0;
    }

    /** Sets the bit; whether it was clear. */
    boolean set(int device) {
        return (words.getAndAccumulate(word(device), 1L << device, (old, bit) -> old | bit) & 1L << device) == 0;
    }

    /** Clears the bit; whether it was set. */
    boolean clear(int device) {
        return (words.getAndAccumulate(word(device), 1L << device, (old, bit) -> old & ~bit) & 1L << device) != 0;
    }

    boolean isAnySet() {
        for (int i = 0; i < words.length(); i++) {
            if (words.get(i) != 0) {
                return true;
            }
        }
        return false;
    }

    private int word(int device) {
        return (device >> 6) - firstWord;
    }
}
