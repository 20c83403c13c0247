// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/** What the store suites need to know of the implementation under test. */
public abstract class StoreContract {
    /** A new store without tasks, engines, devices, hosts and audit. Each test closes the one it asked for. */
    protected abstract TaskStore open();

    /** Raises the epoch of an engine; by default through the store's own {@link RegistryStore}. */
    protected EngineEpoch claim(TaskStore store, int engine) {
        return ((RegistryStore) store)
                .claimEngine(OptionalInt.of(engine), "contract", Duration.ofMinutes(1))
                .epoch();
    }

    /** Reads a row; by default through the store's own {@link TaskQueries}. */
    protected Optional<TaskRow> find(TaskStore store, TaskId id) {
        return ((TaskQueries) store).find(id);
    }

    /** Compares all but the idempotency key, which is kept at insert only; arrays by content. */
    static void assertSame(TaskRow expected, Optional<TaskRow> actual) {
        assertThat(actual).isPresent();
        assertThat(actual.orElseThrow())
                .usingRecursiveComparison()
                .ignoringFields("idempotency")
                .isEqualTo(expected);
    }

    static <T> FutureTask<T> inThread(Callable<T> call) {
        FutureTask<T> task = new FutureTask<>(call);
        Thread thread = new Thread(task, "contract");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    /** As the callers do: a deadlock's victim tries again. */
    static <T> T untilAccepted(Callable<T> call) {
        for (int attempt = 1; ; attempt++) {
            try {
                return call.call();
            } catch (StoreException refused) {
                if (refused.category() != Category.RETRYABLE || attempt == 20) {
                    throw refused;
                }
            } catch (RuntimeException failed) {
                throw failed;
            } catch (Exception failed) {
                throw new AssertionError(failed);
            }
        }
    }
}
