// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.PreloadResult;
import io.cdnrefresh.spi.ProbeResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A cache that remembers URLs and when they were stored. */
final class ModelCache implements CacheServer, CacheServer.PreloadCapable {
    private final Map<String, Instant> stored = new ConcurrentHashMap<>();
    private volatile boolean isDead;

    void put(String url) {
        stored.put(url, Instant.now());
    }

    boolean has(String url) {
        return stored.containsKey(url);
    }

    void setDead(boolean value) {
        isDead = value;
    }

    @Override
    public void purge(PurgeRequest request, Listener<CacheResult> listener) {
        if (isDead) {
            listener.onResult(new CacheResult.Failed("connection refused"));
            return;
        }
        boolean wasPresent = stored.remove(request.target().wire()) != null;
        listener.onResult(new CacheResult.Gone(Instant.now(), wasPresent, Duration.ofMillis(50)));
    }

    @Override
    public void probe(PurgeRequest request, Listener<ProbeResult> listener) {
        Instant at = stored.get(request.target().wire());
        listener.onResult(at == null ? ProbeResult.Absent.ONE : new ProbeResult.Present(at));
    }

    @Override
    public void preload(PreloadRequest request, Listener<PreloadResult> listener) {
        put(request.object().target().wire());
        listener.onResult(new PreloadResult.Loaded(200, 1));
    }

    @Override
    public void close() {}
}
