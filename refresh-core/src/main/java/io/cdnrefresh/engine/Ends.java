// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.diag.TaskTrace;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.spi.TaskRow;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Brings the ends of one lane's tasks to the notifier, each once its state is committed. While somebody listens, or a webhook is wanted, a task's
 * settlement is stored only after it was told: a row that is final and not settled is read back by the next life of the
 * engine, which tells it again, so that a death between commit and telling loses nothing. Confined to the lane.
 */
final class Ends {
    private final Lane lane;
    private final String node;
    private final LaneParts parts;
    private final ArrayDeque<End> untold = new ArrayDeque<>();

    Ends(Lane lane, LaneParts parts) {
        this.lane = lane;
        this.parts = parts;
        node = "engine-" + parts.epoch().engine();
    }

    /** A new task is in the store. */
    void stored(TaskRow row, LaneFigures figures) {
        long nowMillis = parts.clock().now().toEpochMilli();
        long late = nowMillis - row.acceptedAt().toEpochMilli();
        figures.stored(row.acceptedAt().toEpochMilli(), nowMillis);
        TaskTrace.stored(row.task(), row.id(), node, row.devices().size(), late);
    }

    /** A report has come. */
    void reported(LiveTask live, @Nullable Device device, boolean isFirst, long nowMillis) {
        if (!isFirst) {
            return;
        }
        TaskTrace.reported(
                live.body(), live.id(), node, device == null ? "" : device.id(), nowMillis - live.startMillis());
    }

    private record End(
            LiveTask live, TaskProgress progress, @Nullable CallbackNote note) {}

    /** A row enters memory: whether its end was told by the life that wrote it is not known. */
    void entered(LiveTask live, TaskRow row) {
        boolean isOfAnotherLife = row.status().version() >>> 32 != parts.epoch().epoch();
        if (live.state.isFinal() && isOfAnotherLife && parts.notifier().tellsFirst(live.terms.options())) {
            live.isFinalTold = false;
            lane.changed(live);
        }
    }

    /** Everything about the task is committed. */
    void committed(LiveTask live) {
        boolean isSettled = live.settledAt != null;
        if (live.state.isFinal() && (!live.isFinalTold || isSettled && !live.isSettledTold)) {
            if (!live.isFinalTold) {
                parts.lags().ended(live);
            }
            trace(live, isSettled);
            boolean isFinalNew = !live.isFinalTold;
            boolean isSettledNew = isSettled && !live.isSettledTold;
            live.isFinalTold = true;
            live.isSettledTold = isSettled;
            boolean hasCallback = parts.notifier().hasCallback(live.terms.options());
            if (hasCallback || parts.notifier().isWanted(live.id())) {
                TaskProgress progress = live.progress(lane.tallies(live).all());
                RegistryView registry = parts.devices().view();
                untold.add(new End(
                        live,
                        progress,
                        hasCallback ? CallbackNote.of(live, progress, registry, isFinalNew, isSettledNew) : null));
            }
        }
    }

    private void trace(LiveTask live, boolean isSettled) {
        long late = parts.clock().now().toEpochMilli() - live.startMillis();
        if (!live.isFinalTold) {
            TaskTrace.ended(live.body(), live.id(), node, live.state.name(), late);
        }
        if (isSettled) {
            TaskTrace.settled(live.body(), live.id(), node, late);
        }
    }

    /** Hands over what the notifier takes; the rest goes at the next call. */
    void flush() {
        for (End end = untold.peek(); end != null; end = untold.peek()) {
            LiveTask live = end.live;
            boolean isLast = live.isTellingFirst && end.progress.settledAt() != null;
            Runnable told = isLast ? () -> lane.queue().put(l -> settle(l, live)) : () -> {};
            if (!parts.notifier().tell(end.progress, end.note, told)) {
                return;
            }
            untold.remove();
        }
    }

    private static void settle(Lane lane, LiveTask live) {
        live.isTellingFirst = false;
        lane.changed(live);
    }
}
