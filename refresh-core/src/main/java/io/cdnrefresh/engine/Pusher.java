// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.spi.EngineClock;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Puts the steps of one lane's tasks into the feed, in order; what the feed cannot take now waits. Confined to the lane. */
final class Pusher {
    /** The least time between two parts of a task that is spread. */
    private static final long PART_NANOS = 500_000_000;

    private static final int MAX_PARTS = 100;

    private final Feed feed;
    private final DeviceRegistry devices;
    private final EngineClock clock;
    private final ArrayDeque<Feed.Event> backlog = new ArrayDeque<>();

    Pusher(Feed feed, DeviceRegistry devices, EngineClock clock) {
        this.feed = feed;
        this.clock = clock;
        this.devices = devices;
    }

    /**
     * Pushes the step that the task is at to every device of it that is not finished: to all at once, or to one part of
     * them after the other over the time that the task asks for.
     */
    void push(LiveTask live) {
        DeviceSet step = live.steps().get(live.step);
        Command command = new Command(
                live.id(),
                live.step,
                live.body(),
                live.deadline(),
                devices.view().rulesFor(live.body()));
        Push push = new Push(command, step);
        if (live.results.finished() > 0) {
            markReported(live, push);
        }
        live.pushed(push);
        long spread = live.state.isFinal() ? 0 : live.terms.options().spread().toNanos();
        int parts = (int) Math.min(Math.min(MAX_PARTS, step.size()), spread / PART_NANOS);
        if (parts < 2) {
            backlog.add(new Feed.Append(new FeedEntry(push)));
            return;
        }
        long begin = clock.nanos() - Duration.between(live.start(), clock.now()).toNanos();
        for (int part = 0; part < parts; part++) {
            long due = part == 0 ? 0 : begin + spread / parts * part;
            backlog.add(new Feed.Append(new FeedEntry(push, part(step, part, parts), due)));
        }
    }

    private static void markReported(LiveTask live, Push push) {
        push.devices.forEach(ordinal -> {
            int index = live.devices().indexOf(ordinal);
            boolean isDone = live.results.isFinished(index) && !live.results.isOwed(index);
            if (isDone) {
                push.markReported(ordinal);
            }
        });
    }

    /** Neighbours go to different parts: groups are often numbered in a row. */
    private static DeviceSet part(DeviceSet devices, int part, int parts) {
        int[] next = {0};
        return devices.filter(ordinal -> next[0]++ % parts == part);
    }

    /** Asks those again that are connected and have not reported finally. */
    void resend(LiveTask live) {
        // of a million tasks for a device that is away, none is looked at further
        if (feed.isAnyoneThere(live.devices())) {
            resend(live.pushes);
        }
    }

    /** The task is taken back: who was sent it is told. */
    void withdraw(LiveTask live) {
        for (Push push = live.pushes; push != null; push = push.earlier) {
            push.withdraw();
            backlog.add(new Feed.Resend(push));
        }
    }

    private void resend(@Nullable Push push) {
        if (push != null) {
            // parents before edges
            resend(push.earlier);
            backlog.add(new Feed.Resend(push));
        }
    }

    void flush() {
        for (Feed.Event event = backlog.peek(); event != null; event = backlog.peek()) {
            if (!feed.queue().offer(event)) {
                return;
            }
            backlog.remove();
        }
    }

    int depth() {
        return backlog.size();
    }
}
