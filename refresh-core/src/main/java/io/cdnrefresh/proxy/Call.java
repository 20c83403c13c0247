// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.spi.CacheServer;
import java.util.function.Consumer;

/** One request that a driver is working on. Owned by the agent; its listener is thread-safe. */
final class Call {
    final Work work;
    final long startedNanos;
    private boolean isOver;

    Call(Work work, long startedNanos) {
        this.work = work;
        this.startedNanos = startedNanos;
        work.isCalling = true;
    }

    /** Takes the driver's answer to the agent. A second answer, or one after the time limit, is ignored. */
    <R> CacheServer.Listener<R> listener(Consumer<R> step) {
        return result -> work.run.shop.loop.post(() -> {
            if (end()) {
                step.accept(result);
            }
        });
    }

    void fail(String why) {
        if (end()) {
            work.onNoAnswer(why);
        }
    }

    private boolean end() {
        if (isOver) {
            return false;
        }
        isOver = true;
        work.isCalling = false;
        work.lane.ended(this);
        return true;
    }
}
