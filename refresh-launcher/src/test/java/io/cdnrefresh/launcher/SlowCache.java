// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.CacheServer.PreloadCapable;
import io.cdnrefresh.spi.PreloadResult;
import io.cdnrefresh.spi.ProbeResult;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * A cache that does one purge or preload after the other and takes its time for each; after some of them it stands still
 * until it is told to go on. Thread-safe.
 */
final class SlowCache implements CacheServer, PreloadCapable {
    private final CacheServer cache;
    private final PreloadCapable preloads;
    private final long pauseNanos;
    private final Semaphore permits;
    private final LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<>();
    private final AtomicInteger purged = new AtomicInteger();
    private final Thread worker = new Thread(this::workAll, "slow-cache");

    SlowCache(VersionedCache cache, long pauseNanos, int first) {
        this.cache = cache;
        preloads = cache;
        this.pauseNanos = pauseNanos;
        permits = new Semaphore(first);
        worker.setDaemon(true);
        worker.start();
    }

    /** Purges that were done. */
    int purged() {
        return purged.get();
    }

    /** No more standing still. */
    void goOn() {
        permits.release(Integer.MAX_VALUE / 2);
    }

    private void workAll() {
        try {
            while (true) {
                Runnable next = work.take();
                permits.acquire();
                LockSupport.parkNanos(pauseNanos);
                next.run();
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void purge(PurgeRequest request, Listener<CacheResult> listener) {
        work.add(() -> {
            cache.purge(request, listener);
            purged.incrementAndGet();
        });
    }

    @Override
    public void probe(PurgeRequest request, Listener<ProbeResult> listener) {
        cache.probe(request, listener);
    }

    @Override
    public void preload(PreloadRequest request, Listener<PreloadResult> listener) {
        work.add(() -> preloads.preload(request, listener));
    }

    @Override
    public void close() {
        worker.interrupt();
    }
}
