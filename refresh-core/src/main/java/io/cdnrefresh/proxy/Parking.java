// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.QueueKind;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Commands of one link that wait for room, in order of arrival within their queue. A preload waits for every refresh
 * that came before it, a refresh for no preload. Bounded by the credit of its link. Owned by the agent; not thread-safe.
 */
final class Parking {
    private final Map<QueueKind, ArrayDeque<Parked>> queues = new EnumMap<>(QueueKind.class);
    private long arrivals;

    Parking() {
        for (QueueKind kind : QueueKind.values()) {
            queues.put(kind, new ArrayDeque<>(0));
        }
    }

    void add(long sequence, Command command) {
        queue(command.task().kind().queue()).add(new Parked(++arrivals, sequence, command));
    }

    /** Whether a command that arrives now has to stand behind others. */
    boolean mustWait(QueueKind kind) {
        return !queue(kind).isEmpty() || kind == QueueKind.PRELOAD && !areRefreshesEmpty();
    }

    /** The next one of a queue that may be taken, still in place; null if there is none. */
    @Nullable
    Parked peek(QueueKind kind) {
        Parked head = queue(kind).peek();
        if (head == null || kind != QueueKind.PRELOAD) {
            return head;
        }
        return isBefore(head, QueueKind.URL) && isBefore(head, QueueKind.BROAD) ? head : null;
    }

    void remove(QueueKind kind) {
        queue(kind).remove();
    }

    boolean isEmpty() {
        return areRefreshesEmpty() && queue(QueueKind.PRELOAD).isEmpty();
    }

    int size() {
        return queues.values().stream().mapToInt(ArrayDeque::size).sum();
    }

    private boolean areRefreshesEmpty() {
        return queue(QueueKind.URL).isEmpty() && queue(QueueKind.BROAD).isEmpty();
    }

    private boolean isBefore(Parked preload, QueueKind refreshes) {
        Parked first = queue(refreshes).peek();
        return first == null || preload.arrival < first.arrival;
    }

    private ArrayDeque<Parked> queue(QueueKind kind) {
        return Objects.requireNonNull(queues.get(kind));
    }

    /**
     * A command that waits.
     *
     * @param arrival rises with each command of the link
     * @param sequence the feed's
     * @param command what waits
     */
    record Parked(long arrival, long sequence, Command command) {}
}
