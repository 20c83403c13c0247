// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.testkit.TaskRows;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What is only asked of a server that belongs to the test: it is killed. */
abstract class OwnServerSuites extends ServerSuites {
    abstract ServerProcess server();

    @Test
    void durabilityWarnings_serversDefaults_areNone() {
        try (JdbcStore store = emptyStore()) {
            assertThat(store.durabilityWarnings()).isEmpty();
        }
    }

    @Test
    void insert_valueTooLongForItsColumn_isRefusedForEver() {
        try (JdbcStore store = emptyStore()) {
            EngineEpoch engine = claim(store, 9);
            TaskRow row = TaskRows.of(engine).row(RefreshTask.purge("http://h/").withTenant("x".repeat(300)));
            assertThat(category(() -> store.insert(engine, List.of(row)))).isEqualTo(Category.PERMANENT);
        }
    }

    @Test
    void everyCall_serverKilledUnderLoad_failsAndRepeatedDoublesNothing() throws Exception {
        try (JdbcStore store = emptyStore()) {
            EngineEpoch engine = claim(store, 9);
            TaskRows rows = TaskRows.of(engine);
            KilledUnderLoad load = new KilledUnderLoad(store, engine, rows);
            load.runUntilFailed(server()::kill);
            assertThat(category(store::load)).isEqualTo(Category.RETRYABLE);
            assertThat(category(() -> store.list(TaskFilter.ANY, Long.MAX_VALUE, 1)))
                    .isEqualTo(Category.RETRYABLE);
            server().start();
            load.repeatTheFailedCalls();
            assertThat(load.storedIds()).containsExactlyInAnyOrderElementsOf(load.givenIds());
        }
    }

    @Test
    void claimEngine_serverDownAtStart_failsAndWorksLater() throws Exception {
        server().kill();
        try (JdbcStore store = JdbcStore.builder()
                .url(url())
                .connectTimeout(Duration.ofMillis(500))
                .build()) {
            assertThat(category(() -> claim(store, 10))).isEqualTo(Category.RETRYABLE);
            server().start();
            EngineEpoch engine = KilledUnderLoad.untilAccepted(() -> claim(store, 10));
            assertThat(store.insert(engine, TaskRows.of(engine).rows(2))).containsOnly(InsertOutcome.Inserted.ONE);
        } finally {
            server().kill();
            server().start();
        }
    }

    private static EngineEpoch claim(JdbcStore store, int id) {
        return store.claimEngine(OptionalInt.of(id), "test", Duration.ofMinutes(5))
                .epoch();
    }

    private static Category category(Runnable call) {
        try {
            call.run();
        } catch (StoreException failed) {
            return failed.category();
        }
        throw new AssertionError("the call did not fail");
    }
}
