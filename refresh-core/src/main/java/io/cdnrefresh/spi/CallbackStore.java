// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.TaskId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps webhooks until they are delivered, and what became of them as long as their tasks are kept. Blocking; called on
 * threads that may wait, any number at a time, by every engine of the store.
 *
 * <p>No webhook belongs to an engine: whoever claims one that is due has it until the claim ends, and when it says nothing
 * by then the next one claims it. So what a dead engine had under way is tried again.
 *
 * <p>Throws {@link StoreException}: RETRYABLE when the store is away, PERMANENT when a row can never be stored, FATAL after
 * its {@code close()}. Every call may be repeated.
 */
public interface CallbackStore extends WebhookSecrets {
    /** Adds new ones; those whose task and event are known stay as they are. At most 1,000. */
    void add(List<CallbackRow> rows);

    /** Claims some that are due, the oldest first: nobody else gets them until the claim ends. */
    List<CallbackRow> claim(Claim claim);

    /** Stores what became of tries: state, due time, number and history of each that is pending. At most 1,000. */
    void finish(List<CallbackRow> tried);

    /** Reads some without their bodies: of one task in the order of their events, else the newest first. */
    List<CallbackRow> list(Filter filter);

    /**
     * Makes those of a task due at once, whatever became of them, to be tried until {@code giveUpAt}.
     *
     * @return how many
     */
    int redeliver(TaskId task, Instant now, Instant giveUpAt);

    /** How many there are in a state. */
    long count(CallbackRow.State state);

    /**
     * What is wanted.
     *
     * @param now those due by then
     * @param lease how long nobody else gets them
     * @param limit at most so many in all, 1 to 1,000
     * @param perHost at most so many for one host
     * @param busy hosts for which none are wanted, at most 200
     */
    record Claim(Instant now, Duration lease, int limit, int perHost, Set<String> busy) {
        /** Copies the set. */
        public Claim {
            busy = Set.copyOf(busy);
        }
    }

    /**
     * Which ones to read.
     *
     * @param task of this task only; null = of all
     * @param state in this state only; null = in any
     * @param tenant of this tenant only; null = of all
     * @param limit at most so many, 1 to 1,000
     */
    record Filter(
            @Nullable TaskId task,
            CallbackRow.@Nullable State state,
            @Nullable String tenant,
            int limit) {
        /** Whether a row is one of them. */
        public boolean matches(CallbackRow row) {
            return (task == null || task.equals(row.task()))
                    && (state == null || state == row.state())
                    && (tenant == null || tenant.equals(row.tenant()));
        }
    }

    /** The ability of a {@link TaskStore} to keep webhooks, too. */
    interface Owner {
        /** The webhooks of the store; closed with it. */
        CallbackStore callbacks();
    }
}
