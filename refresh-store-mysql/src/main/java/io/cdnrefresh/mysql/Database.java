// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.zaxxer.hikari.HikariDataSource;
import io.cdnrefresh.diag.TracedLock;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.StoreFullException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections and transactions. Thread-safe; blocking.
 *
 * <p>Nothing is asked of the server before the first call, so that a store which is down at start is like one that goes
 * down later: calls fail with RETRYABLE until one gets through, which then brings the schema up to date.
 */
final class Database implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(Database.class);
    /** Flyway's own table. */
    static final String HISTORY = "refresh_schema";

    /** The number of the last script. */
    static final String LATEST = "8";

    /** Work inside a transaction. */
    interface Work<T> {
        T run(Connection connection) throws SQLException;
    }

    private final DataSource writes;
    private final DataSource reads;
    private final boolean ownsPools;
    private final boolean migrates;
    private final Dialect dialect;
    final TracedLock readyLock = new TracedLock("store-ready");

    @GuardedBy("readyLock")
    private List<String> warnings = List.of();

    private volatile boolean isReady;
    private volatile boolean isClosed;

    Database(DataSource writes, DataSource reads, boolean ownsPools, boolean migrates, Dialect dialect) {
        this.writes = writes;
        this.reads = reads;
        this.ownsPools = ownsPools;
        this.migrates = migrates;
        this.dialect = dialect;
    }

    Dialect dialect() {
        return dialect;
    }

    /** Runs a transaction of what is under way: on a full disk it takes the room that is kept for it. */
    <T> T write(Work<T> work) {
        try {
            return transact(work);
        } catch (StoreException failed) {
            Reserve reserve = dialect.reserve();
            boolean isFull = failed.getCause() instanceof SQLException cause && Failures.isFull(cause);
            if (isFull && reserve != null) {
                reserve.release();
                emptyLog();
                return transact(work);
            }
            throw failed;
        }
    }

    /** What the log of SQLite holds goes to the database, so that its room can be used again. */
    private void emptyLog() {
        try (Connection connection = writes.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA wal_checkpoint(PASSIVE)");
        } catch (SQLException full) {
            logger.debug("checkpoint on a full disk: {}", full.getMessage());
        }
    }

    /** Runs a transaction of new tasks, for which there must be more room than what is kept. */
    <T> T writeNew(Work<T> work) {
        Reserve reserve = dialect.reserve();
        if (reserve != null && !reserve.isWhole()) {
            throw new StoreFullException("store: the disk is full; what is left is kept for tasks under way");
        }
        return transact(work);
    }

    /** Runs a transaction; when it throws, nothing of it is in the store, or its commit went astray. */
    private <T> T transact(Work<T> work) {
        ensureReady();
        try (Connection connection = writes.getConnection()) {
            boolean wasAutoCommit = connection.getAutoCommit();
            dialect.begin(connection);
            if (wasAutoCommit) {
                connection.setAutoCommit(false);
            }
            return runAndCommit(connection, work, wasAutoCommit);
        } catch (SQLException failed) {
            throw failure(failed);
        }
    }

    /** Auto-commit that is switched on again commits; after a commit() before it, SQLite's driver would begin one more. */
    private <T> T runAndCommit(Connection connection, Work<T> work, boolean isAutoCommitNext) throws SQLException {
        boolean isCommitted = false;
        try {
            T result = work.run(connection);
            if (isAutoCommitNext) {
                connection.setAutoCommit(true);
            } else {
                connection.commit();
            }
            isCommitted = true;
            return result;
        } finally {
            if (!isCommitted) {
                rollBack(connection);
            }
        }
    }

    private void rollBack(Connection connection) {
        try {
            connection.rollback();
        } catch (SQLException lost) {
            // The server rolls back what a lost connection leaves, and SQLite by itself when the disk is full; but then
            // its driver believes that the transaction goes on, and would run the next one statement by statement.
            logger.debug("roll back failed", lost);
            discard(connection);
        }
    }

    private void discard(Connection connection) {
        if (writes instanceof HikariDataSource hikari) {
            hikari.evictConnection(connection);
            return;
        }
        try {
            connection.abort(Runnable::run);
        } catch (SQLException gone) {
            logger.debug("abort failed", gone);
        }
    }

    /** Runs statements that each see what is committed. */
    <T> T read(Work<T> work) {
        ensureReady();
        try (Connection connection = reads.getConnection()) {
            return work.run(connection);
        } catch (SQLException failed) {
            throw failure(failed);
        }
    }

    List<String> durabilityWarnings() {
        ensureReady();
        readyLock.lock();
        try {
            return warnings;
        } finally {
            readyLock.unlock();
        }
    }

    private void ensureReady() {
        if (isClosed) {
            throw closed(null);
        }
        if (isReady) {
            return;
        }
        readyLock.lock();
        try {
            if (!isReady) {
                prepare();
                isReady = true;
            }
        } catch (SQLException failed) {
            throw failure(failed);
        } finally {
            readyLock.unlock();
        }
    }

    @GuardedBy("readyLock")
    private void prepare() throws SQLException {
        try (Connection connection = writes.getConnection()) {
            warnings = List.copyOf(dialect.inspect(connection));
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        }
        if (migrates && !isLatest()) {
            try {
                Flyway.configure(Database.class.getClassLoader())
                        .dataSource(reads)
                        .locations("classpath:io/cdnrefresh/mysql/migration/" + dialect.name())
                        .table(HISTORY)
                        .baselineOnMigrate(true)
                        .baselineVersion("0")
                        .load()
                        .migrate();
            } catch (FlywayException failed) {
                throw new StoreException(
                        Category.RETRYABLE, "store: the schema could not be brought up to date", failed);
            }
        }
        extendDays();
        Reserve reserve = dialect.reserve();
        if (reserve != null && !reserve.isWhole()) {
            logger.warn("no room for the reserve: new tasks are refused until there is");
        }
        warnings.forEach(warning -> logger.warn("store is less durable than it should be: {}", warning));
    }

    private void extendDays() throws SQLException {
        Partitions partitions = dialect.partitions();
        if (partitions != null) {
            try (Connection connection = reads.getConnection()) {
                Instant now = Instant.ofEpochMilli(dialect.nowMillis(connection));
                partitions.extend(connection, now, now);
            }
        }
    }

    /** Saves most starts the time of a whole schema check. */
    private boolean isLatest() throws SQLException {
        try (Connection connection = reads.getConnection();
                PreparedStatement query = connection.prepareStatement(
                        "SELECT 1 FROM " + HISTORY + " WHERE version = '" + LATEST + "' AND success = 1");
                ResultSet found = query.executeQuery()) {
            return found.next();
        } catch (SQLException noTable) {
            logger.debug("no schema yet: {}", noTable.getMessage());
            return false;
        }
    }

    private StoreException failure(SQLException failed) {
        return isClosed ? closed(failed) : Failures.of(failed);
    }

    private static StoreException closed(@Nullable SQLException cause) {
        return new StoreException(Category.FATAL, "the store is closed", cause);
    }

    List<Metric> metrics() {
        return ownsPools ? Pools.metrics(List.of(writes, reads)) : List.of();
    }

    @Override
    public void close() {
        isClosed = true;
        if (ownsPools) {
            closePool(writes);
            if (reads != writes) {
                closePool(reads);
            }
        }
    }

    private static void closePool(DataSource pool) {
        if (pool instanceof HikariDataSource hikari) {
            hikari.close();
        }
    }
}
