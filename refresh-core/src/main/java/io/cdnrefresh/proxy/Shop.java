// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import java.util.List;
import java.util.SplittableRandom;

/** What all work shares: the caches, the time and the figures. Owned by the agent; not thread-safe. */
final class Shop {
    final AgentSettings settings;
    final AgentCounters counters;
    final Loop loop;
    final SplittableRandom random;
    final List<CacheLane> back;
    final List<CacheLane> front;
    final List<CacheLane> lanes;
    final PreloadBudget preloads;
    final Poison poison;
    final CoverIndex covers = new CoverIndex();
    private final RunListener listener;

    Shop(AgentSettings settings, AgentCounters counters, Loop loop, List<AgentCache> caches, RunListener listener) {
        this.settings = settings;
        this.counters = counters;
        this.loop = loop;
        this.listener = listener;
        random = new SplittableRandom(settings.seed());
        poison = new Poison(caches.stream()
                .map(AgentCache::journal)
                .filter(java.util.Objects::nonNull)
                .findFirst()
                .orElse(null));
        preloads = new PreloadBudget(settings.preloads(), loop.clock());
        lanes = caches.stream()
                .map(cache -> new CacheLane(cache, settings, counters, preloads, poison))
                .toList();
        back = lanes.stream().filter(lane -> lane.cache.isBack()).toList();
        front = lanes.stream().filter(lane -> !lane.cache.isBack()).toList();
    }

    /** The caches that clients ask. */
    List<CacheLane> outermost() {
        return front.isEmpty() ? back : front;
    }

    void enqueue(Work work) {
        work.lane.add(work);
    }

    /** Every target has been tried, and the fences are open. */
    void interim(CommandRun run, RunResult result) {
        listener.onInterim(run, result);
    }

    /** The command is finished. */
    void finished(CommandRun run, RunResult result) {
        counters.finished.incrementAndGet();
        listener.onFinal(run, result);
    }

    /** The command is finished and none of its fences is open. */
    void closed(RefreshRun run) {
        covers.remove(run);
        run.releaseDependents();
    }

    /** Whether a preload that a refresh covers was under way before a moment and still is. */
    boolean isPreloadUnderWay(RefreshTask refresh, Unit unit, long startedBeforeNanos) {
        PurgeRequest purge = unit.purge();
        Target target =
                purge == null || unit.probe() == null ? null : unit.probe().target();
        for (CacheLane lane : lanes) {
            for (Call call : lane.preloads()) {
                PurgeRequest object = call.work.unit.purge();
                if (object != null
                        && call.startedNanos - startedBeforeNanos <= 0
                        && CoverIndex.covers(refresh, target, call.work.run.tenant, object.target())) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Takes what becomes of commands. */
    interface RunListener {
        /** What holds while the fences are open. */
        void onInterim(CommandRun run, RunResult result);

        /** What holds for ever. */
        void onFinal(CommandRun run, RunResult result);
    }
}
