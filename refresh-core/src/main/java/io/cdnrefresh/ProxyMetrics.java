// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import io.cdnrefresh.proxy.AgentCounters;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.Metric.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The figures of a proxy for a monitoring system. Stateless. */
final class ProxyMetrics {
    private ProxyMetrics() {}

    /** {@code drivers}: by the name of the cache. */
    static List<Metric> of(ProxyStats stats, AgentCounters counters, Map<String, String> drivers, boolean isReady) {
        List<Metric> metrics = new ArrayList<>();
        metrics.add(Metric.gauge("refresh_proxy_ready", "Whether the node may serve clients.", isReady ? 1 : 0));
        Metric.Builder stale = Metric.of(
                "refresh_stale_again_total",
                Kind.COUNTER,
                "Targets whose old copy came back after every repeat, by the driver of the cache.");
        Map<String, Long> byDriver = new TreeMap<>();
        drivers.forEach((cache, driver) ->
                byDriver.merge(driver, counters.staleAgain(cache).get(), Long::sum));
        byDriver.forEach((driver, count) -> stale.add(count, "driver", driver));
        metrics.add(stale.build());
        metrics.add(Metric.of("refresh_queue_depth", Kind.GAUGE, "What is in a queue or map now.")
                .add(stats.queuedUrl(), "queue", "url")
                .add(stats.queuedBroad(), "queue", "broad")
                .add(stats.queuedPreload(), "queue", "preload")
                .add(stats.parked(), "queue", "parked")
                .add(stats.inFlight(), "queue", "in_flight")
                .add(stats.openFences(), "queue", "open_fences")
                .add(stats.windowEntries(), "queue", "window")
                .build());
        metrics.add(Metric.gauge("refresh_proxy_links", "Links to engines that are up.", stats.links()));
        metrics.add(Metric.gauge("refresh_proxy_caches_down", "Caches that do not answer.", stats.cachesDown()));
        metrics.add(Metric.gauge(
                "refresh_proxy_needs_wipe", "Caches whose disk is older than the journal reaches.", stats.needsWipe()));
        metrics.add(Metric.gauge("refresh_proxy_window_bytes", "Bytes of remembered results.", stats.windowBytes()));
        metrics.add(Metric.counter(
                "refresh_fence_rejected_total",
                "Writes, links and commands refused because a newer life of their engine exists.",
                stats.stale()));
        metrics.add(Metric.of("refresh_proxy_commands_total", Kind.COUNTER, "Commands by what became of them.")
                .add(stats.received(), "what", "received")
                .add(stats.repeated(), "what", "repeated")
                .add(stats.refused(), "what", "refused")
                .add(stats.finished(), "what", "finished")
                .build());
        metrics.add(Metric.of("refresh_proxy_targets_total", Kind.COUNTER, "Targets by outcome, for each cache.")
                .add(stats.purged(), "outcome", "purged")
                .add(stats.verified(), "outcome", "verified")
                .add(stats.preloaded(), "outcome", "preloaded")
                .add(stats.staleAgain(), "outcome", "stale_again")
                .add(stats.failed(), "outcome", "failed")
                .add(stats.unsupported(), "outcome", "unsupported")
                .add(stats.denied(), "outcome", "denied")
                .build());
        metrics.add(Metric.counter(
                "refresh_proxy_refills_caught_total",
                "Copies seen after a fence that may have been old; each was purged again.",
                stats.refillsCaught()));
        metrics.add(Metric.counter(
                "refresh_proxy_replayed_total",
                "Purges applied again because a cache had restarted.",
                stats.replayed()));
        metrics.add(Metric.counter(
                "refresh_proxy_unjournaled_total", "Purges that the journal could not keep.", stats.unjournaled()));
        metrics.add(Metric.counter("refresh_proxy_retries_total", "Attempts after a failed one.", stats.retries()));
        metrics.add(
                Metric.counter("refresh_proxy_slow_total", "Calls that took too long for their slot.", stats.slow()));
        metrics.add(Metric.counter("refresh_proxy_reports_total", "Reports sent to engines.", stats.reportsSent()));
        metrics.add(Metric.of("refresh_proxy_evicted_total", Kind.COUNTER, "Results forgotten to make room.")
                .add(stats.evicted() - stats.evictedUnacknowledged(), "acknowledged", "yes")
                .add(stats.evictedUnacknowledged(), "acknowledged", "no")
                .build());
        return metrics;
    }
}
