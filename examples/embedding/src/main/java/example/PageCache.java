// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package example;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The service's own cache of rendered pages: by host, path and query, and encoding. Thread-safe. */
public final class PageCache {
    /** Renders a page. May take its time. */
    public interface Renderer {
        String render(String host, String path, String encoding);
    }

    /** A page, and whether it came from the cache. */
    public record Page(String text, boolean isFromCache) {}

    private record Stored(String text, Instant at) {}

    /** All encodings of one page. Guarded by itself. */
    private static final class Variants {
        private final ConcurrentHashMap<String, Stored> byEncoding = new ConcurrentHashMap<>();
        /** Rises with each purge: what was begun before is not kept. */
        private final AtomicLong purges = new AtomicLong();
    }

    private final ConcurrentHashMap<String, Variants> pages = new ConcurrentHashMap<>();
    private final Renderer renderer;
    private volatile boolean isClosed;

    public PageCache(Renderer renderer) {
        this.renderer = renderer;
    }

    /** The page, rendered if it is not there. */
    public Page get(String host, String path, String encoding) {
        Variants variants = variants(host, path);
        Stored stored = variants.byEncoding.get(encoding);
        if (stored != null) {
            return new Page(stored.text, true);
        }
        long purgesBefore = variants.purges.get();
        String text = renderer.render(host, path, encoding);
        synchronized (variants) {
            if (variants.purges.get() == purgesBefore) {
                variants.byEncoding.put(encoding, new Stored(text, Instant.now()));
            }
        }
        return new Page(text, false);
    }

    /** Removes every encoding of a page; false if there was none. */
    public boolean remove(String host, String path) {
        requireOpen();
        Variants variants = variants(host, path);
        synchronized (variants) {
            variants.purges.incrementAndGet();
            boolean wasThere = !variants.byEncoding.isEmpty();
            variants.byEncoding.clear();
            return wasThere;
        }
    }

    /** When the page was stored, if it is there. */
    public Optional<Instant> storedAt(String host, String path, String encoding) {
        requireOpen();
        return Optional.ofNullable(variants(host, path).byEncoding.get(encoding)).map(Stored::at);
    }

    /** From now on it can neither be purged nor probed. */
    public void close() {
        isClosed = true;
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException("the page cache is closed");
        }
    }

    private Variants variants(String host, String path) {
        return pages.computeIfAbsent(host.toLowerCase(Locale.ROOT) + path, key -> new Variants());
    }
}
