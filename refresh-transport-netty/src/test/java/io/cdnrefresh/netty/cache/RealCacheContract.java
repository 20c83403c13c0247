// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.netty.testkit.RealCache;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.ProbeResult;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract with a server that is installed here and the configuration that is shipped. */
abstract class RealCacheContract extends HttpCacheContract {
    private final List<RealCache> started = new ArrayList<>();
    private @Nullable RealCache main;

    abstract String driver();

    @BeforeAll
    void startCache() {
        main = launch("127.0.0.1");
    }

    private RealCache launch(String proxyAddress) {
        RealCache cache = RealCache.of(driver(), origin.port()).proxyAddress(proxyAddress);
        started.add(cache);
        return cache.start();
    }

    final RealCache real() {
        if (main == null) {
            throw new IllegalStateException("not started");
        }
        return main;
    }

    @Override
    int port() {
        return real().port();
    }

    @Override
    CacheSettings.Builder settings(int port) {
        return port == real().port() ? real().settings() : CacheSettings.builder(driver(), "http://127.0.0.1:" + port);
    }

    @Override
    protected boolean refills() {
        return true;
    }

    @Override
    protected CacheServer denied() {
        return CacheDrivers.create(launch("127.0.0.9").settings().build(), client);
    }

    @Test
    void probe_largeObject_sendsNoBody() {
        origin.bodyBytes(8 * 1024 * 1024);
        String path = path("/");
        get("a.test", path);
        origin.bodyBytes(512);
        assertThat(await(cache()::probe, request("a.test", path))).isInstanceOf(ProbeResult.Present.class);
    }

    @Test
    void purge_afterCrashAndRestartOnItsDisk_worksAgain() {
        String path = path("/");
        get("a.test", path);
        real().kill();
        real().start();
        get("a.test", path);
        int version = bump();
        // A connection that the new process resets is a Failed, which its caller repeats; so does this one.
        Awaitility.await().until(() -> await(cache()::purge, request("a.test", path)) instanceof CacheResult.Gone);
        assertThat(get("a.test", path).version()).isEqualTo(version);
    }

    @AfterAll
    void closeCaches() {
        started.forEach(RealCache::close);
    }
}
