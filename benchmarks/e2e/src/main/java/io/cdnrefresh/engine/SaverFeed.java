// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.NullMarked;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engine's savers alone, fed from memory: as fast as a store takes their batches. Owned by one thread. */
@NullMarked
public final class SaverFeed implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(SaverFeed.class);
    private static final int BATCH = 1_000;

    private final Saver[] savers;

    /** Savers of a claimed engine, as many as an engine would have. */
    public SaverFeed(TaskStore store, EngineEpoch epoch) {
        EngineClock clock = EngineClock.system();
        AlertReporter alerts = new AlertReporter(
                alert -> logger.warn("alert name={} detail={}", alert.name(), alert.detail()),
                clock,
                Duration.ofMinutes(1));
        StoreHealth health = new StoreHealth(alerts, (what, why) -> logger.warn("refused what={} why={}", what, why));
        savers = new Saver[Integer.highestOneBit(Math.min(2, store.maxWriters()))];
        for (int i = 0; i < savers.length; i++) {
            savers[i] = new Saver("saver-" + i, 65_536, BATCH, new Saver.Storage(store, epoch, clock), health);
            savers[i].queue().start();
        }
    }

    /** Stores the rows and waits for the last commit; nanoseconds. */
    public long store(List<TaskRow> rows) {
        CountDownLatch open = new CountDownLatch(rows.size());
        Saver.InsertListener listener = new Saver.InsertListener() {
            @Override
            public void onStored(InsertOutcome outcome) {
                open.countDown();
            }

            @Override
            public void onRefused(boolean isRetryable, String reason) {
                throw new IllegalStateException(reason);
            }
        };
        long startNanos = System.nanoTime();
        for (int i = 0; i < rows.size(); i++) {
            Saver.Insert insert = new Saver.Insert(rows.get(i), listener);
            while (!savers[i & savers.length - 1].offer(insert, 0)) {
                LockSupport.parkNanos(100_000);
            }
        }
        try {
            open.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return System.nanoTime() - startNanos;
    }

    @Override
    public void close() {
        for (Saver saver : savers) {
            int unused = saver.stop(Duration.ofSeconds(5));
        }
    }
}
