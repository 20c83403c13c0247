// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * One queue per device of what it has missed, in order of parking. The queues are an index; the store is the truth.
 *
 * <p>A drain takes entries into a leased set; what is not acknowledged before the lease ends comes back to the front.
 */
public interface OfflineQueues {
    /** Appends entries to a device's queue; completes with the queue's length. */
    CompletionStage<Long> park(String device, List<Entry> entries);

    /**
     * Takes the oldest entries for the holder of the device's drain lease.
     *
     * @param holder names the engine; another holder gets nothing while the lease lasts
     * @param limit at most so many, 1 to 10,000
     */
    CompletionStage<List<Entry>> drain(String device, String holder, Duration lease, int limit);

    /** Forgets drained entries that were pushed again or found obsolete. */
    CompletionStage<Void> acknowledge(String device, String holder, List<Entry> entries);

    /** Entries waiting or drained without acknowledgement. */
    CompletionStage<Long> length(String device);

    /** Forgets everything of a device. */
    CompletionStage<Void> clear(String device);

    /**
     * Names this content of the queues: another value means that they came back empty and must be built again from the
     * store.
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
