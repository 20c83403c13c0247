// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.CacheServer.PreloadCapable;
import io.cdnrefresh.spi.PreloadResult;
import io.cdnrefresh.spi.ProbeResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A cache and its origin. Every object has been changed once at the origin; what the cache holds at first is the old
 * version, what it fetches the new one. Notes what a cache must never be asked to do. Thread-safe.
 */
final class VersionedCache implements CacheServer, PreloadCapable {
    private static final Duration FENCE = Duration.ofMillis(20);

    private record Copy(boolean isNew, Instant at) {}

    private final Map<String, Copy> stored = new ConcurrentHashMap<>();
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();

    /** The cache holds the object as it was before the change. */
    void putOld(String url) {
        stored.put(url, new Copy(false, Instant.now()));
    }

    /** The object was not changed after all. */
    void forget(String url) {
        stored.remove(url);
    }

    /** Whether the copy in the cache is the new one; null = there is none. */
    @Nullable
    Boolean isNew(String url) {
        Copy copy = stored.get(url);
        return copy == null ? null : copy.isNew;
    }

    /** What should not have been asked of it. */
    Queue<String> violations() {
        return violations;
    }

    @Override
    public void purge(PurgeRequest request, Listener<CacheResult> listener) {
        Copy was = stored.remove(request.target().wire());
        if (was != null && was.isNew) {
            violations.add("purged after its preload: " + request.target().wire());
        }
        listener.onResult(new CacheResult.Gone(Instant.now(), was != null, FENCE));
    }

    @Override
    public void probe(PurgeRequest request, Listener<ProbeResult> listener) {
        Copy copy = stored.get(request.target().wire());
        listener.onResult(copy == null ? ProbeResult.Absent.ONE : new ProbeResult.Present(copy.at));
    }

    /** A cache that has a copy serves it, and fetches nothing. */
    @Override
    public void preload(PreloadRequest request, Listener<PreloadResult> listener) {
        String url = request.object().target().wire();
        Copy copy = stored.computeIfAbsent(url, any -> new Copy(true, Instant.now()));
        if (!copy.isNew) {
            violations.add("preloaded before its refresh: " + url);
        }
        listener.onResult(new PreloadResult.Loaded(200, 1));
    }

    @Override
    public void close() {}
}
