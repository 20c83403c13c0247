// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.model.RefreshTask;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One execution of a command on all caches. Owned by the agent; not thread-safe. */
abstract class CommandRun {
    final Entry entry;
    final Shop shop;
    final Command command;
    final String tenant;
    /** From here on a failed attempt is the last one. */
    final long giveUpNanos;

    /** Whether nobody wants it any more; read by other threads as well. */
    volatile boolean isCancelled;

    final long begunNanos;
    private final @Nullable RunResult previous;
    private final List<Unit> unsupported = new ArrayList<>();
    private Instant at;
    private int unfinished;

    CommandRun(Entry entry, Command command, Shop shop, Duration leastEffort) {
        this.entry = entry;
        this.command = command;
        this.shop = shop;
        tenant = command.task().tenant();
        begunNanos = shop.loop.nowNanos();
        previous = entry.result();
        at = shop.loop.clock().now();
        Duration left = Duration.between(at, command.deadline());
        Duration effort = left.compareTo(leastEffort) < 0 ? leastEffort : left;
        giveUpNanos = shop.loop.nowNanos() + Math.min(effort.toSeconds(), 86_400L * 7) * 1_000_000_000L;
    }

    final RefreshTask task() {
        return command.task();
    }

    final QueueKind queue() {
        return command.task().kind().queue();
    }

    /** Begins. */
    abstract void start();

    /** Every work of the run. */
    abstract List<? extends Work> works();

    /** The units that caches are asked for: not those that were done by an earlier execution or never can be. */
    final List<Unit> unitsToDo() {
        List<Unit> units = new ArrayList<>();
        for (Unit unit : Unit.of(command)) {
            if (previous != null && !previous.outcomeOf(unit.index()).isOwed()) {
                continue;
            }
            if (unit.unsupported().isEmpty()) {
                units.add(unit);
            } else {
                unsupported.add(unit);
            }
        }
        return units;
    }

    final void expect(int works) {
        unfinished += works;
    }

    final void appliedAt(Instant nodeTime) {
        at = nodeTime;
    }

    final boolean isFinished() {
        return unfinished == 0;
    }

    /** One work is over; the last one finishes the run. */
    void workOver() {
        unfinished--;
        finishIfDone();
    }

    final void finishIfDone() {
        if (unfinished == 0) {
            shop.finished(this, collect());
        }
    }

    /** Nobody wants it any more: what is not done yet is not done. */
    final void cancel() {
        isCancelled = true;
        List.copyOf(works()).forEach(Work::cancel);
    }

    /** Adds what no work knows of. */
    void addTo(RunResult.Collector collector) {}

    final RunResult collect() {
        int targets = Math.max(1, task().targets().size());
        RunResult.Collector collector = new RunResult.Collector(targets);
        if (previous != null) {
            for (int i = 0; i < targets; i++) {
                if (!previous.outcomeOf(i).isOwed()) {
                    collector.add(i, previous.outcomeOf(i), "");
                }
            }
        }
        for (Unit unit : unsupported) {
            collector.add(unit.index(), io.cdnrefresh.model.Outcome.UNSUPPORTED, unit.unsupported());
        }
        addTo(collector);
        for (Work work : works()) {
            collector.add(work.unit.index(), work.outcome, work.reason);
        }
        return collector.result(at);
    }
}
