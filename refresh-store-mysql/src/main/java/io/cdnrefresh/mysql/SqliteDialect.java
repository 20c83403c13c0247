// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.spi.EngineClock;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** SQLite in this process. There is one writer, so that its transaction locks by itself. */
final class SqliteDialect implements Dialect {
    private static final int SYNCHRONOUS_FULL = 2;

    private final EngineClock clock;
    private final @Nullable Reserve reserve;

    SqliteDialect(EngineClock clock) {
        this(clock, null);
    }

    SqliteDialect(EngineClock clock, @Nullable Reserve reserve) {
        this.clock = clock;
        this.reserve = reserve;
    }

    @Override
    public @Nullable Reserve reserve() {
        return reserve;
    }

    @Override
    public String name() {
        return "sqlite";
    }

    @Override
    public List<String> inspect(Connection connection) throws SQLException {
        List<String> warnings = new ArrayList<>();
        String journal = pragma(connection, "journal_mode");
        if (!journal.equals("wal")) {
            warnings.add("journal_mode is " + journal + " (expected: wal)");
        }
        String synchronous = pragma(connection, "synchronous");
        if (Integer.parseInt(synchronous) < SYNCHRONOUS_FULL) {
            warnings.add(
                    "synchronous is " + synchronous + " (expected: 2 = FULL): a power cut can lose acknowledged tasks");
        }
        return warnings;
    }

    private static String pragma(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("PRAGMA " + name)) {
            return row.next() ? row.getString(1) : "";
        }
    }

    @Override
    public void begin(Connection connection) {}

    @Override
    public long nowMillis(Connection connection) {
        return clock.now().toEpochMilli();
    }

    @Override
    public boolean prefersManyRows() {
        return false;
    }

    @Override
    public boolean readsLazily() {
        return true;
    }

    @Override
    public long maxStatementBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public long maxRowBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public String shareLock() {
        return "";
    }

    @Override
    public String updateLock() {
        return "";
    }

    @Override
    public String updateLockNow() {
        return "";
    }

    @Override
    public String deleteSome(String table, String where) {
        return "DELETE FROM " + table + " WHERE rowid IN (SELECT rowid FROM " + table + " WHERE " + where + " LIMIT ?)";
    }

    @Override
    public @Nullable Partitions partitions() {
        return null;
    }

    @Override
    public String byIndex(String index) {
        return " INDEXED BY " + index;
    }

    @Override
    public String joinInOrder() {
        return " CROSS JOIN ";
    }

    @Override
    public String manyRowsKeyword() {
        throw new UnsupportedOperationException("SQLite updates row by row");
    }
}
