// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import java.util.List;

/** One unit on all caches: the front ones follow once every back one has given its first answer. */
final class UnitRun {
    final List<RefreshWork> back;
    final List<RefreshWork> front;
    private final Shop shop;
    private int backUnanswered;
    private int backUnfinished;
    private boolean isBackApplied;
    private long backAppliedNanos;

    UnitRun(RefreshRun run, Unit unit) {
        shop = run.shop;
        back = shop.back.stream()
                .map(lane -> new RefreshWork(run, lane, unit, this))
                .toList();
        front = shop.front.stream()
                .map(lane -> new RefreshWork(run, lane, unit, this))
                .toList();
        backUnanswered = back.size();
        backUnfinished = back.size();
    }

    void start() {
        (back.isEmpty() ? front : back).forEach(shop::enqueue);
    }

    /** A back cache has answered for the first time, or takes long: the front must not stay stale for its sake. */
    void backAnswered() {
        if (--backUnanswered == 0) {
            front.forEach(shop::enqueue);
        }
    }

    void backApplied(long nanos) {
        isBackApplied = true;
        backAppliedNanos = nanos;
    }

    void backOver() {
        if (--backUnfinished == 0) {
            front.forEach(RefreshWork::onBackOver);
        }
    }

    boolean isBackOver() {
        return backUnfinished == 0;
    }

    /** The later of a moment and the last purge of a back cache: from then on a front fetch finds new content. */
    long latestNanos(long appliedNanos) {
        return isBackApplied && backAppliedNanos - appliedNanos > 0 ? backAppliedNanos : appliedNanos;
    }
}
