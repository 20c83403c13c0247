// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.spi.CacheServer;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One cache of the node. Immutable.
 *
 * @param name for reasons and stats
 * @param server its driver
 * @param isBack whether other caches of the node ask this one
 * @param fence the shortest fence of its purges; zero = as the driver says
 * @param journal the folder of its journal; null = none
 */
public record AgentCache(
        String name,
        CacheServer server,
        boolean isBack,
        Duration fence,
        @Nullable Path journal) {
    /** A cache without a journal. */
    public AgentCache(String name, CacheServer server, boolean isBack, Duration fence) {
        this(name, server, isBack, fence, null);
    }
}
