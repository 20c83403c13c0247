// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.util.List;

/**
 * Fires payloads at their deadlines. One for the whole process. Thread-safe; {@link #arm}, {@link #rearm} and
 * {@link #cancel} never block.
 *
 * <p>A timer never fires early by the clock it was built with. Exactly one of "it fired" and "its cancel returned true"
 * happens.
 */
public interface RefreshTimer {
    /** Starts ticking. Called once, before anything is armed. */
    void start(Handler handler);

    /**
     * Arms a timer.
     *
     * @param deadlineNanos by {@link EngineClock#nanos}; in the past = at the next tick
     * @param kind small number that the handler understands, 0 to 255
     * @param payload whatever the handler needs, such as a task id
     * @return a handle, never 0, that no other timer will have while this one is armed nor soon after
     * @throws IllegalStateException before {@code start} and after {@code stop}
     */
    long arm(long deadlineNanos, int kind, long payload);

    /** Disarms a timer; false if it has fired, was cancelled or never was. */
    boolean cancel(long handle);

    /**
     * Gives an armed timer another deadline, keeping kind and payload: cheaper than cancel and arm, above all for later.
     *
     * @param deadlineNanos as in {@link #arm}
     * @return the handle that it has from now on, often the same; 0 if it has fired, was cancelled or never was
     * @throws IllegalStateException if it was to be moved while {@link #stop} ran; it is cancelled then
     */
    long rearm(long handle, long deadlineNanos);

    /** How many are armed. */
    long size();

    /** Stops ticking and gives what was still armed, in no order. Idempotent: empty the second time. */
    List<Armed> stop();

    /** Takes what is due. Called by a callback thread of the timer, in batches of any size. */
    @FunctionalInterface
    interface Handler {
        /** A timer has fired. What it throws is counted and harms no other timer. */
        void onTimer(int kind, long payload, long handle);
    }

    /**
     * A timer that had not fired when the timer was stopped.
     *
     * @param deadlineNanos its deadline
     * @param kind its kind
     * @param payload its payload
     */
    record Armed(long deadlineNanos, int kind, long payload) {}
}
