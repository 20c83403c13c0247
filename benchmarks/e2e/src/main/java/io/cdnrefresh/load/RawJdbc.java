// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Pairs;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * The references of the store goals: one connection, plain JDBC, nothing else. Works on copies of the store's own tables,
 * with the same columns and indexes. Owned by one thread.
 */
final class RawJdbc implements AutoCloseable {
    private static final List<String> TABLES = List.of("task", "task_host");

    private final Connection connection;
    private final boolean isSqlite;
    private final List<Copy> copies = new ArrayList<>();

    /** Rows of a table, to be inserted again and again under new ids. */
    private record Copy(String table, int idColumn, int columns, List<Object[]> rows) {}

    /** Connects as the store does: SQLite with a write-ahead log that is forced to disk by every commit. */
    RawJdbc(String url) throws SQLException {
        connection = DriverManager.getConnection(url);
        isSqlite = url.startsWith("jdbc:sqlite:");
        if (isSqlite) {
            execute("PRAGMA journal_mode=WAL");
            execute("PRAGMA synchronous=FULL");
            execute("PRAGMA busy_timeout=30000");
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            boolean unused = statement.execute(sql);
        }
    }

    /** The median of 60 commits of 64 rows of 300 bytes, in seconds. */
    double commitOf64() throws SQLException {
        execute("CREATE TABLE IF NOT EXISTS raw_commit (id INTEGER NOT NULL PRIMARY KEY, body BLOB NOT NULL)");
        execute("DELETE FROM raw_commit");
        connection.setAutoCommit(false);
        double[] seconds = new double[60];
        String sql = "INSERT INTO raw_commit (id, body) VALUES " + "(?,?),".repeat(63) + "(?,?)";
        int id = 0;
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            for (int i = 0; i < seconds.length; i++) {
                long start = System.nanoTime();
                for (int row = 0; row < 64; row++) {
                    insert.setInt(2 * row + 1, id++);
                    insert.setBytes(2 * row + 2, new byte[300]);
                }
                insert.executeUpdate();
                connection.commit();
                seconds[i] = (System.nanoTime() - start) / 1e9;
            }
        }
        connection.setAutoCommit(true);
        return Pairs.median(seconds);
    }

    /** {@link #copyTasks} out of another SQLite database. */
    void takeTasks(String url, int count) throws SQLException {
        execute("ATTACH DATABASE '" + url.substring("jdbc:sqlite:".length()) + "' AS other");
        for (String table : TABLES) {
            try (Statement statement = connection.createStatement()) {
                for (String sql : like(statement, "other.sqlite_master", table)) {
                    execute(sql);
                }
            }
        }
        copy(count, "other.");
        execute("DETACH DATABASE other");
    }

    /** Reads so many of the newest tasks and their places by host; a table like each becomes the target of {@link #insert}. */
    void copyTasks(int count) throws SQLException {
        for (String table : TABLES) {
            execute("DROP TABLE IF EXISTS raw_" + table);
            execute("CREATE TABLE raw_" + table + " LIKE " + table);
        }
        copy(count, "");
    }

    private void copy(int count, String schema) throws SQLException {
        long from;
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT MIN(id) FROM (SELECT id FROM " + schema
                        + "task ORDER BY id DESC LIMIT " + count + ") newest")) {
            row.next();
            from = row.getLong(1);
        }
        for (String table : TABLES) {
            copies.add(read(schema, table, from));
        }
    }

    /** What makes a table like another one of SQLite, with its indexes. */
    private static List<String> like(Statement statement, String master, String table) throws SQLException {
        List<String> made = new ArrayList<>();
        try (ResultSet row = statement.executeQuery("SELECT sql FROM " + master + " WHERE tbl_name = '" + table
                + "' AND sql IS NOT NULL ORDER BY type DESC")) {
            while (row.next()) {
                made.add(row.getString(1)
                        .replaceFirst("(CREATE TABLE )\"?" + table + "\"?", "$1raw_" + table)
                        .replaceFirst("(CREATE INDEX )(\\w+)( ON )\"?" + table + "\"?", "$1raw_$2$3raw_" + table));
            }
        }
        return made;
    }

    private Copy read(String schema, String table, long from) throws SQLException {
        List<Object[]> rows = new ArrayList<>();
        try (PreparedStatement query =
                connection.prepareStatement("SELECT * FROM " + schema + table + " WHERE id >= ?")) {
            query.setLong(1, from);
            try (ResultSet row = query.executeQuery()) {
                int columns = row.getMetaData().getColumnCount();
                int id = row.findColumn("id");
                while (row.next()) {
                    Object[] values = new Object[columns];
                    for (int i = 0; i < columns; i++) {
                        values[i] = row.getObject(i + 1);
                    }
                    rows.add(values);
                }
                return new Copy("raw_" + table, id, columns, rows);
            }
        }
    }

    /**
     * Empties the copies, then inserts all rows under new ids, so many tasks a commit.
     *
     * @return tasks a second
     */
    double insert(int rounds, int tasksPerCommit) throws SQLException {
        for (Copy copy : copies) {
            execute("DELETE FROM " + copy.table);
        }
        connection.setAutoCommit(false);
        int tasks = copies.get(0).rows.size();
        long start = System.nanoTime();
        for (int round = 0; round < rounds; round++) {
            for (int from = 0; from < tasks; from += tasksPerCommit) {
                int to = Math.min(tasks, from + tasksPerCommit);
                for (Copy copy : copies) {
                    double perTask = copy.rows.size() / (double) tasks;
                    insert(copy, copy.rows.subList((int) (from * perTask), (int) (to * perTask)), round + 1);
                }
                connection.commit();
            }
        }
        double perSecond = rounds * (double) tasks * 1e9 / (System.nanoTime() - start);
        connection.setAutoCommit(true);
        return perSecond;
    }

    private void insert(Copy copy, List<Object[]> rows, int round) throws SQLException {
        String tuple = "(" + "?,".repeat(copy.columns - 1) + "?)";
        String head = "INSERT INTO " + copy.table + " VALUES ";
        String sql = isSqlite ? head + tuple : head + (tuple + ",").repeat(rows.size() - 1) + tuple;
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            int at = 1;
            for (Object[] row : rows) {
                for (int i = 0; i < row.length; i++) {
                    boolean isId = i + 1 == copy.idColumn;
                    insert.setObject(at++, isId ? ((Number) row[i]).longValue() + ((long) round << 44) : row[i]);
                }
                if (isSqlite) {
                    insert.addBatch();
                    at = 1;
                }
            }
            if (isSqlite) {
                int[] unused = insert.executeBatch();
            } else {
                int unused = insert.executeUpdate();
            }
        }
    }

    /** Reads every task; seconds. */
    double selectAll(long expected) throws SQLException {
        long start = System.nanoTime();
        long count = 0;
        long bytes = 0;
        try (Statement statement =
                connection.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
            statement.setFetchSize(1_000);
            try (ResultSet row = statement.executeQuery("SELECT * FROM task ORDER BY id")) {
                int columns = row.getMetaData().getColumnCount();
                while (row.next()) {
                    for (int i = 1; i <= columns; i++) {
                        Object value = row.getObject(i);
                        bytes += value instanceof byte[] array ? array.length : 8;
                    }
                    count++;
                }
            }
        }
        if (count != expected || bytes == 0) {
            throw new IllegalStateException("rows: " + count + " (expected: " + expected + ")");
        }
        return (System.nanoTime() - start) / 1e9;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
