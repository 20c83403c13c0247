// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterURIUtil;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * Where Redis is. Immutable.
 *
 * @param isCluster whether the nodes form a Redis Cluster
 * @param nodes one for a single server or a Sentinel group, any of the nodes of a cluster
 */
record RedisAddress(boolean isCluster, List<RedisURI> nodes) {
    private static final String EXPECTED =
            " (expected: redis://, rediss://, redis-sentinel://, rediss-sentinel://, redis-cluster:// or"
                    + " rediss-cluster://, with hosts)";

    /** Reads a URL; its text, which may hold a password, is in no exception. */
    static RedisAddress parse(String url, Duration timeout) {
        List<RedisURI> nodes;
        boolean isCluster = url.startsWith("redis-cluster://") || url.startsWith("rediss-cluster://");
        try {
            nodes = isCluster
                    ? RedisClusterURIUtil.toRedisURIs(URI.create(url.replaceFirst("-cluster://", "://")))
                    : List.of(RedisURI.create(url));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("url: " + schemeOf(url) + EXPECTED);
        }
        for (RedisURI node : nodes) {
            node.setTimeout(timeout);
            node.setClientName("cdnrefresh");
        }
        return new RedisAddress(isCluster, List.copyOf(nodes));
    }

    private static String schemeOf(String url) {
        int end = url.indexOf(':');
        return end < 0 ? "no scheme" : url.substring(0, Math.min(end, 20));
    }
}
