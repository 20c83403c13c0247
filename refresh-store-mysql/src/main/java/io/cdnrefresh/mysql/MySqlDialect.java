// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** MySQL from 8.0.19 and MariaDB from 10.6 on. */
final class MySqlDialect implements Dialect {
    private volatile boolean isMariaDb;

    @Override
    public String name() {
        return "mysql";
    }

    @Override
    public List<String> inspect(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery("SELECT VERSION()")) {
                isMariaDb =
                        row.next() && row.getString(1).toLowerCase(Locale.ROOT).contains("mariadb");
            }
            String flush = variable(statement, "innodb_flush_log_at_trx_commit");
            List<String> warnings = new ArrayList<>();
            if (!flush.equals("1")) {
                warnings.add("innodb_flush_log_at_trx_commit is " + flush
                        + " (expected: 1): a crash of the server can lose acknowledged tasks");
            }
            String sync = variable(statement, "sync_binlog");
            boolean hasBinlog = variable(statement, "log_bin").equals("ON");
            if (hasBinlog && !sync.equals("1")) {
                warnings.add(
                        "sync_binlog is " + sync + " (expected: 1): a crash of the server can lose replicated tasks");
            }
            return warnings;
        }
    }

    private static String variable(Statement statement, String name) throws SQLException {
        try (ResultSet row = statement.executeQuery("SHOW GLOBAL VARIABLES LIKE '" + name + "'")) {
            return row.next() ? row.getString(2) : "";
        }
    }

    @Override
    public void begin(Connection connection) throws SQLException {
        if (connection.getTransactionIsolation() != Connection.TRANSACTION_READ_COMMITTED) {
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        }
    }

    @Override
    public long nowMillis(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)")) {
            row.next();
            return row.getLong(1);
        }
    }

    @Override
    public boolean prefersManyRows() {
        return true;
    }

    @Override
    public String shareLock() {
        return " LOCK IN SHARE MODE";
    }

    @Override
    public String updateLock() {
        return " FOR UPDATE";
    }

    @Override
    public String deleteSome(String table, String where) {
        return "DELETE FROM " + table + " WHERE " + where + " LIMIT ?";
    }

    @Override
    public String manyRowsKeyword() {
        return isMariaDb ? "" : "ROW";
    }
}
