// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.testkit.RegistryStoreContract;
import io.cdnrefresh.testkit.TaskQueriesContract;
import io.cdnrefresh.testkit.TaskStoreContract;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Nested;

/** The contract suites over one server and driver. */
abstract class ServerSuites {
    /** Where the server is, through which driver. */
    abstract String url();

    /** A store over empty tables. */
    JdbcStore emptyStore() {
        JdbcStore store = JdbcStore.builder().url(url()).build();
        store.durabilityWarnings();
        try (Connection connection = DriverManager.getConnection(url());
                Statement statement = connection.createStatement()) {
            for (String table : new String[] {
                "task", "task_host", "task_label", "idempotency", "engine", "device", "host_rule", "audit"
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
    class Queries extends TaskQueriesContract {
        @Override
        protected TaskStore open() {
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
}
