// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** A preload through the caches that clients ask. Owned by the agent; not thread-safe. */
final class PreloadRun extends CommandRun {
    private final List<PreloadWork> works = new ArrayList<>();
    private int blockers;

    PreloadRun(Entry entry, Command command, Shop shop) {
        super(entry, command, shop, Duration.ZERO);
    }

    /** Begins once every earlier refresh that covers a target is finished and its fences are closed. */
    @Override
    void start() {
        for (Unit unit : unitsToDo()) {
            for (CacheLane lane : shop.outermost()) {
                works.add(new PreloadWork(this, lane, unit));
            }
        }
        expect(works.size());
        if (works.isEmpty()) {
            finishIfDone();
            return;
        }
        Collection<RefreshRun> covering = shop.covers.covering(task());
        blockers = covering.size();
        covering.forEach(refresh -> refresh.addDependent(this));
        if (blockers == 0) {
            works.forEach(shop::enqueue);
        }
    }

    void release() {
        if (--blockers == 0) {
            works.forEach(shop::enqueue);
        }
    }

    @Override
    List<PreloadWork> works() {
        return works;
    }
}
