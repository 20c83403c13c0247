// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.testkit.TaskRows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/** Threads that insert until the store goes away. */
final class KilledUnderLoad {
    private static final int THREADS = 3;
    private static final int BATCHES_BEFORE_THE_KILL = 20;

    private final JdbcStore store;
    private final EngineEpoch engine;
    private final TaskRows rows;
    private final Queue<TaskId> given = new ConcurrentLinkedQueue<>();
    private final Queue<List<TaskRow>> failed = new ConcurrentLinkedQueue<>();

    KilledUnderLoad(JdbcStore store, EngineEpoch engine, TaskRows rows) {
        this.store = store;
        this.engine = engine;
        this.rows = rows;
    }

    void runUntilFailed(Runnable kill) throws InterruptedException {
        CountDownLatch warm = new CountDownLatch(BATCHES_BEFORE_THE_KILL);
        AtomicReference<Throwable> unexpected = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(() -> insertUntilFailed(warm, unexpected), "load-" + i);
            threads.add(thread);
            thread.start();
        }
        warm.await();
        kill.run();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(unexpected.get()).isNull();
        assertThat(failed).hasSize(THREADS);
    }

    private void insertUntilFailed(CountDownLatch warm, AtomicReference<Throwable> unexpected) {
        while (true) {
            List<TaskRow> batch = rows.rows(50);
            batch.forEach(row -> given.add(row.id()));
            try {
                store.insert(engine, batch);
                warm.countDown();
            } catch (StoreException away) {
                if (away.category() != Category.RETRYABLE) {
                    unexpected.set(away);
                }
                failed.add(batch);
                return;
            }
        }
    }

    void repeatTheFailedCalls() {
        for (List<TaskRow> batch : failed) {
            assertThat(untilAccepted(() -> store.insert(engine, batch))).containsOnly(InsertOutcome.Inserted.ONE);
        }
    }

    /** Repeats a call while the store says that it may pass. */
    static <T> T untilAccepted(Callable<T> call) {
        return await().atMost(Duration.ofSeconds(30))
                .ignoreExceptionsMatching(
                        thrown -> thrown instanceof StoreException refused && refused.category() == Category.RETRYABLE)
                .until(call, result -> true);
    }

    List<TaskId> givenIds() {
        return List.copyOf(given);
    }

    List<TaskId> storedIds() {
        List<TaskId> ids = new ArrayList<>();
        long after = 0;
        List<TaskRow> page;
        do {
            page = store.recover(engine, after, 1_000);
            page.forEach(row -> ids.add(row.id()));
            after = page.isEmpty() ? after : page.get(page.size() - 1).id().value();
        } while (!page.isEmpty());
        return ids;
    }
}
