// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.OutcomeCounts;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.IdempotencyKey;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import io.cdnrefresh.spi.TaskUpdate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Makes rows of one engine as the engine would. Ids rise. Thread-safe. */
public final class TaskRows {
    /** When the first row of every maker is accepted. */
    public static final Instant START = Instant.parse("2026-11-22T10:00:00Z");

    private final EngineEpoch owner;
    private final AtomicLong next;

    private TaskRows(EngineEpoch owner, AtomicLong next) {
        this.owner = owner;
        this.next = next;
    }

    /** Rows of an engine; each is accepted a millisecond after the one before. */
    public static TaskRows of(EngineEpoch owner) {
        return new TaskRows(owner, new AtomicLong());
    }

    /** Rows of a later life of the engine, whose ids go on after this one's. */
    public TaskRows ownedBy(EngineEpoch newOwner) {
        return new TaskRows(newOwner, next);
    }

    /** An accepted purge of one URL. */
    public TaskRow row() {
        return row(RefreshTask.purge("https://www.example.com/" + next.get()));
    }

    /** An accepted task. */
    public TaskRow row(RefreshTask task) {
        return row(task, null);
    }

    /** An accepted task with an idempotency key. */
    public TaskRow row(RefreshTask task, @Nullable IdempotencyKey key) {
        Instant acceptedAt = START.plusMillis(next.getAndIncrement());
        long id = acceptedAt.toEpochMilli() - TaskId.EPOCH_MILLIS << 22 | (long) owner.engine() << 12;
        DeviceSet devices = DeviceSet.of(0, 1, 2, 70);
        return new TaskRow(
                new TaskId(id),
                owner,
                task,
                devices,
                acceptedAt,
                acceptedAt,
                key,
                status(TaskState.ACCEPTED, owner.version(1)));
    }

    /** Accepted purges of one URL each. */
    public List<TaskRow> rows(int count) {
        List<TaskRow> rows = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            rows.add(row());
        }
        return rows;
    }

    /** A task that waits for its time. */
    public TaskRow scheduled(Instant dueAt) {
        TaskRow row = row();
        return new TaskRow(
                row.id(),
                row.owner(),
                row.task(),
                row.devices(),
                row.acceptedAt(),
                dueAt,
                null,
                status(TaskState.SCHEDULED, owner.version(1)));
    }

    /** The same row accepted at another time. */
    public static TaskRow acceptedAt(TaskRow row, Instant at) {
        return new TaskRow(row.id(), row.owner(), row.task(), row.devices(), at, at, row.idempotency(), row.status());
    }

    /** The n-th write of a task in the owner's epoch: to a state that is not final, or settled. */
    public TaskUpdate update(TaskRow row, long n, TaskState state) {
        return new TaskUpdate(row.id(), status(state, owner.version(n)));
    }

    /** The n-th write of a task in the owner's epoch: final, with devices that still owe the refresh. */
    public TaskUpdate owed(TaskRow row, long n, int devices) {
        TaskStatus status = status(TaskState.PARTIAL, owner.version(n));
        return new TaskUpdate(
                row.id(),
                new TaskStatus(
                        status.version(),
                        status.state(),
                        status.step(),
                        status.counts(),
                        devices,
                        status.results(),
                        status.finalAt(),
                        null));
    }

    private static TaskStatus status(TaskState state, long version) {
        long[] counts = new long[Outcome.values().length];
        counts[Outcome.PENDING.code()] = state.isFinal() ? 0 : 4;
        counts[Outcome.VERIFIED.code()] = state.isFinal() ? 4 : 0;
        @Nullable Instant finalAt = state.isFinal() ? START.plusSeconds(60) : null;
        byte[] results = {(byte) version, 0, -1, 127, (byte) state.name().length()};
        return new TaskStatus(
                version, state, state.isFinal() ? 1 : 0, OutcomeCounts.of(counts), 0, results, finalAt, finalAt);
    }
}
