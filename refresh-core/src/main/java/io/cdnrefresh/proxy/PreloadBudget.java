// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.PreloadLimits;
import io.cdnrefresh.spi.EngineClock;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many objects of one host the node fetches at once, and how fast it reads. Owned by the agent; not thread-safe. What
 * finds no room waits with its host and goes back to its queue when a fetch of that host ends.
 */
final class PreloadBudget {
    private final PreloadLimits limits;
    private final EngineClock clock;
    private final @Nullable Pacer node;
    private final Map<String, Host> hosts = new HashMap<>();

    PreloadBudget(PreloadLimits limits, EngineClock clock) {
        this.limits = limits;
        this.clock = clock;
        node = limits.bytesPerSecond() > 0 ? new Pacer(limits.bytesPerSecond(), clock) : null;
    }

    /** Whether the fetch may begin; if not, the budget keeps the work. */
    boolean tryBegin(PreloadWork work) {
        Host host = hosts.computeIfAbsent(
                work.host(),
                name -> new Host(
                        limits.hostBytesPerSecond() > 0 ? new Pacer(limits.hostBytesPerSecond(), clock) : null));
        if (host.active >= limits.perHost()) {
            host.waiting.add(work);
            return false;
        }
        host.active++;
        return true;
    }

    /** A fetch that had begun has ended. */
    void ended(PreloadWork work) {
        Host host = hosts.get(work.host());
        if (host == null) {
            return;
        }
        host.active--;
        PreloadWork next = host.waiting.poll();
        while (next != null && next.isOver) {
            next = host.waiting.poll();
        }
        if (next != null) {
            next.isFollowUp = true; // it has waited for its turn already
            next.lane.add(next);
        } else if (host.active == 0) {
            hosts.remove(work.host());
        }
    }

    /** How long nothing is read after a piece of an object of the host; thread-safe. */
    Rate rate(PreloadWork work) {
        Host host = hosts.get(work.host());
        return new Rate(node, host == null ? null : host.pacer);
    }

    /** The limits of one fetch. */
    record Rate(@Nullable Pacer node, @Nullable Pacer host) {
        long pauseNanos(int bytes) {
            long pause = node == null ? 0 : node.pauseNanos(bytes);
            return host == null ? pause : Math.max(pause, host.pauseNanos(bytes));
        }
    }

    private static final class Host {
        private final @Nullable Pacer pacer;
        private final ArrayDeque<PreloadWork> waiting = new ArrayDeque<>();
        private int active;

        private Host(@Nullable Pacer pacer) {
            this.pacer = pacer;
        }
    }
}
