// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.proxy.AgentCounters;

/**
 * What a proxy has to do and has done, at one moment. Immutable. Counters start at 0 with each life of the proxy.
 *
 * @param queuedUrl unfinished commands of exact URLs
 * @param queuedBroad unfinished commands of prefix, regex, tag, host and all
 * @param queuedPreload unfinished preload commands
 * @param parked commands that wait for room in their queue
 * @param inFlight calls that caches are working on
 * @param openFences refill fences that are open
 * @param links links to engines that are up
 * @param cachesDown caches that have not answered for some calls in a row
 * @param needsWipe caches whose disk is older than the journal reaches: the node is not ready until they are wiped
 * @param windowEntries commands whose results are remembered
 * @param windowBytes bytes that they take, estimated
 * @param received commands taken for the first time
 * @param repeated commands that were known and not executed again
 * @param refused offers of commands that were refused since nothing had room
 * @param stale links and commands of an older life of an engine
 * @param finished commands that were finished, failed ones too
 * @param purged purges that a cache confirmed
 * @param verified targets proven, counted for each cache
 * @param preloaded targets preloaded, counted for each cache
 * @param withdrawn commands that were cancelled while they were worked on
 * @param quarantined commands and targets kept away, since the proxy or a cache died with them under way
 * @param preloadBytes bytes read for preloads
 * @param staleAgain targets whose old copy came back after every repeat, counted for each cache
 * @param refillsCaught copies seen after a fence that may have been old; each was purged again
 * @param failed targets given up, counted for each cache
 * @param unsupported targets that a cache cannot do
 * @param denied targets that a cache refused
 * @param replayed purges applied again because a cache had restarted
 * @param unjournaled purges that the journal could not keep: a cache that restarts may bring their copies back
 * @param retries attempts after a failed one
 * @param slow calls that gave their slot back since they were slow
 * @param reportsSent reports handed to the transport
 * @param evicted results forgotten to make room
 * @param evictedUnacknowledged those among them that no engine had acknowledged
 */
public record ProxyStats(
        int queuedUrl,
        int queuedBroad,
        int queuedPreload,
        int parked,
        int inFlight,
        int openFences,
        int links,
        int cachesDown,
        int needsWipe,
        int windowEntries,
        long windowBytes,
        long received,
        long repeated,
        long refused,
        long stale,
        long finished,
        long purged,
        long verified,
        long preloaded,
        long withdrawn,
        long quarantined,
        long preloadBytes,
        long staleAgain,
        long refillsCaught,
        long failed,
        long unsupported,
        long denied,
        long replayed,
        long unjournaled,
        long retries,
        long slow,
        long reportsSent,
        long evicted,
        long evictedUnacknowledged) {
    static ProxyStats of(AgentCounters counters) {
        return new ProxyStats(
                counters.queuedUrl.get(),
                counters.queuedBroad.get(),
                counters.queuedPreload.get(),
                counters.parked.get(),
                counters.inFlight.get(),
                counters.openFences.get(),
                counters.links.get(),
                counters.cachesDown.get(),
                counters.needsWipe.get(),
                counters.windowEntries.get(),
                counters.windowBytes.get(),
                counters.received.get(),
                counters.repeated.get(),
                counters.refused.get(),
                counters.stale.get(),
                counters.finished.get(),
                counters.purged.get(),
                counters.verified.get(),
                counters.preloaded.get(),
                counters.withdrawn.get(),
                counters.quarantined.get(),
                counters.preloadBytes.get(),
                counters.staleAgain.get(),
                counters.refillsCaught.get(),
                counters.failed.get(),
                counters.unsupported.get(),
                counters.denied.get(),
                counters.replayed.get(),
                counters.unjournaled.get(),
                counters.retries.get(),
                counters.slow.get(),
                counters.reportsSent.get(),
                counters.evicted.get(),
                counters.evictedUnacknowledged.get());
    }

    /** Writes every figure under its name. */
    void write(JsonWriter json) {
        json.field("queuedUrl").value(queuedUrl);
        json.field("queuedBroad").value(queuedBroad);
        json.field("queuedPreload").value(queuedPreload);
        json.field("parked").value(parked);
        json.field("inFlight").value(inFlight);
        json.field("openFences").value(openFences);
        json.field("links").value(links);
        json.field("cachesDown").value(cachesDown);
        json.field("needsWipe").value(needsWipe);
        json.field("windowEntries").value(windowEntries);
        json.field("windowBytes").value(windowBytes);
        json.field("received").value(received);
        json.field("repeated").value(repeated);
        json.field("refused").value(refused);
        json.field("stale").value(stale);
        json.field("finished").value(finished);
        json.field("purged").value(purged);
        json.field("verified").value(verified);
        json.field("preloaded").value(preloaded);
        json.field("withdrawn").value(withdrawn);
        json.field("quarantined").value(quarantined);
        json.field("preloadBytes").value(preloadBytes);
        json.field("staleAgain").value(staleAgain);
        json.field("refillsCaught").value(refillsCaught);
        json.field("failed").value(failed);
        json.field("unsupported").value(unsupported);
        json.field("denied").value(denied);
        json.field("replayed").value(replayed);
        json.field("unjournaled").value(unjournaled);
        json.field("retries").value(retries);
        json.field("slow").value(slow);
        json.field("reportsSent").value(reportsSent);
        json.field("evicted").value(evicted);
        json.field("evictedUnacknowledged").value(evictedUnacknowledged);
    }
}
