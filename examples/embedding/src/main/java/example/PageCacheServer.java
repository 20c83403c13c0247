// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package example;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.ProbeResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * The driver of a {@link PageCache}. The cache is in the same process and answers at once, so the listener is called
 * before a method returns; a cache that is asked over a network answers later, on another thread.
 */
public final class PageCacheServer implements CacheServer {
    private final PageCache pages;
    private volatile boolean isClosed;

    public PageCacheServer(PageCache pages) {
        this.pages = pages;
    }

    @Override
    public void purge(PurgeRequest request, Listener<CacheResult> listener) {
        listener.onResult(purged(request.target()));
    }

    private CacheResult purged(Target target) {
        if (isClosed) {
            return new CacheResult.Failed("closed");
        }
        try {
            boolean wasThere = pages.remove(target.host(), target.path());
            // the cache itself drops what was being rendered: nothing can come back, so there is no fence
            return new CacheResult.Gone(Instant.now(), wasThere, Duration.ZERO);
        } catch (IllegalStateException away) {
            return new CacheResult.Failed("page cache closed");
        }
    }

    @Override
    public void probe(PurgeRequest request, Listener<ProbeResult> listener) {
        listener.onResult(probed(request));
    }

    private ProbeResult probed(PurgeRequest request) {
        if (isClosed) {
            return new ProbeResult.Failed("closed");
        }
        try {
            Target target = request.target();
            Optional<Instant> storedAt = pages.storedAt(target.host(), target.path(), encoding(request));
            return storedAt.<ProbeResult>map(ProbeResult.Present::new).orElse(ProbeResult.Absent.ONE);
        } catch (IllegalStateException away) {
            return new ProbeResult.Failed("page cache closed");
        }
    }

    private static String encoding(PurgeRequest request) {
        for (String header : request.headers()) {
            if (header.toLowerCase(Locale.ROOT).startsWith("accept-encoding:")) {
                return header.substring(header.indexOf(':') + 1).strip();
            }
        }
        return "";
    }

    @Override
    public void close() {
        isClosed = true;
    }
}
