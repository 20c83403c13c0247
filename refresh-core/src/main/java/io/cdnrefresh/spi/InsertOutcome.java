// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.TaskId;
import java.time.Instant;

/** What became of one row of an insert. */
public sealed interface InsertOutcome {
    /** The row is in the store. */
    record Inserted() implements InsertOutcome {
        /** The only one that is ever needed. */
        public static final Inserted ONE = new Inserted();
    }

    /**
     * The idempotency key was used before with the same body; the row was left out.
     *
     * @param original the task of the first use
     * @param acceptedAt when that was accepted
     * @param targets its number of targets
     */
    record Replayed(TaskId original, Instant acceptedAt, int targets) implements InsertOutcome {}

    /**
     * The idempotency key was used before with another body; the row was left out.
     *
     * @param original the task of the first use
     */
    record KeyReused(TaskId original) implements InsertOutcome {}
}
