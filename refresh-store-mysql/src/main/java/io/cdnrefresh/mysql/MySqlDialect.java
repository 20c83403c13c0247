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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** MySQL from 8.0.19 and MariaDB from 10.6 on. */
final class MySqlDialect implements Dialect {
    private static final Logger logger = LoggerFactory.getLogger(MySqlDialect.class);
    private static final long MOST_BYTES = 4 << 20;

    /** Of a statement beside its row. */
    private static final int STATEMENT_BYTES = 16_384;

    private static final int MANY_TASKS = 100_000;

    private final Partitions partitions;
    private volatile boolean isMariaDb;
    private volatile long maxStatementBytes = MOST_BYTES;
    private volatile long maxRowBytes = Long.MAX_VALUE;

    MySqlDialect() {
        this(new Partitions(MANY_TASKS));
    }

    MySqlDialect(Partitions partitions) {
        this.partitions = partitions;
    }

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
            long packet = Long.parseLong(variable(statement, "max_allowed_packet"));
            // escaping can double the bytes of small rows
            maxStatementBytes = Math.min(MOST_BYTES, packet / 2);
            maxRowBytes = packet - STATEMENT_BYTES;
            if (packet < MOST_BYTES) {
                logger.warn(
                        "max_allowed_packet is {} (expected: at least {}): larger tasks are refused",
                        packet,
                        MOST_BYTES);
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
    public boolean readsLazily() {
        return false;
    }

    @Override
    public long maxStatementBytes() {
        return maxStatementBytes;
    }

    @Override
    public long maxRowBytes() {
        return maxRowBytes;
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
    public String updateLockNow() {
        return " FOR UPDATE NOWAIT";
    }

    @Override
    public String deleteSome(String table, String where) {
        return "DELETE FROM " + table + " WHERE " + where + " LIMIT ?";
    }

    @Override
    public Partitions partitions() {
        return partitions;
    }

    @Override
    public String byIndex(String index) {
        return " FORCE INDEX (" + index + ")";
    }

    @Override
    public String joinInOrder() {
        return " STRAIGHT_JOIN ";
    }

    @Override
    public String manyRowsKeyword() {
        return isMariaDb ? "" : "ROW";
    }
}
