// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.EngineClock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What all connections of a server share. Thread-safe. */
final class ServerContext {
    final ApiEndpoint endpoint;
    final ServerLimits limits;
    final EngineClock clock;
    final ResponseBytes responses;
    final ServerCounters counters = new ServerCounters();
    final Set<ApiConnection> connections = ConcurrentHashMap.newKeySet();
    /** Set once: no connection outlives its last answer. */
    volatile boolean isDraining;

    ServerContext(ApiEndpoint endpoint, ServerLimits limits, EngineClock clock) {
        this.endpoint = endpoint;
        this.limits = limits;
        this.clock = clock;
        this.responses = new ResponseBytes(clock);
    }
}
