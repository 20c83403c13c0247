// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.EngineEpoch;
import java.time.Instant;
import java.util.List;

/**
 * Keeps tasks. What a call reports as done survives the death of every process and, unless the server is configured
 * otherwise, of the machine.
 *
 * <p><b>Threads.</b> Blocking; called on saver threads only, at most {@link #maxWriters} of them at a time, and each
 * task always by the same one. {@link #recover} and {@link #claimDue} may also be called by a query thread. A store that
 * {@link #isImmediate} is called by event loops and lanes, too.
 *
 * <p><b>Transactions.</b> Each call is one transaction that first reads the epoch of the caller's engine with a share
 * lock. A call that throws has changed nothing. Every call may be repeated after a {@link StoreException} whose category
 * is RETRYABLE, even when the first attempt did commit: a row that is already there with the same id, owner and version
 * counts as inserted.
 *
 * <p><b>Errors.</b> {@link FencedException} when the engine's epoch has moved on; {@link StoreException} RETRYABLE when
 * the store is away, read-only, full or chose the caller as a deadlock's victim; PERMANENT when one of the rows can
 * never be stored (the caller looks for it by halving the batch).
 *
 * <p><b>Close.</b> After {@link #close} every call throws a FATAL {@link StoreException}.
 */
public interface TaskStore extends AutoCloseable {
    /** How many threads may write at once; a power of two. SQLite says 1. */
    int maxWriters();

    /**
     * Whether {@link #insert} and {@link #update} of one task take microseconds, never wait and may be called by any thread,
     * any number of them at once: a store in memory. The engine then writes without a hand-over to another thread. Never
     * true for a store that waits for a disk or a network: it would hold up every connection.
     */
    default boolean isImmediate() {
        return false;
    }

    /**
     * Stores new tasks, in one transaction with their idempotency keys.
     *
     * @param rows 1 to 5,000 tasks of the calling engine; ids are unique
     * @return one outcome a row, in order
     */
    List<InsertOutcome> insert(EngineEpoch caller, List<TaskRow> rows);

    /**
     * Stores newer statuses. An update whose version is not newer than the row's, or whose row is gone or another
     * engine's, is skipped; so repeats and late ones are harmless.
     *
     * @param updates 1 to 5,000 updates, at most one a task
     */
    void update(EngineEpoch caller, List<TaskUpdate> updates);

    /**
     * {@link #update} and {@link #insert} together: a batch waits for one commit, not for two. When it throws, the caller
     * does the two apart, which finds out what of it failed; that is harmless whatever this call has stored. Not abstract:
     * a store without transactions over both does them one after the other.
     *
     * @param rows as for {@link #insert}
     * @param updates as for {@link #update}; of none of these rows
     * @return one outcome a row, in order
     */
    default List<InsertOutcome> write(EngineEpoch caller, List<TaskRow> rows, List<TaskUpdate> updates) {
        update(caller, updates);
        return insert(caller, rows);
    }

    /**
     * Takes over tasks of this engine that wait for their time: those in state SCHEDULED with {@code dueAt <= now} and
     * those that another engine left to it. Each is given to one caller once per claim epoch.
     *
     * @param limit at most so many, 1 to 10,000; a store gives fewer when they are large
     * @return the tasks, by rising id, now owned by {@code caller}; empty = nothing is due
     */
    List<TaskRow> claimDue(EngineEpoch caller, Instant now, int limit);

    /**
     * Reads the unfinished and the owed tasks of the calling engine back after a restart: every row that is not settled
     * and whose id is greater than {@code after}, except those still waiting for their time. Writes nothing, and keeps
     * nobody from writing.
     *
     * @param after id of the last row of the previous page, 0 to start
     * @param limit at most so many, 1 to 10,000; a store gives fewer when they are large, so that a page stays below
     *     some tens of megabytes
     * @return the tasks by rising id, now owned by {@code caller}; empty = that was all
     */
    List<TaskRow> recover(EngineEpoch caller, long after, int limit);

    /**
     * Deletes settled tasks that became final before the given time, idempotency keys older than 24 hours and audit
     * records older than 400 days. Tasks that are not settled stay, however old they are. A store that can drop the tasks
     * of a whole day at once does so, and may keep them up to two days longer for that.
     *
     * @param limit at most so many tasks one by one, 1 to 10,000; whole days are not counted against it
     * @return how many tasks were deleted; fewer than {@code limit} = that was all
     */
    int retire(EngineEpoch caller, Instant finalBefore, int limit);

    /**
     * What of the server's settings makes an acknowledged task less durable than this promises; empty = nothing. Not
     * abstract: most stores have nothing to say.
     *
     * @throws StoreException RETRYABLE if the store is away and was not reached yet
     */
    default List<String> durabilityWarnings() {
        return List.of();
    }

    /** Releases what the store holds. Idempotent. */
    @Override
    void close();
}
