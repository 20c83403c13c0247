// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * One queue per device of what it has missed, in order of parking. The queues are an index; the store is the truth.
 *
 * <p>A drain takes entries into a leased set; what is not acknowledged before the lease ends comes back to the front. An
 * entry may come more than once: a park that failed may have been done, and is repeated.
 *
 * <p>Thread-safe; no method blocks. Stages fail with a {@link CoordinationException}: RETRYABLE while the coordinator is
 * away or has too much to do, FATAL after its {@code close()}.
 */
public interface OfflineQueues {
    /**
     * Appends entries to a device's queue. Made for many calls without waiting in between: those that come together travel
     * together. Calls of one thread for one device keep their order.
     *
     * @return the queue's length; −1 = the queue was at its bound and nothing was appended: the store knows the rest
     */
    CompletionStage<Long> park(String device, List<Entry> entries);

    /**
     * Takes the oldest entries for the holder of the device's drain lease.
     *
     * @param holder names the engine; another holder gets nothing while the lease lasts
     * @param limit at most so many, 0 to 10,000; 0 = only begins or renews the lease
     */
    CompletionStage<List<Entry>> drain(String device, String holder, Duration lease, int limit);

    /** Forgets drained entries that were pushed again or found obsolete. */
    CompletionStage<Void> acknowledge(String device, String holder, List<Entry> entries);

    /** Entries waiting or drained without acknowledgement. */
    CompletionStage<Long> length(String device);

    /**
     * Ends the holder's drain: gives the lease back, and what was drained and not acknowledged to the front of the queue.
     * One step, so that 0 means: at this moment nothing is parked, the device may count as caught up.
     *
     * @return entries that are left; another holder's drain is left alone and counted
     */
    CompletionStage<Long> finish(String device, String holder);

    /**
     * Names this content of the queues: another value means that entries may be missing (the coordinator came back empty, or
     * another server with an older copy took over), and that they must be built again from the store.
     */
    CompletionStage<String> generation();

    /**
     * One parked step. Immutable.
     *
     * @param task id of the task
     * @param step step of its plan
     */
    record Entry(long task, int step) {}
}
