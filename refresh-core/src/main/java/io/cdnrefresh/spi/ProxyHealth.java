// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.time.Instant;

/**
 * What a heartbeat carries. Immutable.
 *
 * @param now the node's wall clock
 * @param queued commands waiting on the proxy
 * @param inFlight requests that its caches are working on
 * @param cachesDown cache servers that do not answer
 * @param isReady whether the proxy holds itself for caught up
 * @param needsWipe caches whose disk is older than the proxy's journal reaches
 */
public record ProxyHealth(Instant now, int queued, int inFlight, int cachesDown, boolean isReady, int needsWipe) {
    /** Of a proxy none of whose caches needs a wipe. */
    public ProxyHealth(Instant now, int queued, int inFlight, int cachesDown, boolean isReady) {
        this(now, queued, inFlight, cachesDown, isReady, 0);
    }
}
