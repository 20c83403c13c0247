// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.Reload;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine of this process. When others have replaced it, because it was taken for dead, it ends and a new one starts in
 * its place, with nothing of what it held. Thread-safe.
 */
final class EngineSeat implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(EngineSeat.class);
    private static final long PAUSE_MILLIS = 1_000;

    private volatile Config config;
    private volatile @Nullable Reload reload;
    private final NettyLoops loops;
    private final CountDownLatch closed = new CountDownLatch(1);
    private @Nullable EngineService engine; // under this

    /** Nothing runs before {@link #start}. */
    EngineSeat(Config config, NettyLoops loops) {
        this.config = config;
        this.loops = loops;
    }

    /** Starts an engine; returns when it is ready, however long its store is away. */
    void start() {
        sit();
    }

    /** Whom the engine asks to read the configuration anew; before {@link #start}. */
    void onReload(Reload way) {
        reload = way;
    }

    /** Uses what may change while the engine runs; a later engine uses it, too. */
    synchronized void apply(Config now) {
        config = now;
        EngineService sitting = engine;
        if (sitting != null) {
            sitting.apply(now);
        }
    }

    /** What operators may look into, whichever engine sits here. */
    AdminPages.Inside inside() {
        return new AdminPages.Inside(
                () -> config,
                () -> of(AdminPages.Inside::metrics).get(),
                () -> of(AdminPages.Inside::locks).get(),
                () -> of(AdminPages.Inside::sizes).get());
    }

    private <T> Supplier<List<T>> of(Function<AdminPages.Inside, Supplier<List<T>>> what) {
        EngineService sitting;
        synchronized (this) {
            sitting = engine;
        }
        return sitting == null ? List::of : what.apply(sitting.inside());
    }

    private void sit() {
        EngineService started;
        synchronized (this) {
            if (closed.getCount() == 0) {
                return;
            }
            started = EngineService.start(config, loops);
            engine = started;
            Reload way = reload;
            if (way != null) {
                started.onReload(way);
            }
        }
        started.onFenced(() -> {
            Thread thread = new Thread(this::sitAgain, "engine-rejoin");
            thread.setDaemon(true);
            thread.start();
        });
        ServiceManager.status("not ready: GET /readyz says why");
        started.awaitReady();
        started.apply(config); // read again while it waited for its store
        ServiceManager.ready("takes tasks at http://" + started.apiAddress());
        logger.info("ready engine=http://{} rpcPort={}", started.apiAddress(), started.rpcPort());
    }

    private void sitAgain() {
        logger.warn("this engine was replaced by the others; it gives up what it held and joins anew");
        stand();
        try {
            while (closed.getCount() > 0) {
                try {
                    sit();
                    return;
                } catch (RefreshException e) {
                    logger.warn("not joined, trying again cause={}", e.getMessage());
                    stand();
                }
                if (closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void stand() {
        EngineService old = engine;
        engine = null;
        if (old != null) {
            old.close();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        stand();
    }
}
