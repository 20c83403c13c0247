// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import java.time.Duration;

/** What clients of a server may use. Checked by the builder. */
record ServerLimits(
        int maxBodyBytes,
        int maxHeaderBytes,
        int maxLineBytes,
        int maxConnections,
        int maxPipelined,
        int maxOutstanding,
        Duration headerTimeout,
        Duration bodyTimeout,
        Duration idleTimeout,
        Duration writeTimeout) {
    /** How often a connection looks at its deadlines: a quarter of the shortest. */
    long checkNanos() {
        long shortest = Math.min(headerTimeout.toNanos(), bodyTimeout.toNanos());
        shortest = Math.min(shortest, Math.min(idleTimeout.toNanos(), writeTimeout.toNanos()));
        return Math.max(1_000_000, shortest / 4);
    }
}
