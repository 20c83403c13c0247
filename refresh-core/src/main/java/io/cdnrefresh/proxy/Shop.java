// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** What all work shares: the caches, the time and the figures. Owned by the agent; not thread-safe. */
final class Shop {
    final AgentSettings settings;
    final AgentCounters counters;
    final Loop loop;
    final SplittableRandom random;
    List<CacheLane> back = List.of();
    List<CacheLane> front = List.of();
    List<CacheLane> lanes = List.of();
    /** Those that were taken away and have work that is not over: they do it and get no more. */
    private List<CacheLane> retired = List.of();

    private List<CacheLane> atWork = List.of();

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
        use(caches);
    }

    /** Works with these from now on: who stays keeps its queues, who goes does what it has. */
    void use(List<AgentCache> caches) {
        List<CacheLane> before = lanes;
        lanes = caches.stream()
                .map(cache -> before.stream()
                        .filter(lane -> lane.cache.equals(cache))
                        .findFirst()
                        .orElseGet(() -> new CacheLane(cache, settings, counters, preloads, poison)))
                .toList();
        back = lanes.stream().filter(lane -> lane.cache.isBack()).toList();
        front = lanes.stream().filter(lane -> !lane.cache.isBack()).toList();
        List<CacheLane> going = new ArrayList<>(retired);
        before.stream().filter(lane -> !lanes.contains(lane)).forEach(going::add);
        retired = List.copyOf(going);
        atWork = Stream.concat(lanes.stream(), retired.stream()).toList();
    }

    /** Takes out those whose work is over. */
    List<CacheLane> takeRetired() {
        if (retired.isEmpty()) {
            return List.of();
        }
        List<CacheLane> over =
                retired.stream().filter(lane -> lane.unfinished == 0).toList();
        retired = retired.stream().filter(lane -> lane.unfinished > 0).toList();
        atWork = Stream.concat(lanes.stream(), retired.stream()).toList();
        return over;
    }

    /** All that have something to do, those that go included. */
    List<CacheLane> atWork() {
        return atWork;
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
