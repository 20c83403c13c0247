// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

/**
 * What several engines share besides the store. Asynchronous: no method blocks, stages complete on any thread and with a
 * {@link CoordinationException} when the coordinator is away. Losing it never stops accepting, pushing or reporting.
 */
public interface Coordinator extends AutoCloseable {
    /** Who does what only one may do. */
    LeaderElection election();

    /** Which engines are alive. */
    Membership membership();

    /** What devices have missed. */
    OfflineQueues offlineQueues();

    /** Counts across engines. */
    SharedCounters counters();

    /** Leaves, gives back what is held and releases connections. Idempotent. */
    @Override
    void close();
}
