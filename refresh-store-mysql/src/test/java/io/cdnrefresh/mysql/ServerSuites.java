// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.testkit.CallbackStoreContract;
import io.cdnrefresh.testkit.RegistryStoreContract;
import io.cdnrefresh.testkit.SharedStoreContract;
import io.cdnrefresh.testkit.TaskQueriesContract;
import io.cdnrefresh.testkit.TaskRows;
import io.cdnrefresh.testkit.TaskStoreContract;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The contract suites over one server and driver. */
abstract class ServerSuites {
    /** Where the server is, through which driver. */
    abstract String url();

    /** Makes new connections of everybody unable to write. */
    abstract String readOnly(boolean isOn);

    /** A store over empty tables. */
    JdbcStore emptyStore() {
        JdbcStore store = JdbcStore.builder().url(url()).build();
        store.durabilityWarnings();
        try (Connection connection = DriverManager.getConnection(url());
                Statement statement = connection.createStatement()) {
            for (String table : new String[] {
                "task",
                "task_host",
                "task_label",
                "idempotency",
                "engine",
                "device",
                "host_rule",
                "audit",
                "callback",
                "callback_secret"
            }) {
                statement.executeUpdate("DELETE FROM " + table);
            }
        } catch (SQLException failed) {
            throw new IllegalStateException("the tables could not be emptied", failed);
        }
        return store;
    }

    @Nested
    class Tasks extends TaskStoreContract {
        @Override
        protected TaskStore open() {
            return emptyStore();
        }
    }

    @Nested
    class Shared extends SharedStoreContract {
        @Override
        protected TaskStore open() {
            return emptyStore();
        }
    }

    @Nested
    class Queries extends TaskQueriesContract {
        @Override
        protected TaskStore open() {
            return emptyStore();
        }
    }

    @Nested
    class Callbacks extends CallbackStoreContract {
        @Override
        protected TaskStore openEmpty() {
            return emptyStore();
        }
    }

    @Nested
    class Registry extends RegistryStoreContract {
        @Override
        protected RegistryStore openRegistry() {
            return emptyStore();
        }

        @Override
        protected void closeRegistry(RegistryStore opened) {
            ((JdbcStore) opened).close();
        }
    }

    @Nested
    class Days extends DaysSuite {
        @Override
        JdbcStore emptyStore() {
            return ServerSuites.this.emptyStore();
        }

        @Override
        String url() {
            return ServerSuites.this.url();
        }
    }

    @Nested
    class FailuresOfTheServer extends FailuresSuite {
        @Override
        JdbcStore emptyStore() {
            return ServerSuites.this.emptyStore();
        }

        @Override
        String url() {
            return ServerSuites.this.url();
        }

        @Override
        String readOnly(boolean isOn) {
            return ServerSuites.this.readOnly(isOn);
        }
    }

    /** Another, empty database on the server. */
    private String emptyDatabase() throws SQLException {
        try (Connection connection = DriverManager.getConnection(url());
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("DROP DATABASE IF EXISTS fresh");
            statement.executeUpdate("CREATE DATABASE fresh");
        }
        return url().replace("/test?", "/fresh?");
    }

    @Nested
    class Migrations extends MigrationSuite {
        @Override
        String emptyDatabase() throws SQLException {
            return ServerSuites.this.emptyDatabase();
        }

        @Override
        String dialect() {
            return "mysql";
        }

        @Test
        void build_embeddersPoolAndMigration_worksAndLeavesThePoolOpen() throws SQLException {
            String url = emptyDatabase();
            flyway(url, "latest").migrate();
            HikariConfig config = new HikariConfig();
            config.setJdbcUrl(url);
            try (HikariDataSource pool = new HikariDataSource(config)) {
                EngineEpoch engine;
                TaskRow row;
                try (JdbcStore store =
                        JdbcStore.builder().dataSource(pool).migrate(false).build()) {
                    engine = store.claimEngine(OptionalInt.of(7), "embedder", Duration.ofMinutes(1))
                            .epoch();
                    row = TaskRows.of(engine).row();
                    store.insert(engine, List.of(row));
                    store.update(engine, List.of(TaskRows.of(engine).update(row, 2, TaskState.DONE)));
                    assertThat(store.list(TaskFilter.ANY, Long.MAX_VALUE, 10)).hasSize(1);
                }
                assertThat(pool.isClosed()).isFalse();
                try (Connection own = pool.getConnection()) {
                    assertThat(own.getAutoCommit()).isTrue();
                    assertThat(own.isValid(1)).isTrue();
                }
            }
        }

        @Test
        void everyCall_noSchemaAndNoMigration_isRetryable() throws SQLException {
            try (JdbcStore store =
                    JdbcStore.builder().url(emptyDatabase()).migrate(false).build()) {
                assertThatExceptionOfType(StoreException.class)
                        .isThrownBy(store::load)
                        .returns(Category.RETRYABLE, StoreException::category);
            }
        }
    }

    @Test
    void retire_oldAudit_goes() {
        try (JdbcStore store = emptyStore()) {
            StoreChecks.retiresOldAudit(store);
        }
    }

    @Test
    void recover_largeTasks_comeInSmallPages() {
        try (JdbcStore store = emptyStore()) {
            StoreChecks.recoversInSmallPages(store);
        }
    }
}
