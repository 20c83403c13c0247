// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.AfterRule;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.TaskState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides what a task does next: wait, run a step, end, be settled, leave memory. Confined to its lane. */
final class Dispatcher {
    private static final Logger logger = LoggerFactory.getLogger(Dispatcher.class);
    private static final long AFTER_POLL_NANOS = 1_000_000_000;

    private final Lane lane;
    private final LaneParts parts;
    private final Pusher pusher;

    Dispatcher(Lane lane, LaneParts parts, Pusher pusher) {
        this.lane = lane;
        this.parts = parts;
        this.pusher = pusher;
    }

    /** A task has entered memory. */
    void admit(LiveTask live) {
        Instant notBefore = live.terms.options().notBefore();
        if (live.state.isFinal()) {
            settleIfDone(live);
            if (live.settledAt == null) {
                pushOwed(live);
            }
            arm(live, lane.nowNanos() + parts.timing().grace());
        } else if (live.state == TaskState.SCHEDULED && isInFuture(notBefore)) {
            arm(live, nanosOf(notBefore));
        } else if (live.state == TaskState.SCHEDULED && live.terms.options().after() != null) {
            askPredecessor(live);
        } else {
            run(live);
        }
    }

    private void pushOwed(LiveTask live) {
        for (live.step = 0; live.step < live.steps().size(); live.step++) {
            pusher.push(live);
        }
        live.step = (byte) (live.steps().size() - 1);
    }

    private boolean isInFuture(@Nullable Instant time) {
        return time != null && time.isAfter(parts.clock().now());
    }

    private long nanosOf(@Nullable Instant time) {
        long millis =
                time == null ? 0 : time.toEpochMilli() - parts.clock().now().toEpochMilli();
        return lane.nowNanos() + Math.max(0, millis) * 1_000_000 + 1_000_000;
    }

    private void askPredecessor(LiveTask live) {
        arm(live, Math.min(lane.nowNanos() + AFTER_POLL_NANOS, live.deadlineNanos));
        if (live.terms.options().after() != null) {
            lane.askPredecessor(live.terms.options().after(), live.key());
        }
    }

    /** The task that this one waits for has ended. */
    void predecessorEnded(LiveTask live, TaskState how) {
        if (live.state != TaskState.SCHEDULED) {
            return;
        }
        if (how == TaskState.CANCELLED) {
            cancel(live);
        } else if (how == TaskState.DONE || live.terms.options().afterOn() == AfterRule.FINAL) {
            run(live);
        } else {
            end(live, Outcome.CANCELLED, TaskState.FAILED);
        }
    }

    private void run(LiveTask live) {
        live.setRunningAt(parts.clock().now());
        if (live.state != TaskState.RUNNING) {
            live.state = TaskState.RUNNING;
            lane.changed(live);
        }
        if (live.terms.kind().isRefresh() && live.steps().size() > 1) {
            DeviceSet devices = live.devices();
            DeviceSet later = devices.filter(device ->
                    !live.steps().get(0).contains(device) && !live.results.isFinished(devices.indexOf(device)));
            parts.feed().earlier().add(live.key(), live.body(), later);
        }
        if (live.terms.kind().isRefresh()) {
            // after a restart: earlier steps whose barrier has passed are still wanted
            pushMissing(live, live.step);
        }
        startStep(live);
        if (live.isStepFinished()) {
            advance(live);
        }
    }

    private void startStep(LiveTask live) {
        live.startStep(lane.nowNanos());
        if (live.terms.kind().isRefresh()) {
            pusher.push(live);
        } else {
            lane.pushAfterEarlier(live);
        }
        armResend(live);
    }

    /** Every refresh that was answered before this preload came is in the feed by now. */
    void earlierArePushed(LiveTask live) {
        if (live.state == TaskState.RUNNING) {
            pushMissing(live, live.step + 1);
        }
    }

    /** Pushes those of the first steps that are not in the feed. */
    private void pushMissing(LiveTask live, int steps) {
        byte now = live.step;
        Push last = live.pushes;
        for (live.step = (byte) (last == null ? 0 : last.command.step() + 1); live.step < steps; live.step++) {
            pusher.push(live);
        }
        live.step = now;
    }

    private void armResend(LiveTask live) {
        long wait = !live.isStepPushed()
                ? AFTER_POLL_NANOS // it is not in the feed yet
                : Math.min(
                        parts.timing().resend() << Math.min(live.resends, 10),
                        parts.timing().longestResend());
        // up to an eighth more, so that tasks that came together are not asked for together
        wait += (live.key() * 0x9E3779B97F4A7C15L >>> 40) * wait >>> 27;
        long next = Math.min(lane.nowNanos() + wait, live.deadlineNanos);
        arm(live, live.isLastStep() ? next : Math.min(next, barrierEnd(live)));
    }

    private long barrierEnd(LiveTask live) {
        long half = (live.deadlineNanos - live.stepStartedNanos()) / 2;
        return live.stepStartedNanos() + Math.min(half, parts.timing().barrier());
    }

    /** A device has reported. */
    void advance(LiveTask live) {
        if (live.state.isFinal()) {
            settleIfDone(live);
        } else if (live.isStepFinished()) {
            if (!live.isLastStep()) {
                nextStep(live);
            } else if (live.results.finished() == live.results.size()) {
                end(live, Outcome.TIMEOUT, null);
            }
        }
    }

    private void nextStep(LiveTask live) {
        live.step++;
        lane.changed(live);
        startStep(live);
        if (live.isStepFinished()) {
            advance(live);
        }
    }

    /** The one timer of the task has fired. */
    void onTimer(LiveTask live) {
        long now = lane.nowNanos();
        if (live.state.isFinal()) {
            leave(live);
        } else if (now - live.deadlineNanos >= 0) {
            end(live, Outcome.TIMEOUT, null);
        } else if (live.state == TaskState.SCHEDULED) {
            admit(live);
        } else if (!live.isLastStep() && now - barrierEnd(live) >= 0) {
            nextStep(live);
        } else {
            if (!live.isStepPushed()) {
                lane.pushAfterEarlier(live);
            } else {
                live.resends = (byte) Math.min(live.resends + 1, 100);
                pusher.resend(live);
            }
            armResend(live);
        }
    }

    /** The submitter withdraws the task: what is undone and owed is dropped. */
    void cancel(LiveTask live) {
        pusher.withdraw(live);
        end(live, Outcome.CANCELLED, TaskState.CANCELLED);
    }

    /** The task does harm: nobody else is asked for it. Devices that have it keep to what they have done. */
    void stop(LiveTask live, String reason) {
        logger.warn("task stopped task={} reason={}", live.id(), reason);
        pusher.withdraw(live);
        end(live, Outcome.CANCELLED, null);
    }

    /**
     * The task ends.
     *
     * @param rest what becomes of targets that nobody has reported on
     * @param forced the final state; null = what the results say
     */
    private void end(LiveTask live, Outcome rest, @Nullable TaskState forced) {
        live.results.giveUp(rest);
        if (forced == TaskState.CANCELLED) {
            live.results.forgive();
        }
        live.state = forced == null ? verdict(live) : forced;
        live.finalAt = parts.clock().now();
        if (live.owed() == 0) {
            settle(live, live.finalAt);
        }
        arm(live, lane.nowNanos() + parts.timing().grace());
        lane.changed(live);
        lane.tellDependents(live);
    }

    private static TaskState verdict(LiveTask live) {
        int done = live.results.satisfied(live.terms::isSatisfiedBy);
        if (done == live.results.size()) {
            return TaskState.DONE;
        }
        return done > 0 ? TaskState.PARTIAL : TaskState.FAILED;
    }

    private void settleIfDone(LiveTask live) {
        if (live.settledAt == null && live.owed() == 0) {
            settle(live, parts.clock().now());
            lane.changed(live);
            // its end was told long ago: nobody waits for it here
            arm(live, lane.nowNanos() + parts.timing().update());
        }
    }

    private void settle(LiveTask live, Instant when) {
        live.settledAt = when;
        live.isTellingFirst = parts.notifier().tellsFirst(live.terms.options());
        close(live);
    }

    /** Nobody is to be asked any more, and no preload waits for it. */
    private void close(LiveTask live) {
        live.close();
        parts.feed().earlier().remove(live.key());
    }

    /** A finished task leaves memory once it is saved; what it is owed is parked with the devices that owe it. */
    private void leave(LiveTask live) {
        if (live.isUnsaved()) {
            arm(live, lane.nowNanos() + parts.timing().update());
        } else if (live.owed() == 0) {
            lane.evict(live);
        } else {
            live.close();
            live.isLeaving = true;
            // tried again if the answer does not come, or finds no room in the lane
            arm(live, lane.nowNanos() + parts.timing().grace());
            parts.delay().park(live, isParked -> lane.queue().offer(l -> l.parked(live, isParked)));
        }
    }

    private void arm(LiveTask live, long deadlineNanos) {
        lane.arm(live, deadlineNanos);
    }

    /** Try to leave again later. */
    void stay(LiveTask live) {
        arm(live, lane.nowNanos() + parts.timing().grace());
    }
}
