// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** What the agent counts. Written by the agent, readable by any thread; each number alone is exact, together they may be some events apart. */
public final class AgentCounters {
    /** Commands taken for the first time. */
    public final AtomicLong received = new AtomicLong();
    /** Commands that were known and not executed again. */
    public final AtomicLong repeated = new AtomicLong();
    /** Offers of commands that were refused since nothing had room. */
    public final AtomicLong refused = new AtomicLong();
    /** Commands and links of an older epoch. */
    public final AtomicLong stale = new AtomicLong();
    /** Final reports made. */
    public final AtomicLong finished = new AtomicLong();
    /** Purges that a cache confirmed. */
    public final AtomicLong purged = new AtomicLong();
    /** Targets proven, counted per cache. */
    public final AtomicLong verified = new AtomicLong();
    /** Targets preloaded, counted per cache. */
    public final AtomicLong preloaded = new AtomicLong();
    /** Commands that were taken back while they were worked on. */
    public final AtomicLong withdrawn = new AtomicLong();
    /** Commands and targets kept away since proxy or cache died with them. */
    public final AtomicLong quarantined = new AtomicLong();
    /** Bytes read for preloads. */
    public final AtomicLong preloadBytes = new AtomicLong();
    /** Targets whose old copy came back after every repeat, counted per cache. */
    public final AtomicLong staleAgain = new AtomicLong();
    /** Copies found after a fence that may be old; each was purged again. */
    public final AtomicLong refillsCaught = new AtomicLong();
    /** Targets given up as failed, counted per cache. */
    public final AtomicLong failed = new AtomicLong();
    /** Targets a cache cannot do, counted per cache. */
    public final AtomicLong unsupported = new AtomicLong();
    /** Targets a cache refused, counted per cache. */
    public final AtomicLong denied = new AtomicLong();
    /** Purges applied again because a cache had restarted. */
    public final AtomicLong replayed = new AtomicLong();
    /** Purges that the journal could not keep. */
    public final AtomicLong unjournaled = new AtomicLong();
    /** Attempts after a failed one. */
    public final AtomicLong retries = new AtomicLong();
    /** Calls that gave their slot back since they were slow. */
    public final AtomicLong slow = new AtomicLong();
    /** Reports handed to the transport. */
    public final AtomicLong reportsSent = new AtomicLong();
    /** Entries dropped from the window to make room. */
    public final AtomicLong evicted = new AtomicLong();
    /** Entries among the dropped ones whose final report no engine had acknowledged. */
    public final AtomicLong evictedUnacknowledged = new AtomicLong();

    /** Unfinished URL purges. */
    public final AtomicInteger queuedUrl = new AtomicInteger();
    /** Unfinished prefix, regex, tag, host and all purges. */
    public final AtomicInteger queuedBroad = new AtomicInteger();
    /** Unfinished preloads. */
    public final AtomicInteger queuedPreload = new AtomicInteger();
    /** Calls that caches are working on. */
    public final AtomicInteger inFlight = new AtomicInteger();
    /** Fences that are open. */
    public final AtomicInteger openFences = new AtomicInteger();
    /** Commands in the window. */
    public final AtomicInteger windowEntries = new AtomicInteger();
    /** Bytes in the window, estimated. */
    public final AtomicLong windowBytes = new AtomicLong();
    /** Commands that wait for room in their queue. */
    public final AtomicInteger parked = new AtomicInteger();
    /** Links to engines that are up. */
    public final AtomicInteger links = new AtomicInteger();
    /** Caches that have not answered for some calls. */
    public final AtomicInteger cachesDown = new AtomicInteger();

    /** Their names. */
    public final Set<String> down = new ConcurrentSkipListSet<>();

    /** Caches whose disk is older than their journal. */
    public final AtomicInteger needsWipe = new AtomicInteger();

    private final Map<String, AtomicLong> staleAgainByCache = new ConcurrentHashMap<>();

    AgentCounters() {}

    /** The same as {@link #staleAgain}, of one cache. */
    public AtomicLong staleAgain(String cache) {
        return staleAgainByCache.computeIfAbsent(cache, any -> new AtomicLong());
    }

    AtomicInteger queued(io.cdnrefresh.model.QueueKind kind) {
        return switch (kind) {
            case URL -> queuedUrl;
            case BROAD -> queuedBroad;
            case PRELOAD -> queuedPreload;
        };
    }
}
