// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import io.cdnrefresh.spi.CacheServer.RestartCapable;
import io.cdnrefresh.spi.ProbeResult;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that a cache has restarted, and applies the journal again: its disk may bring back what was purged just before.
 * Until that is done the node is not ready. What a disk that is older than the journal may bring back nobody knows: then it
 * needs a wipe, and the node stays out until the server comes back without a mark on its disk. Owned by the agent; not
 * thread-safe.
 */
final class LifeWatch implements Watch {
    private static final Logger logger = LoggerFactory.getLogger(LifeWatch.class);
    private static final long LOOK_NANOS = 1_000_000_000L;
    private static final long RETRY_NANOS = 200_000_000L;
    private static final int IN_FLIGHT = 32;
    /** Marks while a cache may forget. */
    private static final int MARKS = 6;

    private final CacheLane lane;
    private final RestartCapable server;
    private final Journal journal;
    private final Loop loop;
    private final AgentCounters counters;
    private final ArrayDeque<PurgeRequest> left = new ArrayDeque<>();
    private Journal.Seen last = Journal.Seen.NEVER;
    private String nextLife = "";
    private int inFlight;
    /** Not before it is known whether the cache lives as it did when it was seen last. */
    private volatile boolean isReady;

    private volatile boolean needsWipe;
    private boolean isReplaying;
    private boolean isMarked;
    private long markedNanos;

    private LifeWatch(CacheLane lane, RestartCapable server, Journal journal, Loop loop, AgentCounters counters) {
        this.lane = lane;
        this.server = server;
        this.journal = journal;
        this.loop = loop;
        this.counters = counters;
    }

    /** A watch for a cache that has a journal and may bring old copies back; null for others. */
    static @Nullable LifeWatch of(CacheLane lane, Loop loop, AgentCounters counters) {
        Journal journal = lane.journal;
        return journal != null && lane.server() instanceof RestartCapable server
                ? new LifeWatch(lane, server, journal, loop, counters)
                : null;
    }

    /** Reads what the last life of the proxy knew, and begins to look. */
    @Override
    public void start() {
        try {
            last = journal.start();
        } catch (IOException e) {
            logger.error("no journal: purges go on, unproven cache={}", lane.cache.name(), e);
            journal.close(); // so that each append is answered, with no
        }
        loop.post(this::look);
    }

    @Override
    public void stop() {
        journal.close();
        needWipe(false);
    }

    /** Whether nothing waits to be applied again. Thread-safe. */
    @Override
    public boolean isReady() {
        return isReady;
    }

    /** Why not; empty if it is. Thread-safe. */
    @Override
    public String reason() {
        if (isReady) {
            return "";
        }
        return lane.cache.name()
                + (needsWipe
                        ? ": NEEDS_WIPE, its disk is older than what is known to be purged: stop it, clear its disk, start it"
                        : ": not known yet whether it has restarted, or purged again since it has");
    }

    private void look() {
        server.life(life -> loop.post(() -> onLife(life)));
    }

    private void onLife(String life) {
        loop.after(LOOK_NANOS, this::look);
        if (life.isEmpty() || isReplaying) {
            return;
        }
        boolean isUnnamed = life.equals(RestartCapable.UNNAMED);
        if (isUnnamed && !lane.isUnwatched) {
            logger.warn("cache names no life: purges of URLs stay unproven cache={}", lane.cache.name());
        }
        lane.isUnwatched = isUnnamed;
        if (last.life().isEmpty() || last.life().equals(life)) {
            isReady = true;
            needWipe(false);
            seen(life);
            mark(isUnnamed);
            return;
        }
        isReady = false;
        isReplaying = true;
        nextLife = life;
        server.marked(newest -> loop.post(() -> onMarked(newest)));
    }

    private void seen(String life) {
        last = new Journal.Seen(loop.clock().now().toEpochMilli(), life);
        journal.seen(last.millis(), life);
    }

    /** So often that the newest mark on the disk, also after a crash, is younger than what the journal keeps. */
    private void mark(boolean isUnnamed) {
        if (isUnnamed
                || isMarked && loop.nowNanos() - markedNanos < server.forgets().toNanos() / MARKS) {
            return;
        }
        isMarked = true;
        markedNanos = loop.nowNanos();
        server.mark(isLeft -> {
            if (!isLeft) {
                logger.debug("no mark was left cache={}", lane.cache.name());
            }
        });
    }

    private void onMarked(ProbeResult newest) {
        if (newest instanceof ProbeResult.Failed) {
            isReplaying = false; // asked for again at the next look
        } else if (newest instanceof ProbeResult.Present mark
                && mark.storedAt().toEpochMilli() < journal.reach(last.millis())) {
            isReplaying = false;
            if (!needsWipe) {
                logger.error(
                        "NEEDS_WIPE: the disk is older than the journal, the node stays out until it is cleared cache={} disk={}",
                        lane.cache.name(),
                        mark.storedAt());
            }
            needWipe(true);
            seen(last.life()); // it is alive, but not taken for what it was
        } else {
            journal.replay(kept -> loop.post(() -> onKept(kept)));
        }
    }

    private void needWipe(boolean does) {
        if (does != needsWipe) {
            needsWipe = does;
            counters.needsWipe.addAndGet(does ? 1 : -1);
        }
    }

    private void onKept(Optional<List<PurgeRequest>> kept) {
        if (kept.isPresent() || journal.isClosed()) {
            replay(kept.orElse(List.of()));
        } else {
            isReplaying = false; // asked for again at the next look
        }
    }

    private void replay(List<PurgeRequest> purges) {
        logger.warn("cache has restarted, purging again cache={} purges={}", lane.cache.name(), purges.size());
        left.addAll(purges);
        pump();
    }

    private void pump() {
        while (inFlight < IN_FLIGHT && !left.isEmpty()) {
            PurgeRequest request = left.remove();
            inFlight++;
            lane.server().purge(request, result -> loop.post(() -> onPurged(request, result)));
        }
        if (inFlight == 0 && left.isEmpty()) {
            isReplaying = false;
            isReady = true;
            isMarked = false;
            needWipe(false);
            seen(nextLife);
            logger.info("purged again cache={}", lane.cache.name());
        }
    }

    private void onPurged(PurgeRequest request, CacheResult result) {
        if (result instanceof CacheResult.Failed) {
            again(request);
            return;
        }
        // it may be forgotten once more: the window begins anew, and the old entry may go only when the new one is
        // there
        journal.append(
                loop.clock().now().toEpochMilli(),
                request,
                isWritten -> loop.post(() -> onRecorded(request, isWritten)));
    }

    private void onRecorded(PurgeRequest request, boolean isWritten) {
        if (!isWritten && !journal.isClosed()) {
            again(request);
            return;
        }
        inFlight--;
        counters.replayed.incrementAndGet();
        pump();
    }

    private void again(PurgeRequest request) {
        inFlight--;
        left.add(request);
        loop.after(RETRY_NANOS, this::pump);
    }
}
