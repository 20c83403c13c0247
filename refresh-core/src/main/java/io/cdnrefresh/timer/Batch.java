// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

import io.cdnrefresh.spi.RefreshTimer.Armed;
import java.util.Collection;

/** Timers that have fired and wait for their callbacks. Owned by whoever holds it. */
final class Batch {
    static final int CAPACITY = 256;

    private final long[] payloads = new long[CAPACITY];
    private final long[] handles = new long[CAPACITY];
    private final long[] deadlines = new long[CAPACITY];
    private final int[] kinds = new int[CAPACITY];
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    boolean isFull() {
        return size == CAPACITY;
    }

    int size() {
        return size;
    }

    void add(long deadlineNanos, int kind, long payload, long handle) {
        deadlines[size] = deadlineNanos;
        kinds[size] = kind;
        payloads[size] = payload;
        handles[size] = handle;
        size++;
    }

    int kind(int i) {
        return kinds[i];
    }

    long payload(int i) {
        return payloads[i];
    }

    long handle(int i) {
        return handles[i];
    }

    void clear() {
        size = 0;
    }

    void moveTo(Collection<Armed> out) {
        for (int i = 0; i < size; i++) {
            out.add(new Armed(deadlines[i], kinds[i], payloads[i]));
        }
        clear();
    }
}
