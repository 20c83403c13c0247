// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.spi.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** Statements about many rows, cut so that no packet and no list of placeholders grows too large. */
final class ManyRows {
    private static final int MAX_ROWS = 1_000;

    /** Of bodies in a page that is read; they are compressed, and a row is a few hundred bytes beside. */
    static final long PAGE_BYTES = 4 << 20;

    /** Sets the columns of a row from a place on. */
    interface Binder<R> {
        void bind(PreparedStatement statement, int first, R row) throws SQLException;
    }

    /** Takes a row of a result. */
    interface RowConsumer {
        void accept(ResultSet row) throws SQLException;
    }

    private ManyRows() {}

    /** Inserts rows: by one statement where that is faster, else by one execution a row in one batch. */
    static <R> void insert(Connection connection, Dialect dialect, Table<R> table, List<R> rows) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        String head = "INSERT INTO " + table.name + " (" + table.columns + ") VALUES ";
        if (!dialect.prefersManyRows()) {
            batch(connection, head + Sql.tuple(table.width), rows, table.binder);
            return;
        }
        for (List<R> part : parts(rows, table.sizeBytes, dialect)) {
            String values = (Sql.tuple(table.width) + ",").repeat(part.size());
            try (PreparedStatement insert =
                    connection.prepareStatement(head + values.substring(0, values.length() - 1))) {
                int at = 1;
                for (R row : part) {
                    table.binder.bind(insert, at, row);
                    at += table.width;
                }
                insert.executeUpdate();
            }
        }
    }

    /** A table, as far as an insert needs to know it. */
    record Table<R>(String name, String columns, int width, ToLongFunction<R> sizeBytes, Binder<R> binder) {}

    /** Executes a statement once a row. */
    static <R> void batch(Connection connection, String sql, List<R> rows, Binder<R> binder) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (R row : rows) {
                binder.bind(statement, 1, row);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    /** Cuts a list into parts of bounded rows and bytes. */
    static <R> List<List<R>> parts(List<R> rows, ToLongFunction<R> sizeBytes, Dialect dialect) {
        List<List<R>> parts = new ArrayList<>();
        int from = 0;
        long bytes = 0;
        for (int i = 0; i < rows.size(); i++) {
            long row = sizeBytes.applyAsLong(rows.get(i));
            if (row > dialect.maxRowBytes()) {
                throw new StoreException(
                        Category.PERMANENT, "store: a row of " + row + " bytes is more than the server takes", null);
            }
            bytes += row;
            boolean isFull = i - from == MAX_ROWS || i > from && bytes > dialect.maxStatementBytes();
            if (isFull) {
                parts.add(rows.subList(from, i));
                from = i;
                bytes = row;
            }
        }
        parts.add(rows.subList(from, rows.size()));
        return parts;
    }

    /** Runs a query for all ids: {@code sql} ends before the list. */
    static void selectIn(Connection connection, String sql, List<Long> ids, RowConsumer consumer) throws SQLException {
        for (int from = 0; from < ids.size(); from += MAX_ROWS) {
            List<Long> part = ids.subList(from, Math.min(ids.size(), from + MAX_ROWS));
            try (PreparedStatement query = connection.prepareStatement(sql + Sql.tuple(part.size()))) {
                bind(query, part);
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        consumer.accept(rows);
                    }
                }
            }
        }
    }

    /** Executes a statement for all ids: {@code sql} ends before the list. */
    static void executeIn(Connection connection, String sql, List<Long> ids) throws SQLException {
        for (int from = 0; from < ids.size(); from += MAX_ROWS) {
            List<Long> part = ids.subList(from, Math.min(ids.size(), from + MAX_ROWS));
            try (PreparedStatement statement = connection.prepareStatement(sql + Sql.tuple(part.size()))) {
                bind(statement, part);
                statement.executeUpdate();
            }
        }
    }

    /** The ids of as many rows as may be in memory at once; at least one if there is one. */
    static List<Long> page(PreparedStatement idsAndBytes) throws SQLException {
        List<Long> ids = new ArrayList<>();
        long bytes = 0;
        try (ResultSet found = idsAndBytes.executeQuery()) {
            while (found.next()) {
                bytes += found.getLong(2);
                if (!ids.isEmpty() && bytes > PAGE_BYTES) {
                    return ids;
                }
                ids.add(found.getLong(1));
            }
        }
        return ids;
    }

    private static void bind(PreparedStatement statement, List<Long> ids) throws SQLException {
        int at = 1;
        for (long id : ids) {
            statement.setLong(at++, id);
        }
    }
}
