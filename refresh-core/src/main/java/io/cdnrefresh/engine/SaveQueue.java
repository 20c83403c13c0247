// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskUpdate;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Brings changed tasks of one lane to their saver: at most one save of a task is under way, the first change goes at once,
 * further ones of an unfinished task at most once a period, a final state at once. Confined to the lane.
 */
final class SaveQueue {
    private final Saver saver;
    private final Lane lane;
    private final long periodNanos;
    /** Tasks to save now, and tasks to save when their period is over, oldest first. */
    private final ArrayDeque<LiveTask> ready = new ArrayDeque<>();

    private final ArrayDeque<LiveTask> later = new ArrayDeque<>();

    SaveQueue(Saver saver, Lane lane, long periodNanos) {
        this.saver = saver;
        this.lane = lane;
        this.periodNanos = periodNanos;
    }

    void changed(LiveTask live, long nowNanos) {
        live.isDirty = true;
        enqueue(live, nowNanos);
    }

    private void enqueue(LiveTask live, long nowNanos) {
        if (live.isSaving) {
            return;
        }
        boolean isNow = live.state.isFinal() || nowNanos - live.savedNanos() >= periodNanos;
        if (isNow) {
            // May stand in `later` too; that place is skipped when the task is clean by then.
            ready.add(live);
        } else if (!live.isQueuedForSave) {
            live.isQueuedForSave = true;
            later.add(live);
        }
    }

    /** Offers what is due to the saver; stops when that is full, and goes on at the next call. */
    void flush(long nowNanos) {
        for (LiveTask head = later.peek();
                head != null && nowNanos - head.savedNanos() >= periodNanos;
                head = later.peek()) {
            later.remove();
            head.isQueuedForSave = false;
            ready.add(head);
        }
        for (LiveTask live = ready.peek(); live != null; live = ready.peek()) {
            if (live.isDirty && !live.isSaving && !offer(live)) {
                return;
            }
            ready.remove();
        }
    }

    /** Offers everything without waiting for periods. */
    void flushAll() {
        for (LiveTask live = later.poll(); live != null; live = later.poll()) {
            live.isQueuedForSave = false;
            ready.add(live);
        }
        flush(0);
    }

    private boolean offer(LiveTask live) {
        TaskUpdate update = live.nextUpdate(lane.epoch());
        if (saver.through().save(update)) {
            underWay(live);
            lane.onSaved(live, true);
            return true;
        }
        // A batch that is halved may tell its first half twice; a second time would speak for a later save.
        boolean[] isTold = {false};
        Saver.Save save = new Saver.Save(live.terms.tenant(), update, isStored -> {
            if (!isTold[0]) {
                isTold[0] = true;
                lane.queue().put(l -> l.onSaved(live, isStored));
            }
        });
        if (!saver.queue().offer(save)) {
            return false;
        }
        underWay(live);
        return true;
    }

    private static void underWay(LiveTask live) {
        live.isDirty = false;
        live.isSaving = true;
        live.acknowledgementsUnderWay = live.acknowledgements;
        live.acknowledgements = List.of();
    }

    /** Puts a task into the store that has lost it; false if the saver has no room now. */
    boolean insertAgain(LiveTask live) {
        TaskRow row = live.row(lane.epoch());
        Saver.Insert insert = new Saver.Insert(row, new Saver.InsertListener() {
            @Override
            public void onStored(InsertOutcome outcome) {
                lane.queue().put(l -> {
                    live.isMissing = false;
                    l.onSaved(live, true);
                });
            }

            @Override
            public void onRefused(boolean isRetryable, String reason) {
                lane.queue().put(l -> {
                    if (isRetryable) {
                        live.isSaving = false; // still missing: the next look at the store tries again
                    } else {
                        live.isMissing = false;
                        l.onSaved(live, false);
                    }
                });
            }
        });
        if (!saver.offer(insert, 0)) {
            return false;
        }
        live.isSaving = true;
        live.isMissing = true;
        return true;
    }

    /** A save has ended. */
    void saved(LiveTask live, long nowNanos) {
        live.isSaving = false;
        live.saved(nowNanos);
        live.acknowledgementsUnderWay.forEach(Runnable::run);
        live.acknowledgementsUnderWay = List.of();
        if (live.isDirty) {
            enqueue(live, nowNanos);
        }
    }

    int depth() {
        return ready.size() + later.size();
    }
}
