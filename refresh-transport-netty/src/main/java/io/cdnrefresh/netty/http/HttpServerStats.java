// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

/**
 * Counters of a server since its start, and gauges of this moment. Immutable.
 *
 * @param accepted connections taken
 * @param refused connections closed at once because too many were open
 * @param open connections now
 * @param requests requests given to the endpoint
 * @param outstanding requests not answered yet
 * @param shed requests answered with 503 because too many were outstanding
 * @param rejected requests answered here because they were malformed, too large or too slow
 * @param timeouts connections closed because head, body, next request or reading of answers took too long
 */
public record HttpServerStats(
        long accepted,
        long refused,
        long open,
        long requests,
        long outstanding,
        long shed,
        long rejected,
        long timeouts) {}
