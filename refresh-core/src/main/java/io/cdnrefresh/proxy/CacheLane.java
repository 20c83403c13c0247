// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queues and slots of one cache: a slot is a call under way, not a thread. A dead or slow cache fills its own slots
 * only. Owned by the agent; not thread-safe.
 */
final class CacheLane {
    /** So many calls in a row without an answer, and the cache counts as down. */
    static final int DOWN_AFTER = 3;

    private static final Logger logger = LoggerFactory.getLogger(CacheLane.class);

    final AgentCache cache;
    /** Of purges that the cache may forget when it restarts; null if it does not forget, or none is kept. */
    final @Nullable Journal journal;

    /** Whether a restart of a cache that forgets would go unnoticed: nothing is kept of its purges, or its life has no name. */
    boolean isUnwatched;

    private final AgentSettings settings;
    private final long longestPurgeNanos;
    private final PreloadBudget preloads;
    private final Poison poison;
    /** Commands whose request the cache cut off since it answered last: it may have died with them. */
    private final Set<Entry.Key> cut = new LinkedHashSet<>();

    private final AgentCounters counters;
    private final Map<QueueKind, FairQueue> waiting = new EnumMap<>(QueueKind.class);
    private final Map<QueueKind, Set<Call>> calls = new EnumMap<>(QueueKind.class);
    private final Set<Call> slow = new LinkedHashSet<>();
    private int failuresInRow;
    /** Works that have not ended, whether they wait, are called or sit out a fence. */
    int unfinished;

    CacheLane(AgentCache cache, AgentSettings settings, AgentCounters counters, PreloadBudget preloads, Poison poison) {
        this.preloads = preloads;
        this.poison = poison;
        this.cache = cache;
        Path folder = cache.journal();
        journal = folder != null && cache.server() instanceof CacheServer.RestartCapable server
                ? new Journal(folder, cache.name(), server.forgets())
                : null;
        isUnwatched = journal == null && cache.server() instanceof CacheServer.RestartCapable;
        if (isUnwatched) {
            logger.warn("no journal for a cache that forgets: purges of URLs stay unproven cache={}", cache.name());
        }
        longestPurgeNanos = cache.server().longestPurge().toNanos();
        this.settings = settings;
        this.counters = counters;
        for (QueueKind kind : QueueKind.values()) {
            waiting.put(kind, new FairQueue());
            calls.put(kind, new LinkedHashSet<>());
        }
    }

    CacheServer server() {
        return cache.server();
    }

    void add(Work work) {
        queue(work.queue()).add(work);
    }

    /** Starts what has a slot; gives how many calls. */
    int pump(long nowNanos) {
        int started = 0;
        for (QueueKind kind : QueueKind.values()) {
            Set<Call> active = active(kind);
            while (active.size() < settings.inFlight(kind) && slow.size() < settings.slowLimit()) {
                Work work = queue(kind).poll();
                if (work == null) {
                    break;
                }
                if (work.isOver) {
                    continue; // cancelled while it waited
                }
                if (work instanceof PreloadWork preload && !preloads.tryBegin(preload)) {
                    continue;
                }
                if (!poison.tryBegin(work)) {
                    if (work instanceof PreloadWork preload) {
                        preloads.ended(preload);
                    }
                    continue;
                }
                Call call = new Call(work, nowNanos);
                active.add(call);
                counters.inFlight.incrementAndGet();
                started++;
                try {
                    work.invoke(call);
                } catch (RuntimeException fault) {
                    logger.warn("cache driver threw cache={} task={}", cache.name(), work.run.entry.task, fault);
                    call.fail("driver: " + fault);
                }
            }
        }
        return started;
    }

    void ended(Call call) {
        if (active(call.work.queue()).remove(call) || slow.remove(call)) {
            counters.inFlight.decrementAndGet();
            poison.ended(call.work);
            if (call.work instanceof PreloadWork preload) {
                preloads.ended(preload);
            }
        }
    }

    /** A cache that cuts requests and is away then has died with them; a cut alone is no death. */
    void failed(Work work, CacheResult.Sign sign) {
        if (sign == CacheResult.Sign.CUT) {
            cut.add(work.run.entry.key());
        } else if (sign == CacheResult.Sign.AWAY && !cut.isEmpty()) {
            poison.died(cut, cache.name());
            cut.clear();
        }
    }

    /** Whether it counts as down. */
    boolean isDown() {
        return failuresInRow >= DOWN_AFTER;
    }

    /** Takes note of whether the cache answers. */
    void answered(boolean hasAnswered) {
        if (hasAnswered) {
            if (isDown()) {
                counters.cachesDown.decrementAndGet();
                counters.down.remove(cache.name());
                logger.info("cache answers again cache={}", cache.name());
            }
            failuresInRow = 0;
            cut.clear();
        } else if (++failuresInRow == DOWN_AFTER) {
            counters.cachesDown.incrementAndGet();
            counters.down.add(cache.name());
            logger.warn("cache does not answer cache={} failures={}", cache.name(), failuresInRow);
        }
    }

    /** Moves slow calls out of the way and ends those over their time limit. */
    void sweep(long nowNanos) {
        List<Call> over = new ArrayList<>();
        for (QueueKind kind : QueueKind.values()) {
            boolean maySlow = kind != QueueKind.PRELOAD;
            for (Call call : active(kind)) {
                long age = nowNanos - call.startedNanos;
                if (age < (maySlow ? settings.slowAfterNanos() : limitNanos(kind))) {
                    break;
                }
                over.add(call);
            }
        }
        for (Call call : over) {
            if (nowNanos - call.startedNanos < limitNanos(call.work.queue())) {
                active(call.work.queue()).remove(call);
                slow.add(call);
                counters.slow.incrementAndGet();
                call.work.onSlow();
            } else {
                call.fail("no answer from " + cache.name() + " in time");
            }
        }
        List.copyOf(slow).stream()
                .filter(call -> nowNanos - call.startedNanos >= limitNanos(call.work.queue()))
                .forEach(call -> call.fail("no answer from " + cache.name() + " in time"));
    }

    /** When a call without an answer has failed: a driver that may take longer is waited for. */
    private long limitNanos(QueueKind kind) {
        long limit = settings.timeoutNanos(kind);
        return kind == QueueKind.PRELOAD ? limit : Math.max(limit, longestPurgeNanos);
    }

    /** Has the preloads under way say how far they are. */
    void tell() {
        for (Call call : preloads()) {
            if (call.work.run instanceof PreloadRun preload) {
                preload.tell();
            }
        }
    }

    /** The preloads that the cache is working on. */
    Set<Call> preloads() {
        return active(QueueKind.PRELOAD);
    }

    /** Nobody asks it any more: it no longer counts as down. */
    void retire() {
        if (isDown()) {
            counters.cachesDown.decrementAndGet();
            counters.down.remove(cache.name());
        }
        failuresInRow = Integer.MIN_VALUE;
    }

    int waiting() {
        return waiting.values().stream().mapToInt(FairQueue::size).sum();
    }

    private FairQueue queue(QueueKind kind) {
        return java.util.Objects.requireNonNull(waiting.get(kind));
    }

    private Set<Call> active(QueueKind kind) {
        return java.util.Objects.requireNonNull(calls.get(kind));
    }
}
