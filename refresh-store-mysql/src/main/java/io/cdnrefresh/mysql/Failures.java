// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.spi.StoreException;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteException;

/**
 * What a driver's exception means to the caller. Only what is wrong with a row is PERMANENT, since callers look for the
 * row then; all else (connection, deadlock, lock wait, read-only, full, shutting down ...) may pass.
 */
final class Failures {
    /** SQLITE_TOOBIG, SQLITE_MISMATCH. */
    private static final Set<Integer> SQLITE_ROW = Set.of(18, 20);

    /** SQLITE_CORRUPT, SQLITE_NOTADB. */
    private static final Set<Integer> SQLITE_BROKEN = Set.of(11, 26);

    private static final int SQLITE_CONSTRAINT = 19;

    private static final int SQLITE_FULL = 13;

    /** The index of the log could not grow: the disk is full. */
    private static final int SQLITE_IOERR_SHMSIZE = 4_874;

    /** Bad null, out of range, wrong value, too long, row too large, packet too large. */
    private static final Set<Integer> MYSQL_ROW = Set.of(1048, 1118, 1153, 1264, 1366, 1406);

    private static final int MYSQL_DUPLICATE = 1062;

    /** What drivers throw, without a code, instead of sending a packet that the server would not take. */
    private static final Set<String> TOO_LARGE = Set.of("PacketTooBigException", "MaxAllowedPacketException");

    /** Option prevents the statement (read_only), read-only mode, read-only transaction. */
    private static final Set<Integer> MYSQL_READ_ONLY = Set.of(1290, 1792, 1836);

    private Failures() {}

    static StoreException of(SQLException failure) {
        return new StoreException(category(failure), text(failure), failure);
    }

    static boolean isDuplicateKey(Throwable failure) {
        SQLException root = root(failure);
        return root instanceof SQLiteException
                ? (root.getErrorCode() & 0xff) == SQLITE_CONSTRAINT
                : root != null && root.getErrorCode() == MYSQL_DUPLICATE;
    }

    /** Whether the connection leads to a server that does not take writes (any more): after a failover another may. */
    static boolean isReadOnly(SQLException failure) {
        return MYSQL_READ_ONLY.contains(failure.getErrorCode()) && !(failure instanceof SQLiteException);
    }

    /** Whether the disk of the embedded store is full. */
    static boolean isFull(SQLException failure) {
        SQLException root = root(failure);
        return root instanceof SQLiteException sqlite
                && ((sqlite.getErrorCode() & 0xff) == SQLITE_FULL
                        || sqlite.getResultCode().code == SQLITE_IOERR_SHMSIZE);
    }

    private static boolean isTooLarge(Throwable failure) {
        Throwable at = failure;
        for (int depth = 0; at != null && depth < 10; depth++) {
            if (TOO_LARGE.contains(at.getClass().getSimpleName())) {
                return true;
            }
            at = at.getCause();
        }
        return false;
    }

    private static Category category(SQLException failure) {
        if (isTooLarge(failure)) {
            return Category.PERMANENT;
        }
        SQLException root = root(failure);
        if (root == null) {
            return Category.RETRYABLE;
        }
        if (root instanceof SQLiteException) {
            int code = root.getErrorCode() & 0xff;
            if (SQLITE_BROKEN.contains(code)) {
                return Category.FATAL;
            }
            return code == SQLITE_CONSTRAINT || SQLITE_ROW.contains(code) ? Category.PERMANENT : Category.RETRYABLE;
        }
        String state = root.getSQLState() == null ? "" : root.getSQLState();
        boolean isRow = state.startsWith("22") || state.startsWith("23") || MYSQL_ROW.contains(root.getErrorCode());
        return isRow ? Category.PERMANENT : Category.RETRYABLE;
    }

    private static String text(SQLException failure) {
        SQLException root = root(failure);
        SQLException told = root == null ? failure : root;
        return "store: " + told.getMessage() + " (" + told.getSQLState() + ", " + told.getErrorCode() + ")";
    }

    /** The first in the chain that has a code of the server: batches and pools wrap it. */
    private static @Nullable SQLException root(Throwable failure) {
        Throwable at = failure;
        for (int depth = 0; at != null && depth < 10; depth++) {
            if (at instanceof SQLException sql) {
                if (sql.getErrorCode() != 0) {
                    return sql;
                }
                if (sql.getNextException() != null) {
                    at = sql.getNextException();
                    continue;
                }
            }
            at = at.getCause();
        }
        return null;
    }
}
