// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

/**
 * The proxy's end of one link's report batches: at most {@link AckWindow#SIZE} are open, more have to wait.
 * Thread-safe.
 *
 * <p>The caller's numbers may have gaps, where a batch was not taken; on the link they have none.
 */
public final class SendWindow {
    private final long[] callers = new long[AckWindow.SIZE];
    private long sent;
    private long acknowledged;

    /** How many batches can be opened now. */
    public synchronized int room() {
        return (int) (AckWindow.SIZE - (sent - acknowledged));
    }

    /**
     * Opens a batch.
     *
     * @return its number on the link, or 0 if too many are open
     */
    public synchronized long tryOpen(long callersBatch) {
        if (sent - acknowledged == AckWindow.SIZE) {
            return 0;
        }
        sent++;
        callers[(int) (sent % AckWindow.SIZE)] = callersBatch;
        return sent;
    }

    /**
     * Everything up to a number on the link is durable.
     *
     * @return the caller's number of that batch, or 0 if this was known
     * @throws IllegalArgumentException if no such batch was sent
     */
    public synchronized long acknowledge(long batch) {
        if (batch > sent) {
            throw new IllegalArgumentException("acknowledged batch: " + batch + " (expected: at most " + sent + ")");
        }
        if (batch <= acknowledged) {
            return 0;
        }
        acknowledged = batch;
        return callers[(int) (batch % AckWindow.SIZE)];
    }
}
