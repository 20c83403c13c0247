// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.demo.DemoOrigin;
import io.cdnrefresh.netty.testkit.PlainHttp;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.testkit.CacheServerContract;
import io.cdnrefresh.testkit.FreePorts;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** The contract with the demo origin behind a cache that a subclass starts, once for all tests. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HttpCacheContract extends CacheServerContract {
    final DemoOrigin origin = new DemoOrigin(0);
    final NettyLoops loops = NettyLoops.builder().build();
    final HttpClient client = HttpClient.builder().loops(loops).build();

    /** The cache's port, started on the first call. */
    abstract int port();

    abstract CacheSettings.Builder settings(int port);

    @BeforeAll
    void startOrigin() {
        origin.start();
    }

    @BeforeEach
    void resetOrigin() {
        origin.delay(Duration.ZERO);
    }

    @AfterAll
    void closeAll() {
        client.close();
        loops.close();
        origin.close();
    }

    @Override
    protected CacheServer cache() {
        return CacheDrivers.create(settings(port()).build(), client);
    }

    @Override
    protected CacheServer closable() {
        return cache();
    }

    @Override
    protected CacheServer unreachable() {
        return CacheDrivers.create(settings(FreePorts.one()).build(), client);
    }

    @Override
    protected Fetched get(String host, String path, String... headers) {
        long before = origin.hits(path);
        PlainHttp.Reply reply = PlainHttp.get(port(), host, path, headers);
        return new Fetched(reply.version(), origin.hits(path) == before);
    }

    @Override
    protected int bump() {
        return origin.bump();
    }

    @Override
    protected void delay(Duration delay) {
        origin.delay(delay);
    }

    @Override
    protected long originHits(String path) {
        return origin.hits(path);
    }
}
