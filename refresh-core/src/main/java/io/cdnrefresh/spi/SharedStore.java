// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.EngineEpoch;
import java.time.Instant;
import java.util.List;

/**
 * An ability of a {@link RegistryStore}: several engines use it, and what one leaves behind the others finish. Blocking;
 * query threads only.
 *
 * <p><b>Fencing.</b> Every call first reads the epoch of the caller's engine with a share lock, and a leader's call the
 * newest token, too; they hold until its commit. So a process that was paused, or cut off, and still believes that it
 * leads, or that it is an engine at all, changes nothing.
 *
 * <p><b>Errors.</b> {@link FencedException}, {@link DeposedException}; {@link StoreException} RETRYABLE when the store is
 * away. Every call may be repeated.
 */
public interface SharedStore {
    /** A token for a new leader: greater than every one that was given before, by this store's memory. */
    long nextToken(EngineEpoch caller);

    /**
     * Fences every engine whose claim has run out: its epoch rises, so that it can write nothing any more. Gives its
     * unsettled tasks, all of them in the order of their ids, to one engine that lives: as tasks that are due, for its
     * {@link TaskStore#claimDue}. In small transactions; what a leader leaves undone the next call does.
     */
    TakeOver takeOver(Leadership leader);

    /**
     * Gives the unsettled tasks of an engine that ends to one that lives, and its claim back. Called by the engine itself
     * after its last write: afterwards its epoch is over. Changes nothing when no other engine lives.
     *
     * @return the tasks that were given away; −1 = nobody is there to take them
     */
    int handOver(EngineEpoch leaving);

    /** {@link TaskStore#retire}, for a leader. */
    int retire(Leadership leader, Instant finalBefore, int limit);

    /**
     * What a take-over did.
     *
     * @param fenced engines that were fenced by this call
     * @param tasks that have another engine now
     */
    record TakeOver(List<EngineEpoch> fenced, int tasks) {
        /** Copies the list. */
        public TakeOver {
            fenced = List.copyOf(fenced);
        }
    }
}
