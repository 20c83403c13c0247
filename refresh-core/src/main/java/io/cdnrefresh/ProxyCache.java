// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import io.cdnrefresh.spi.CacheServer;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One cache of a proxy's node. Immutable.
 *
 * @param name for reasons, logs and stats; not empty
 * @param server its driver; stays the embedder's: the proxy does not close it
 * @param layer where it stands
 * @param fence the shortest refill fence of its purges; a longer one of the driver holds; null = the driver's
 */
public record ProxyCache(
        String name,
        CacheServer server,
        Layer layer,
        @Nullable Duration fence) {
    /** Rejects an empty name and a fence that is negative or longer than an hour. */
    public ProxyCache {
        Objects.requireNonNull(server, "server");
        Objects.requireNonNull(layer, "layer");
        if (name.isEmpty()) {
            throw new IllegalArgumentException("name: empty (expected: a name)");
        }
        if (fence != null && (fence.isNegative() || fence.compareTo(Duration.ofHours(1)) > 0)) {
            throw new IllegalArgumentException("fence: " + fence + " (expected: 0s to 1h)");
        }
    }

    /** A cache that clients ask, with its driver's fence. */
    public static ProxyCache front(String name, CacheServer server) {
        return new ProxyCache(name, server, Layer.FRONT, null);
    }
}
