// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.client.HttpClientStats;
import io.cdnrefresh.netty.http.HttpApiServer;
import io.cdnrefresh.netty.http.HttpServerStats;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.Metric.Kind;
import java.util.List;

/** The figures of HTTP servers and clients. Stateless. */
final class WireMetrics {
    private WireMetrics() {}

    static List<Metric> of(HttpApiServer server) {
        HttpServerStats stats = server.stats();
        return List.of(
                Metric.gauge("refresh_http_connections", "Connections of clients that are open.", stats.open()),
                Metric.counter("refresh_http_accepted_total", "Connections taken.", stats.accepted()),
                Metric.gauge("refresh_http_outstanding", "Requests that are not answered yet.", stats.outstanding()),
                Metric.of("refresh_shed_total", Kind.COUNTER, "Tasks and connections refused, by reason.")
                        .add(stats.refused(), "reason", "connections")
                        .add(stats.shed(), "reason", "outstanding")
                        .build(),
                Metric.counter("refresh_http_rejected_total", "Requests that were no sound HTTP.", stats.rejected()),
                Metric.counter("refresh_http_timeouts_total", "Connections closed for slowness.", stats.timeouts()));
    }

    /** {@code pool}: what the client is for. */
    static List<Metric> of(String pool, HttpClient client) {
        HttpClientStats stats = client.stats();
        return List.of(
                Metric.of("refresh_pool_connections", Kind.GAUGE, "Connections of a pool, by what they do.")
                        .add(stats.active(), "pool", pool, "state", "active")
                        .add(stats.idle(), "pool", pool, "state", "idle")
                        .build(),
                Metric.of("refresh_pool_waiting", Kind.GAUGE, "Calls that wait for a connection of a pool.")
                        .add(stats.waiting(), "pool", pool)
                        .build(),
                Metric.of("refresh_pool_created_total", Kind.COUNTER, "Connections that a pool has opened.")
                        .add(stats.created(), "pool", pool)
                        .build(),
                Metric.of("refresh_pool_refused_total", Kind.COUNTER, "Calls refused: too many waited for a pool.")
                        .add(stats.refused(), "pool", pool)
                        .build(),
                Metric.of("refresh_pool_failed_total", Kind.COUNTER, "Calls of a pool without a whole answer.")
                        .add(stats.failed(), "pool", pool)
                        .build());
    }
}
