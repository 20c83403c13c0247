// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals.tasks;

import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The reference: a ConcurrentHashMap of objects. A task has what the engine's has, in the types that one would take, and three
 * bitmaps: its devices, who has applied it, who is finished. What is asked is one object for all tasks here, too.
 */
final class PlainTasks implements Tasks {
    private final ConcurrentHashMap<Long, Task> tasks = new ConcurrentHashMap<>();
    private final RefreshTask asked = RefreshTask.purge("http://www.example.com/1");
    private final int devices;
    private final @Nullable BitSet shared;

    /** For so many devices; {@code isSetShared}: one set of devices for all tasks instead of one each. */
    PlainTasks(int devices, boolean isSetShared) {
        this.devices = devices;
        shared = isSetShared ? allDevices() : null;
    }

    private BitSet allDevices() {
        BitSet all = new BitSet(devices);
        all.set(0, devices);
        return all;
    }

    @SuppressWarnings("UnusedVariable") // the fields are there for their size
    private static final class Task {
        final TaskId id;
        final RefreshTask asked;
        final BitSet devices;
        final BitSet applied;
        final BitSet finished;
        final Instant acceptedAt;
        final Instant deadline;
        final long deadlineNanos;
        volatile TaskState state = TaskState.RUNNING;
        int finishedCount;
        int step;
        int resends;
        Instant runningAt;

        @Nullable
        Instant firstReportAt;

        @Nullable
        Instant finalAt;

        @Nullable
        Instant settledAt;

        @Nullable
        Object entries;

        long timer;
        long stepStartedNanos;
        long savedNanos;
        long writes;
        boolean isDirty;
        boolean isSaving;
        boolean isQueuedForSave;
        List<Runnable> acknowledgements = List.of();
        List<Runnable> acknowledgementsUnderWay = List.of();

        @Nullable
        Object dependents;

        Task(long id, RefreshTask asked, BitSet devices, int size) {
            this.id = new TaskId(id);
            this.asked = asked;
            this.devices = devices;
            applied = new BitSet(size);
            finished = new BitSet(size);
            acceptedAt = Instant.ofEpochMilli(1_700_000_000_000L + (id >> 20));
            deadline = acceptedAt.plusSeconds(600);
            deadlineNanos = 1L << 40;
            runningAt = acceptedAt.plusMillis(1);
            timer = id;
        }

        synchronized boolean report(int device, Report report) {
            if (!devices.get(device) || finished.get(device)) {
                return false;
            }
            if (firstReportAt == null) {
                firstReportAt = runningAt;
            }
            boolean isApplied = report.outcome().isApplied();
            boolean isNew = report.isFinal() || applied.get(device) != isApplied;
            applied.set(device, isApplied);
            if (report.isFinal()) {
                finished.set(device);
                finishedCount++;
            }
            return isNew;
        }
    }

    @Override
    public int lane(long id) {
        return -1;
    }

    @Override
    public void enter(long id) {
        tasks.put(id, new Task(id, asked, shared == null ? allDevices() : shared, devices));
    }

    @Override
    public int report(int device, List<Report> reports) {
        int changed = 0;
        for (Report report : reports) {
            Task task = tasks.get(report.task().value());
            if (task == null) {
                throw new IllegalStateException("task " + report.task());
            }
            changed += task.report(device, report) ? 1 : 0;
        }
        return changed;
    }
}
