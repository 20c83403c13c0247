// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package example;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Pages whose text is the version of the site at the moment in which rendering begins. */
final class VersionedPages implements PageCache.Renderer {
    final AtomicInteger version = new AtomicInteger(1);
    private final ConcurrentHashMap<String, AtomicLong> renders = new ConcurrentHashMap<>();
    private volatile Duration delay = Duration.ZERO;

    @Override
    public String render(String host, String path, String encoding) {
        renders.computeIfAbsent(path, p -> new AtomicLong()).incrementAndGet();
        int begun = version.get();
        try {
            new CountDownLatch(1).await(delay.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return String.valueOf(begun);
    }

    void delay(Duration newDelay) {
        delay = newDelay;
    }

    long renders(String path) {
        AtomicLong count = renders.get(path);
        return count == null ? 0 : count.get();
    }
}
