// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package example;

import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.testkit.CacheServerContract;
import java.time.Duration;
import java.util.Locale;

/** The driver keeps every promise of the SPI. */
class PageCacheServerTest extends CacheServerContract {
    private final VersionedPages pages = new VersionedPages();
    private final PageCache cache = new PageCache(pages);
    private final CacheServer server = new PageCacheServer(cache);

    @Override
    protected CacheServer cache() {
        return server;
    }

    @Override
    protected CacheServer unreachable() {
        PageCache closed = new PageCache(pages);
        closed.close();
        return new PageCacheServer(closed);
    }

    @Override
    protected CacheServer denied() {
        return null;
    }

    @Override
    protected CacheServer closable() {
        return new PageCacheServer(cache);
    }

    @Override
    protected Fetched get(String host, String path, String... headers) {
        String encoding = "";
        for (String header : headers) {
            if (header.toLowerCase(Locale.ROOT).startsWith("accept-encoding:")) {
                encoding = header.substring(header.indexOf(':') + 1).strip();
            }
        }
        PageCache.Page page = cache.get(host, path, encoding);
        return new Fetched(Integer.parseInt(page.text()), page.isFromCache());
    }

    @Override
    protected int bump() {
        return pages.version.incrementAndGet();
    }

    @Override
    protected void delay(Duration delay) {
        pages.delay(delay);
    }

    @Override
    protected long originHits(String path) {
        return pages.renders(path);
    }

    @Override
    protected boolean refills() {
        return false;
    }
}
