// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.timer;

/**
 * A slab for many states: each for its own would be megabytes. What needs the shard's lock takes this object's. Thread-safe
 * to the extent that a slab is.
 */
final class SharedSlab {
    private static final ThreadLocal<SharedSlab> OF_THREAD = ThreadLocal.withInitial(SharedSlab::new);

    private final CellSlab cells = new CellSlab();

    /** The slab of the states that one thread makes; others may use it. */
    static SharedSlab ofThisThread() {
        return OF_THREAD.get();
    }

    synchronized long arm(long payload) {
        return cells.arm(0, 0, payload);
    }

    synchronized boolean fire(long entry) {
        return cells.fire(entry);
    }

    boolean cancel(long entry) {
        return cells.cancel((int) (entry >>> 32), (int) entry);
    }

    synchronized long payload(long entry) {
        return cells.payload(entry);
    }
}
