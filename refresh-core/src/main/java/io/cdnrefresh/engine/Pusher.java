// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Puts the steps of one lane's tasks into the feed, in order; what the feed cannot take now waits. Confined to the lane. */
final class Pusher {
    private final Feed feed;
    private final DeviceRegistry devices;
    private final ArrayDeque<Feed.Event> backlog = new ArrayDeque<>();

    Pusher(Feed feed, DeviceRegistry devices) {
        this.feed = feed;
        this.devices = devices;
    }

    /** Pushes the step that the task is at to every device of it that is not finished. */
    void push(LiveTask live) {
        DeviceSet step = live.steps().get(live.step);
        Command command = new Command(
                live.id(),
                live.step,
                live.body(),
                live.deadline(),
                devices.view().rulesFor(live.body()));
        FeedEntry entry = new FeedEntry(command, step);
        step.forEach(ordinal -> {
            int index = live.devices().indexOf(ordinal);
            boolean isDone = live.results.isFinished(index) && !live.results.isOwed(index);
            if (isDone) {
                entry.markReported(ordinal);
            }
        });
        live.pushed(entry);
        backlog.add(new Feed.Append(entry));
    }

    /** Asks those again that are connected and have not reported finally. */
    void resend(LiveTask live) {
        resend(live.entries);
    }

    private void resend(@Nullable FeedEntry entry) {
        if (entry != null) {
            // parents before edges
            resend(entry.earlier);
            backlog.add(new Feed.Resend(entry, entry.devices));
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
