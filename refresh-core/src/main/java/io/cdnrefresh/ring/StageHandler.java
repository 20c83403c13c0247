// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.ring;

/**
 * The work of a stage. Called by one thread at a time: the stage's own, or the one that drives it.
 *
 * @param <E> what waits in the stage's queue
 */
public interface StageHandler<E> {
    /**
     * Works on one event. What it throws is counted and logged by the queue, and the stage goes on.
     *
     * @param isEndOfBatch nothing more is waiting at this moment, or a quarter of the queue was worked on: flush what was
     *     gathered
     */
    void onEvent(E event, boolean isEndOfBatch);

    /** Nothing has come for a while (about 100 ms on an own thread): time for housekeeping. */
    default void onIdle() {}

    /**
     * Whether nobody waits for single events of a stage that has thousands of them each second: its thread then lets them gather
     * for a millisecond, instead of being woken for each few. An event after a quiet time never waits. Default: no.
     */
    default boolean isGathering() {
        return false;
    }
}
