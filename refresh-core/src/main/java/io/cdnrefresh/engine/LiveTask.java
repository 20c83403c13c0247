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
import io.cdnrefresh.state.TaskTable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/**
 * A task in memory. Every field belongs to the task's lane.
 *
 * <p>There may be ten million of them: what tasks have in common is shared (terms, plan), times are numbers, the targets
 * are in the pushes while devices still want them, and in the store.
 */
final class LiveTask implements TaskTable.Keyed {
    private static final long MILLI = 1_000_000;
    private static final int NEVER = Integer.MAX_VALUE;
    private static final int NONE = -1;

    private final long id;
    final TaskTerms terms;
    private final TaskPlan plan;
    final DeviceResults results;
    private final long acceptedMillis;
    /** When the task ends at the latest. */
    final long deadlineNanos;

    /** What was asked in full; null while the pushes keep it. */
    private @Nullable RefreshTask body;
    /** What was put into the feed, the latest step first; null when nothing was, or nobody is asked any more. */
    @Nullable
    Push pushes;

    TaskState state;
    byte step;
    byte resends;

    /** The one timer of the task, 0 = none. */
    long timer;

    // times that are shown or compared, in ms after acceptance or before the deadline: half the size of a long
    private int runningMillis = NEVER;
    private int firstReportMillis = NEVER;
    private int stepStartedMillis = NEVER;
    private int savedMillis = NEVER;

    @Nullable
    Instant finalAt;

    @Nullable
    Instant settledAt;

    /** What it is owed is being parked. */
    boolean isLeaving;

    // saving
    /** Writes of this epoch, the insert is the one with 0; {@link #NONE} = the row is as an older epoch left it. */
    private int writes;

    boolean isDirty;
    boolean isSaving;
    /** The store has lost it, and it is not back there yet. */
    boolean isMissing;

    boolean isQueuedForSave;
    /** What the devices were promised once the next save is committed, and once the one under way is. */
    List<Runnable> acknowledgements = List.of();

    List<Runnable> acknowledgementsUnderWay = List.of();
    boolean isFinalTold;
    boolean isSettledTold;
    /** Settled, and the store is to hear of it only after the listeners have. */
    boolean isTellingFirst;
    /** The last update can never be stored. */
    boolean isRefused;

    /** Tasks of this engine that wait for this one to end. */
    @Nullable
    LongHashSet dependents;

    LiveTask(TaskRow row, EngineEpoch owner, TaskTerms terms, TaskPlan plan, long deadlineNanos) {
        id = row.id().value();
        body = row.task();
        this.terms = terms;
        this.plan = plan;
        acceptedMillis = row.acceptedAt().toEpochMilli();
        results = DeviceResults.fromBytes(
                plan.devices(), row.task().targets().size(), row.status().results());
        this.deadlineNanos = deadlineNanos;
        TaskStatus status = row.status();
        state = status.state();
        step = (byte) Math.min(status.step(), plan.steps().size() - 1);
        finalAt = status.finalAt();
        settledAt = status.settledAt();
        isFinalTold = state.isFinal();
        isSettledTold = status.isSettled();
        writes = status.version() >>> 32 == owner.epoch() ? (int) status.version() : NONE;
    }

    @Override
    public long key() {
        return id;
    }

    TaskId id() {
        return new TaskId(id);
    }

    DeviceSet devices() {
        return plan.devices();
    }

    /** Parents before edges; never empty. */
    List<DeviceSet> steps() {
        return plan.steps();
    }

    boolean isLastStep() {
        return step == plan.steps().size() - 1;
    }

    /** When the task ends at the latest, by the wall clock. */
    static Instant deadline(Instant acceptedAt, TaskTerms terms) {
        Instant notBefore = terms.options().notBefore();
        Instant start = notBefore != null && notBefore.isAfter(acceptedAt) ? notBefore : acceptedAt;
        return start.plus(terms.options().deadline());
    }

    /** When the task may start, by the wall clock. */
    Instant start() {
        return deadline().minus(terms.options().deadline());
    }

    /** The same in Unix milliseconds. */
    long startMillis() {
        Instant notBefore = terms.options().notBefore();
        return notBefore == null ? acceptedMillis : Math.max(acceptedMillis, notBefore.toEpochMilli());
    }

    Instant deadline() {
        return deadline(acceptedAt(), terms);
    }

    /** What was asked in full. */
    RefreshTask body() {
        RefreshTask own = body;
        if (own != null) {
            return own;
        }
        Push entry = pushes;
        if (entry == null) {
            throw new IllegalStateException("task " + id() + " has lost its targets");
        }
        return entry.command.task();
    }

    /** The current step was put into the feed, which keeps the targets from now on. */
    void pushed(Push entry) {
        entry.earlier = pushes;
        pushes = entry;
        if (isLastStep()) {
            body = null;
        }
    }

    /** Whether the step that is under way was put into the feed. */
    boolean isStepPushed() {
        Push entry = pushes;
        return entry != null && entry.command.step() == step;
    }

    /** The device needs no command of the task any more. */
    void markReported(int device) {
        for (Push entry = pushes; entry != null; entry = entry.earlier) {
            entry.markReported(device);
        }
    }

    /** The device has answered something. */
    void heard(int device, long nowNanos) {
        for (Push push = pushes; push != null; push = push.earlier) {
            push.heard(device, nowNanos);
        }
    }

    /** Nobody is to be asked any more; until it leaves memory the task can still be shown and written again. */
    void close() {
        body = body();
        for (Push entry = pushes; entry != null; entry = entry.earlier) {
            entry.close();
        }
        pushes = null;
    }

    /** Whether every device of the step that is under way is finished. */
    boolean isStepFinished() {
        if (steps().size() == 1) {
            return results.finished() == results.size();
        }
        boolean[] isOpen = {false};
        steps().get(step)
                .forEach(ordinal -> isOpen[0] |= !results.isFinished(devices().indexOf(ordinal)));
        return !isOpen[0];
    }

    int owed() {
        return terms.kind().isRefresh() && state.isFinal() && state != TaskState.CANCELLED ? results.owed() : 0;
    }

    Instant acceptedAt() {
        return Instant.ofEpochMilli(acceptedMillis);
    }

    @Nullable
    Instant runningAt() {
        return after(runningMillis);
    }

    void setRunningAt(Instant now) {
        runningMillis = sinceAccepted(now);
    }

    @Nullable
    Instant firstReportAt() {
        return after(firstReportMillis);
    }

    /** Whether the first report has not come. */
    boolean isUnreported() {
        return firstReportMillis == NEVER;
    }

    /** A report has come; the first one counts. */
    void reported(Instant now) {
        if (firstReportMillis == NEVER) {
            firstReportMillis = sinceAccepted(now);
        }
    }

    private int sinceAccepted(Instant now) {
        return (int) Math.max(0, Math.min(NEVER - 1, now.toEpochMilli() - acceptedMillis));
    }

    private @Nullable Instant after(int millis) {
        return millis == NEVER ? null : Instant.ofEpochMilli(acceptedMillis + millis);
    }

    /** When the step that is under way began, up to 1 ms early. */
    long stepStartedNanos() {
        return deadlineNanos - stepStartedMillis * MILLI;
    }

    void startStep(long nowNanos) {
        stepStartedMillis = beforeDeadline(nowNanos);
        resends = 0;
    }

    /** When the task was saved last, up to 1 ms early; long ago if it never was. */
    long savedNanos() {
        return deadlineNanos - savedMillis * MILLI;
    }

    void saved(long nowNanos) {
        savedMillis = beforeDeadline(nowNanos);
    }

    private int beforeDeadline(long nowNanos) {
        return (int) Math.max(-NEVER, Math.min(NEVER, -Math.floorDiv(nowNanos - deadlineNanos, MILLI)));
    }

    /** The version of the last write; below all of this epoch, and above all of older ones, if it has written nothing. */
    long version(EngineEpoch owner) {
        return owner.version(0) + writes;
    }

    TaskUpdate nextUpdate(EngineEpoch owner) {
        writes++;
        return new TaskUpdate(
                id(),
                new TaskStatus(
                        owner.version(writes),
                        state,
                        step,
                        results.counts(),
                        owed(),
                        results.toBytes(),
                        finalAt,
                        isTellingFirst ? null : settledAt));
    }

    /** The whole row, as it should be in the store. */
    TaskRow row(EngineEpoch owner) {
        Instant notBefore = terms.options().notBefore();
        Instant due = notBefore != null && notBefore.isAfter(acceptedAt()) ? notBefore : acceptedAt();
        TaskStatus status = nextUpdate(owner).status();
        return new TaskRow(id(), owner, body(), devices(), acceptedAt(), due, null, status);
    }

    /** Whether the store does not have everything yet that it is to have. */
    boolean isUnsaved() {
        return isDirty || isSaving || isMissing || isTellingFirst;
    }

    void addAcknowledgement(Runnable acknowledge) {
        if (acknowledgements.isEmpty()) {
            acknowledgements = new ArrayList<>(2);
        }
        acknowledgements.add(acknowledge);
    }

    /** For a report that changes nothing: what it repeats may still be on its way into the store; it makes no new save. */
    void acknowledgeRepeat(Runnable acknowledge) {
        if (isDirty) {
            addAcknowledgement(acknowledge);
        } else if (isSaving) {
            if (acknowledgementsUnderWay.isEmpty()) {
                acknowledgementsUnderWay = new ArrayList<>(2);
            }
            acknowledgementsUnderWay.add(acknowledge);
        } else {
            acknowledge.run();
        }
    }

    void addDependent(long successor) {
        if (dependents == null) {
            dependents = new LongHashSet();
        }
        dependents.add(successor);
    }

    TaskProgress progress(Tally tally) {
        return new TaskProgress(
                id(), state, results.targets(), results.counts(), tally, acceptedAt(), finalAt, settledAt);
    }
}
