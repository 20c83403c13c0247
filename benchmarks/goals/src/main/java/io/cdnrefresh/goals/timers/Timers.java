// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.timers;

import java.util.concurrent.locks.LockSupport;

/**
 * A timer under test. The caller names its timers by slots; whoever arms a slot again has cancelled it before or seen it
 * fire. Slots are spread over producers, each used by one thread.
 */
interface Timers extends AutoCloseable {
    /** Between looks whether it has settled: whoever spins there is charged for it. */
    long SETTLE_PAUSE_NANOS = 50_000;

    /**
     * Arms the timer of a slot.
     *
     * @param nowNanos the caller's clock, read once for many calls as every stage does; a timer that takes a delay gets
     *     the difference
     */
    void arm(int slot, long nowNanos, long deadlineNanos);

    /** Cancels the timer of a slot, if it has not fired. */
    void cancel(int slot);

    /** How many are armed or still to be removed. */
    long pending();

    /**
     * Waits until all work that cancels have put off is done.
     *
     * @param pending how many timers are armed
     * @param withinNanos no cancelled timer's deadline was farther away; no armed one's is nearer
     */
    default void settle(long pending, long withinNanos) {
        while (pending() > pending) {
            LockSupport.parkNanos(SETTLE_PAUSE_NANOS);
        }
    }

    @Override
    void close();
}
