// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

/**
 * The engine's end of one link's report batches: which have come, and up to which all are durable. Thread-safe.
 *
 * <p>Batches are numbered 1, 2, 3, … on each link. They become durable in any order; the proxy is told the highest
 * number below which nothing is open.
 */
public final class AckWindow {
    /** How many batches may be open on a link. */
    public static final int SIZE = 64;

    private long received;
    private long acknowledged;
    /** Bit n: batch {@code acknowledged + 1 + n} is durable. */
    private long durable;

    /** Takes a batch; false if it is not the next one or would be the 65th that is open. */
    public synchronized boolean receive(long batch) {
        if (batch != received + 1 || batch - acknowledged > SIZE) {
            return false;
        }
        received = batch;
        return true;
    }

    /** A batch is durable; true if {@link #acknowledged} has risen. Repeats are harmless. */
    public synchronized boolean complete(long batch) {
        if (batch <= acknowledged || batch > received) {
            return false;
        }
        durable |= 1L << batch - acknowledged - 1;
        int run = Long.numberOfTrailingZeros(~durable);
        acknowledged += run;
        durable = run == SIZE ? 0 : durable >>> run;
        return run > 0;
    }

    /** All batches up to this one are durable. */
    public synchronized long acknowledged() {
        return acknowledged;
    }
}
