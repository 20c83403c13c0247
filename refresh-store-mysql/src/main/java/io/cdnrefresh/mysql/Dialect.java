// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the servers differ. Stateless or set once before the first transaction. */
interface Dialect {
    /** The folder of its migrations. */
    String name();

    /** Looks at the server once, on the connection that is the first to work. */
    List<String> inspect(Connection connection) throws SQLException;

    /** Makes a borrowed connection ready for a transaction. */
    void begin(Connection connection) throws SQLException;

    /**
     * Room kept for what is under way when the disk is full; null = the server's business. Not abstract: only an embedded
     * store knows its disk.
     */
    default @Nullable Reserve reserve() {
        return null;
    }

    /** The clock that all engines of this store share, Unix milliseconds. */
    long nowMillis(Connection connection) throws SQLException;

    /** Whether one statement with many rows beats many executions of one with a row. */
    boolean prefersManyRows();

    /** Whether a result is read as it is walked through, so that leaving it early costs nothing. */
    boolean readsLazily();

    /** How large a statement of many rows may grow. */
    long maxStatementBytes();

    /** How large a row may be: what the server never takes is not sent, since some cut the connection then. */
    long maxRowBytes();

    /** Appended to a SELECT: keeps its rows as they are, but lets others read them, until the end of the transaction. */
    String shareLock();

    /** Appended to a SELECT: nobody else changes its rows or locks them until the end of the transaction. */
    String updateLock();

    /** The same, but refused at once when somebody has locked them. */
    String updateLockNow();

    /** Deletes at most so many rows. */
    String deleteSome(String table, String where);

    /** The days of the task tables; null = this server has none. */
    @Nullable
    Partitions partitions();

    /** Follows a table's name: the index to read it by. */
    String byIndex(String index);

    /** Joins two tables and reads them in the order in which they are written. */
    String joinInOrder();

    /** The many-row form of the update of tasks; asked for only if many rows are preferred. */
    String manyRowsKeyword();
}
