// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

/**
 * Counters of a client since its creation, and gauges of this moment. Immutable.
 *
 * @param created connections opened
 * @param reused exchanges on a connection that had served one before
 * @param closed connections closed, by either side
 * @param active exchanges under way
 * @param idle connections kept for the next exchange
 * @param waiting calls that wait for a connection
 * @param retried exchanges repeated because the idle connection had been closed by the server
 * @param refused calls refused because too many waited
 * @param failed calls that ended without a whole response, the refused ones included
 */
public record HttpClientStats(
        long created,
        long reused,
        long closed,
        long active,
        long idle,
        long waiting,
        long retried,
        long refused,
        long failed) {}
