// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.model.TaskProgress.Tally;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import io.cdnrefresh.spi.TaskUpdate;
import io.cdnrefresh.state.DeviceResults;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/** A task in memory. Every field belongs to the task's lane. */
final class LiveTask {
    final TaskId id;
    final RefreshTask task;
    final DeviceSet devices;
    final Instant acceptedAt;
    final DeviceResults results;
    /** The step plan and, by step, what was put into the feed. */
    final List<DeviceSet> steps;

    final @Nullable FeedEntry[] entries;
    /** When the task ends at the latest, by both clocks. */
    final Instant deadline;

    final long deadlineNanos;

    TaskState state;
    int step;

    @Nullable
    Instant runningAt;

    @Nullable
    Instant firstReportAt;

    @Nullable
    Instant finalAt;

    @Nullable
    Instant settledAt;

    /** The one timer of the task, 0 = none. */
    long timer;

    long stepStartedNanos;
    int resends;
    /** What it is owed is being parked. */
    boolean isLeaving;

    // saving
    private final EngineEpoch owner;
    private long writes;
    boolean isDirty;
    boolean isSaving;
    boolean isQueuedForSave;
    long savedNanos;
    /** What the devices were promised once the next save is committed, and once the one under way is. */
    List<Runnable> acknowledgements = List.of();

    List<Runnable> acknowledgementsUnderWay = List.of();
    boolean isFinalTold;
    boolean isSettledTold;

    /** Tasks of this engine that wait for this one to end. */
    @Nullable
    LongHashSet dependents;

    LiveTask(TaskRow row, EngineEpoch owner, List<DeviceSet> steps, Instant deadline, long deadlineNanos) {
        id = row.id();
        task = row.task();
        devices = row.devices();
        acceptedAt = row.acceptedAt();
        results = DeviceResults.fromBytes(
                devices, task.targets().size(), row.status().results());
        this.steps = steps;
        entries = new FeedEntry[steps.size()];
        this.deadline = deadline;
        this.deadlineNanos = deadlineNanos;
        this.owner = owner;
        TaskStatus status = row.status();
        state = status.state();
        step = Math.min(status.step(), steps.size() - 1);
        finalAt = status.finalAt();
        settledAt = status.settledAt();
        isFinalTold = state.isFinal();
        isSettledTold = status.isSettled();
        // A row that an older epoch wrote has a lower version whatever its count.
        writes = status.version() >>> 32 == owner.epoch() ? status.version() & 0xffff_ffffL : 0;
    }

    /** Whether every device of the step that is under way is finished. */
    boolean isStepFinished() {
        DeviceSet now = steps.get(step);
        if (steps.size() == 1) {
            return results.finished() == results.size();
        }
        boolean[] isOpen = {false};
        now.forEach(ordinal -> isOpen[0] |= !results.isFinished(devices.indexOf(ordinal)));
        return !isOpen[0];
    }

    int owed() {
        return task.kind().isRefresh() && state.isFinal() && state != TaskState.CANCELLED ? results.owed() : 0;
    }

    TaskUpdate nextUpdate() {
        writes++;
        return new TaskUpdate(
                id,
                new TaskStatus(
                        owner.version(writes),
                        state,
                        step,
                        results.counts(),
                        owed(),
                        results.toBytes(),
                        finalAt,
                        settledAt));
    }

    void addAcknowledgement(Runnable acknowledge) {
        if (acknowledgements.isEmpty()) {
            acknowledgements = new ArrayList<>(2);
        }
        acknowledgements.add(acknowledge);
    }

    void addDependent(long successor) {
        if (dependents == null) {
            dependents = new LongHashSet();
        }
        dependents.add(successor);
    }

    TaskProgress progress(Tally tally) {
        return new TaskProgress(
                id, state, task.targets().size(), results.counts(), tally, acceptedAt, finalAt, settledAt);
    }
}
