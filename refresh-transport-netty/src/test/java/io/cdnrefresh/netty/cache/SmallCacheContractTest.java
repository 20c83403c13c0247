// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.netty.demo.SmallCache;
import io.cdnrefresh.spi.CacheServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;

/** The generic driver with the small cache. */
class SmallCacheContractTest extends HttpCacheContract {
    private @Nullable SmallCache cache;

    SmallCache.Builder builder() {
        return SmallCache.builder();
    }

    @Override
    synchronized int port() {
        if (cache == null) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), origin.port());
            cache = builder().origin(address).build().start();
        }
        return cache.port();
    }

    @Override
    CacheSettings.Builder settings(int port) {
        return CacheSettings.builder("http", "http://127.0.0.1:" + port);
    }

    @Override
    protected boolean refills() {
        return false;
    }

    @Override
    protected @Nullable CacheServer denied() {
        return null;
    }

    @AfterAll
    synchronized void closeCache() {
        if (cache != null) {
            cache.close();
        }
    }
}
