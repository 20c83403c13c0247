// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.EngineClock;

/** Makes drivers. Thread-safe. */
public final class CacheDrivers {
    private CacheDrivers() {}

    /**
     * A driver that runs on the cache's own machine: fences and proofs are by this machine's clock.
     *
     * @param client stays the caller's to close
     */
    public static CacheServer create(CacheSettings settings, HttpClient client) {
        return create(settings, client, EngineClock.system());
    }

    /**
     * The same with a given clock.
     *
     * @param clock the clock of the cache's machine
     */
    public static CacheServer create(CacheSettings settings, HttpClient client, EngineClock clock) {
        return switch (settings.driver()) {
            case "ats" ->
                settings.rules().isEmpty()
                        ? new AtsUrlCache(settings, client, new CacheRules(settings, clock, true))
                        : new AtsCache(settings, client, new CacheRules(settings, clock, true));
            case "nginx" ->
                settings.folder().isEmpty()
                        ? new UrlCache(settings, client, new CacheRules(settings, clock, true))
                        : new NginxCache(settings, client, new CacheRules(settings, clock, true));
            case "squid" ->
                settings.folder().isEmpty()
                        ? new UrlCache(settings, client, new CacheRules(settings, clock, false))
                        : new DiskUrlCache(settings, client, new CacheRules(settings, clock, false));
            case "http" -> new UrlCache(settings, client, new CacheRules(settings, clock, false));
            case "varnish" -> new VarnishCache(settings, client, new CacheRules(settings, clock, true));
            default -> throw new IllegalStateException(settings.driver());
        };
    }
}
