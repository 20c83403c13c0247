// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.CancelResult;
import io.cdnrefresh.engine.EngineOperations.Cause;
import io.cdnrefresh.engine.EngineOperations.WaitQuery;
import io.cdnrefresh.engine.EngineOperations.WaitResult;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.ring.StageHandler;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.state.Regions;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/**
 * One partition of the tasks and the only writer of everything about them: Poller, Dispatcher, Pusher and ReportApplier as
 * non-blocking steps of one duty cycle. Everything reaches it as an event in its queue; it never waits for anybody: what
 * the feed or a saver cannot take stays here and is offered again.
 */
final class Lane implements StageHandler<LaneEvent> {
    private final int number;
    private final int lanes;
    private final LaneParts parts;
    private final StageQueue<LaneEvent> queue;
    private final Others others;
    private final SaveQueue saves;
    private final Pusher pusher;
    private final Poller poller;
    private final Dispatcher dispatcher;
    private final ReportApplier applier;
    private final Waits waits;
    private final Ends ends;
    private final LaneFigures figures;
    private final SettledTasks settled;

    private final AtomicLong armedTasks = new AtomicLong();
    private long nowNanos;
    private boolean isFinishing;

    Lane(Place place, LaneParts parts, Saver saver, Others others) {
        number = place.number;
        lanes = place.lanes;
        this.parts = parts;
        this.others = others;
        queue = new StageQueue<>("lane-" + number, place.capacity, this);
        saves = new SaveQueue(saver, this, parts.timing().update());
        pusher = new Pusher(parts.feed(), parts.devices(), parts.clock());
        poller = new Poller(parts);
        dispatcher = new Dispatcher(this, parts, pusher);
        applier = new ReportApplier(parts.clock());
        waits = new Waits(number, parts);
        ends = new Ends(this, parts);
        figures = new LaneFigures(new DebtSweep(number, lanes, parts.table()));
        settled = new SettledTasks(this, lanes);
        nowNanos = parts.clock().nanos();
    }

    /** Which lane of how many, and how much may wait for it. */
    record Place(int number, int lanes, int capacity) {}

    /** What a lane needs of the other lanes and of the store. Nothing of it waits. */
    interface Others {
        /** Tells the lane of {@code successor} once {@code predecessor} is final, if that is known by now. */
        void ask(TaskId predecessor, long successor);

        /** Tells the lanes of the successors that a task has ended. */
        void tell(LongHashSet successors, TaskState how);

        /**
         * A device reports on a task that is not in memory. It comes back if the report can still matter; else the
         * acknowledgement is due.
         */
        void reportOfAbsent(int device, Report report, Runnable acknowledge);

        /** Tells the task's lane once every lane has handed all that it had before now to the feed. */
        void whenAllArePushed(LiveTask live);
    }

    StageQueue<LaneEvent> queue() {
        return queue;
    }

    EngineEpoch epoch() {
        return parts.epoch();
    }

    /** The time of the event that is worked on. */
    long nowNanos() {
        return nowNanos;
    }

    int pushing() {
        return pusher.depth();
    }

    /** Tasks of this lane with an armed timer. */
    long armedTasks() {
        return armedTasks.get();
    }

    /** Arms the one timer of a task, in the place of the one that it has. */
    void arm(LiveTask live, long deadlineNanos) {
        if (isFinishing) {
            disarm(live);
            return;
        }
        boolean isFirst = live.timer == 0;
        long moved = isFirst ? 0 : parts.timer().rearm(live.timer, deadlineNanos);
        live.timer = moved != 0 ? moved : parts.timer().arm(deadlineNanos, LaneParts.TASK_TIMER, live.key());
        if (isFirst) {
            armedTasks.lazySet(armedTasks.getPlain() + 1);
        }
    }

    private void disarm(LiveTask live) {
        if (live.timer != 0) {
            parts.timer().cancel(live.timer);
            live.timer = 0;
            armedTasks.lazySet(armedTasks.getPlain() - 1);
        }
    }

    /** Callers who wait for a task of this lane. */
    int waiting() {
        return waits.size();
    }

    int saving() {
        return saves.depth();
    }

    @Override
    public void onEvent(LaneEvent event, boolean isEndOfBatch) {
        nowNanos = parts.clock().nanos();
        event.on(this);
        if (isEndOfBatch) {
            flush();
        }
    }

    @Override
    public boolean isGathering() {
        return true;
    }

    @Override
    public void onIdle() {
        nowNanos = parts.clock().nanos();
        flush();
    }

    private void flush() {
        pusher.flush();
        saves.flush(nowNanos);
        ends.flush();
    }

    @Nullable
    LiveTask find(long id) {
        return parts.table().get(id);
    }

    /** How late its tasks are. Any thread. */
    LaneFigures figures() {
        return figures;
    }

    /** A new task, which is in the store now. */
    void accept(TaskRow row) {
        adopt(row);
        ends.stored(row, figures);
    }

    /** A row of the store enters memory; one that is already there stays as it is. */
    LiveTask adopt(TaskRow row) {
        LiveTask known = find(row.id().value());
        if (known != null) {
            if (known.isLeaving) {
                // it is wanted again before it has left
                known.isLeaving = false;
                dispatcher.admit(known);
            }
            return known;
        }
        LiveTask live = poller.enter(row, nowNanos);
        parts.table().put(live);
        parts.shares().take(live.terms.tenant());
        boolean isForgiven = applier.forgetRemoved(live, parts.devices().view());
        ends.entered(live, row);
        dispatcher.admit(live);
        if (isForgiven) {
            changed(live);
            dispatcher.advance(live);
        }
        return live;
    }

    /** A batch of one device; the acknowledgement is due once for each report. */
    void onReports(int device, List<Report> reports, Runnable acknowledgeOne) {
        @Nullable LiveTask[] found = applier.lookUp(parts.table(), device, reports);
        Device from = parts.devices().view().device(device);
        long nowMillis = parts.clock().now().toEpochMilli();
        for (int i = 0; i < found.length; i++) {
            Report report = reports.get(i);
            LiveTask live = found[i];
            boolean isFirst = live != null && live.isUnreported();
            if (live == null) {
                others.reportOfAbsent(device, report, acknowledgeOne);
            } else if (!applier.apply(live, device, report)) {
                live.acknowledgeRepeat(acknowledgeOne);
            } else {
                figures.reported(from, live, report, isFirst, nowMillis);
                ends.reported(live, from, isFirst, nowMillis);
                live.addAcknowledgement(acknowledgeOne);
                changed(live);
                dispatcher.advance(live);
                String reason = StopRule.reason(live, report);
                if (!reason.isEmpty()) {
                    dispatcher.stop(live, reason);
                }
            }
            if (report.isFinal()) {
                parts.feed().earlier().reported(report.task().value(), device);
                parts.delay().reported(device, report);
            }
        }
    }

    void onTimer(int kind, long payload, long handle) {
        if (kind == LaneParts.WAIT_TIMER) {
            waits.timedOut(payload);
            return;
        }
        LiveTask live = find(payload);
        if (live != null && live.timer == handle) {
            disarm(live);
            dispatcher.onTimer(live);
        }
    }

    /** The task has changed and is to be saved. */
    void changed(LiveTask live) {
        saves.changed(live, nowNanos);
    }

    void onSaved(LiveTask live, boolean isStored) {
        boolean wasDirty = live.isDirty;
        saves.saved(live, nowNanos);
        if (wasDirty) {
            // what is newer than the commit is told after its own
            return;
        }
        live.isRefused = !isStored;
        if (isStored) {
            ends.committed(live);
            waits.evaluate(live);
            settled.add(live);
        } else if (live.state.isFinal()) {
            live.isTellingFirst = false;
            parts.notifier().refused(live.id());
            waits.refused(live);
        }
    }

    Tallies tallies(LiveTask live) {
        return parts.devices().tallies(Tallies.Subject.of(live));
    }

    /** Answers once the cancellation, or whatever end came before it, is committed. */
    void cancel(LiveTask live, Consumer<Answer<CancelResult>> done) {
        CancelResult result = CancelResult.CANCELLING;
        if (live.state == TaskState.CANCELLED) {
            result = CancelResult.ALREADY_CANCELLED;
        } else if (live.state.isFinal()) {
            result = CancelResult.ALREADY_FINAL;
        } else {
            dispatcher.cancel(live);
        }
        waits.add(live, result, done);
    }

    void await(LiveTask live, WaitQuery query, Consumer<Answer<WaitResult>> done) {
        if (isFinishing) {
            done.accept(new Answer.Unavailable<>(Cause.NOT_RUNNING, 1));
            return;
        }
        waits.add(live, query, done);
    }

    void askPredecessor(TaskId predecessor, long successor) {
        others.ask(predecessor, successor);
    }

    void tellDependents(LiveTask live) {
        LongHashSet dependents = live.dependents;
        if (dependents != null) {
            live.dependents = null;
            others.tell(dependents, live.state);
        }
    }

    /** A preload never passes an earlier refresh: it goes into the feed after everything that was there before it. */
    void pushAfterEarlier(LiveTask live) {
        others.whenAllArePushed(live);
    }

    void earlierArePushed(LiveTask live) {
        if (find(live.key()) == live) {
            dispatcher.earlierArePushed(live);
        }
    }

    /** Hands everything to the feed; whether that has room for it. */
    boolean pushEverything() {
        pusher.flush();
        return pusher.depth() == 0;
    }

    void predecessorEnded(long successor, TaskState how) {
        LiveTask live = find(successor);
        if (live != null) {
            dispatcher.predecessorEnded(live, how);
        }
    }

    /** The device is removed: what it owes is forgiven. */
    void forget(int device) {
        parts.table().forEach(number, lanes, live -> {
            if (live.devices().contains(device) && applier.forget(live, device)) {
                changed(live);
                dispatcher.advance(live);
            }
        });
    }

    void parked(LiveTask live, boolean isParked) {
        if (!live.isLeaving || find(live.key()) != live) {
            return;
        }
        live.isLeaving = false;
        if (isParked) {
            evict(live);
        } else {
            dispatcher.stay(live);
        }
    }

    void evict(LiveTask live) {
        if (live.isUnsaved()) {
            dispatcher.stay(live);
            return;
        }
        drop(live);
    }

    /** The task is not this engine's business any more. */
    void drop(LiveTask live) {
        disarm(live);
        live.close();
        parts.feed().earlier().remove(live.key());
        waits.abandon(live);
        parts.table().remove(live.key());
        parts.shares().release(live.terms.tenant());
    }

    /** The store has lost the task: it gets it again. False: not now. */
    boolean writeAgain(LiveTask live) {
        return saves.insertAgain(live);
    }

    /** Looks at the task again later. */
    void stay(LiveTask live) {
        dispatcher.stay(live);
    }

    /** The engine stops: arms no timer any more, ends every wait and hands every change to the saver at once. */
    boolean finish() {
        isFinishing = true;
        waits.endAll();
        saves.flushAll();
        return true;
    }

    static Lane of(Lane[] lanes, long taskId) {
        return lanes[Regions.share(Regions.of(taskId), lanes.length)];
    }
}
