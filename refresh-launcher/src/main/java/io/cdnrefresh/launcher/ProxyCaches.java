// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.Layer;
import io.cdnrefresh.ProxyCache;
import io.cdnrefresh.RefreshProxy;
import io.cdnrefresh.netty.cache.CacheDrivers;
import io.cdnrefresh.netty.cache.CacheSettings;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.spi.CacheServer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The drivers of a proxy's caches, which may change while it runs. Thread-safe. */
final class ProxyCaches implements AutoCloseable {
    private final HttpClient client;
    private final Closing drivers = new Closing();
    private Map<Config.Cache, ProxyCache> used = Map.of();

    ProxyCaches(List<Config.Cache> caches, HttpClient client) {
        this.client = client;
        used = of(caches);
    }

    /** Drivers of those that are as they were are kept. */
    private Map<Config.Cache, ProxyCache> of(List<Config.Cache> caches) {
        Map<Config.Cache, ProxyCache> all = new LinkedHashMap<>();
        for (Config.Cache cache : caches) {
            ProxyCache known = used.get(cache);
            all.put(cache, known != null ? known : create(cache));
        }
        return all;
    }

    private ProxyCache create(Config.Cache cache) {
        CacheServer server = drivers.add(cache.name(), CacheDrivers.create(settings(cache), client));
        Layer layer = "front".equals(cache.layer()) ? Layer.FRONT : Layer.BACK;
        return new ProxyCache(cache.name(), server, layer, cache.fence());
    }

    synchronized List<ProxyCache> list() {
        return List.copyOf(used.values());
    }

    /** Has the proxy work with these from now on; drivers are closed when their last work is done. */
    synchronized void change(List<Config.Cache> caches, RefreshProxy proxy) {
        Map<Config.Cache, ProxyCache> next = of(caches);
        proxy.caches(List.copyOf(next.values()), CacheServer::close);
        used = next;
    }

    private static CacheSettings settings(Config.Cache cache) {
        CacheSettings.Builder settings = CacheSettings.builder(cache.driver(), cache.url())
                .folder(cache.folder())
                .rules(cache.rules())
                .reload(
                        cache.reload().isEmpty()
                                ? List.of()
                                : List.of(cache.reload().trim().split("\\s+")));
        if (cache.fence() != null) {
            settings.urlFence(cache.fence()).broadFence(cache.fence());
        }
        return settings.build();
    }

    @Override
    public void close() {
        drivers.close();
    }
}
