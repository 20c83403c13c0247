// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.testkit.CallbackStoreContract;
import io.cdnrefresh.testkit.RegistryStoreContract;
import io.cdnrefresh.testkit.SharedStoreContract;
import io.cdnrefresh.testkit.TaskQueriesContract;
import io.cdnrefresh.testkit.TaskRows;
import io.cdnrefresh.testkit.TaskStoreContract;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded store. */
class SqliteIT {
    private static JdbcStore open(Path folder) {
        return JdbcStore.builder()
                .url("jdbc:sqlite:" + folder.resolve("tasks.db"))
                .build();
    }

    @Nested
    class Tasks extends TaskStoreContract {
        @TempDir
        Path folder;

        @Override
        protected TaskStore open() {
            return SqliteIT.open(folder);
        }
    }

    @Nested
    class Shared extends SharedStoreContract {
        @TempDir
        Path folder;

        @Override
        protected TaskStore open() {
            return SqliteIT.open(folder);
        }
    }

    @Nested
    class Queries extends TaskQueriesContract {
        @TempDir
        Path folder;

        @Override
        protected TaskStore open() {
            return SqliteIT.open(folder);
        }
    }

    @Nested
    class Callbacks extends CallbackStoreContract {
        @TempDir
        Path folder;

        @Override
        protected TaskStore openEmpty() {
            return SqliteIT.open(folder);
        }
    }

    @Nested
    class Registry extends RegistryStoreContract {
        @TempDir
        Path folder;

        @Override
        protected RegistryStore openRegistry() {
            return SqliteIT.open(folder);
        }

        @Override
        protected void closeRegistry(RegistryStore opened) {
            ((JdbcStore) opened).close();
        }
    }

    @Nested
    class Migrations extends MigrationSuite {
        @TempDir
        Path folder;

        @Override
        String emptyDatabase() {
            return "jdbc:sqlite:" + folder.resolve("fresh.db");
        }

        @Override
        String dialect() {
            return "sqlite";
        }
    }

    @Test
    void retire_oldAudit_goes(@TempDir Path folder) {
        try (JdbcStore store = open(folder)) {
            StoreChecks.retiresOldAudit(store);
        }
    }

    @Test
    void recover_largeTasks_comeInSmallPages(@TempDir Path folder) {
        try (JdbcStore store = open(folder)) {
            StoreChecks.recoversInSmallPages(store);
        }
    }

    @Test
    void recover_whileAnotherWrites_doesNotWait(@TempDir Path folder) throws Exception {
        try (JdbcStore store = open(folder);
                Connection other = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("tasks.db"));
                Statement statement = other.createStatement()) {
            EngineEpoch engine = store.claimEngine(OptionalInt.of(1), "a", Duration.ofMinutes(1))
                    .epoch();
            store.insert(engine, TaskRows.of(engine).rows(3));
            statement.execute("BEGIN IMMEDIATE"); // for longer than SQLite waits for a lock
            assertThat(store.recover(engine, 0, 10)).hasSize(3);
            statement.execute("ROLLBACK");
        }
    }

    @Test
    void insert_diskIsFull_isRetryableAndWorksOnceThereIsRoom(@TempDir Path folder) {
        try (JdbcStore store = JdbcStore.builder()
                .url("jdbc:sqlite:" + folder.resolve("tasks.db") + "?max_page_count=400")
                .build()) {
            EngineEpoch engine = store.claimEngine(OptionalInt.of(1), "a", Duration.ofMinutes(1))
                    .epoch();
            TaskRows rows = TaskRows.of(engine);
            List<TaskRow> old = rows.rows(500);
            store.insert(engine, old);
            store.update(
                    engine,
                    old.stream().map(row -> rows.update(row, 2, TaskState.DONE)).toList());
            List<TaskRow> stored = new ArrayList<>();
            List<TaskRow> refused = List.of();
            while (refused.isEmpty()) {
                List<TaskRow> batch = rows.rows(100);
                try {
                    store.insert(engine, batch);
                    stored.addAll(batch);
                } catch (StoreException full) {
                    assertThat(full.category()).isEqualTo(Category.RETRYABLE);
                    refused = batch;
                }
            }
            assertThat(stored).hasSizeGreaterThan(100);
            assertThat(store.recover(engine, 0, 10_000)).as("nothing half done").hasSize(stored.size());
            assertThat(store.retire(engine, TaskRows.START.plusSeconds(3_600), 1_000))
                    .isEqualTo(500);
            store.insert(engine, refused);
            assertThat(store.recover(engine, 0, 10_000)).hasSize(stored.size() + 100);
        }
    }

    @Test
    void open_again_findsWhatWasStored(@TempDir Path folder) {
        TaskRow row;
        try (JdbcStore store = open(folder)) {
            EngineEpoch engine = store.claimEngine(OptionalInt.of(1), "a", Duration.ofMinutes(1))
                    .epoch();
            row = TaskRows.of(engine).row();
            store.insert(engine, List.of(row));
            assertThat(store.durabilityWarnings()).isEmpty();
        }
        try (JdbcStore store = open(folder)) {
            assertThat(store.find(row.id()).orElseThrow().task()).isEqualTo(row.task());
        }
    }

    @Test
    void inspect_lessThanFull_warns(@TempDir Path folder) throws Exception {
        String url = "jdbc:sqlite:" + folder.resolve("tasks.db") + "?synchronous=NORMAL&journal_mode=WAL";
        try (Connection connection = DriverManager.getConnection(url)) {
            assertThat(new SqliteDialect(EngineClock.system()).inspect(connection))
                    .singleElement()
                    .asString()
                    .contains("synchronous is 1");
        }
    }

    @Test
    void build_wrongValues_areRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcStore.builder().build());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcStore.builder().url("jdbc:sqlite::memory:"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcStore.builder().url("jdbc:postgresql://u:secret@h/"))
                .withMessageNotContaining("secret");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcStore.builder().writers(3))
                .withMessageContaining("writers: 3");
    }
}
