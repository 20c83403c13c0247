// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.EngineClock;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

/** What all connections of a server share. Thread-safe. */
final class ServerContext {
    final ApiEndpoint endpoint;
    final BiFunction<ApiRequest, ApiResponse, ApiResponse> refusals;
    final ServerLimits limits;
    final EngineClock clock;
    final ResponseBytes responses;
    final ServerCounters counters = new ServerCounters();
    final Set<ApiConnection> connections = ConcurrentHashMap.newKeySet();
    /** Set once: no connection outlives its last answer. */
    volatile boolean isDraining;

    ServerContext(
            ApiEndpoint endpoint,
            BiFunction<ApiRequest, ApiResponse, ApiResponse> refusals,
            ServerLimits limits,
            EngineClock clock) {
        this.endpoint = endpoint;
        this.refusals = refusals;
        this.limits = limits;
        this.clock = clock;
        this.responses = new ResponseBytes(clock);
    }
}
