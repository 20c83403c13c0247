// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.SQLExceptionOverride;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.Metric.Kind;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** Opens pools whose connections do what the stores promise. */
final class Pools {
    /**
     * What a process leaves that stands still, or is cut off, in the middle of a transaction: the server gives its locks back
     * soon, so that others can take over what it had. MariaDB ends transactions that nobody goes on with; MySQL ends
     * connections from which nothing comes, which the pool's keep-alive holds off.
     */
    private static final String SESSION = "SET SESSION wait_timeout = 45, innodb_lock_wait_timeout = 5"
            + " /*M!100300 , idle_transaction_timeout = 5 */";

    private static final long KEEP_ALIVE_MILLIS = 30_000;

    private Pools() {}

    static HikariDataSource open(HikariConfig config, boolean isSqlite, boolean isForWrites) {
        String pool = config.getPoolName();
        AtomicInteger count = new AtomicInteger();
        config.setThreadFactory(work -> {
            Thread thread = new Thread(work, pool + "-" + count.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
        // a store that is down at start is like one that goes down later
        config.setInitializationFailTimeout(-1);
        if (!isForWrites) {
            config.setMinimumIdle(1);
        }
        if (isSqlite) {
            sqlite(config, isForWrites);
        } else {
            mySql(config);
            config.setAutoCommit(!isForWrites);
        }
        return new HikariDataSource(config);
    }

    /** How the pools among some data sources stand. */
    static List<Metric> metrics(List<DataSource> sources) {
        Metric.Builder connections =
                Metric.of("refresh_pool_connections", Kind.GAUGE, "Connections of a pool, by what they do.");
        Metric.Builder waiting =
                Metric.of("refresh_pool_waiting", Kind.GAUGE, "Calls that wait for a connection of a pool.");
        for (DataSource source : sources) {
            if (source instanceof HikariDataSource pool && pool.getHikariPoolMXBean() != null) {
                HikariPoolMXBean figures = pool.getHikariPoolMXBean();
                connections.add(figures.getActiveConnections(), "pool", pool.getPoolName(), "state", "active");
                connections.add(figures.getIdleConnections(), "pool", pool.getPoolName(), "state", "idle");
                waiting.add(figures.getThreadsAwaitingConnection(), "pool", pool.getPoolName());
            }
        }
        return List.of(connections.build(), waiting.build());
    }

    /** Auto-commit stays on between transactions: without it the driver begins the next one at once and locks the file. */
    private static void sqlite(HikariConfig config, boolean isForWrites) {
        // At SQLite's own 1,000 pages, pages of indexes that are touched again and again are written to the database by
        // each of many checkpoints: 30 kB a task with 300,000 stored, with 8,192 pages (32 MiB of log) 9 kB.
        config.setConnectionInitSql("PRAGMA wal_autocheckpoint=8192");
        config.addDataSourceProperty("journal_mode", "WAL");
        config.addDataSourceProperty("synchronous", "FULL");
        config.addDataSourceProperty("busy_timeout", "5000");
        config.addDataSourceProperty("cache_size", "-16384");
        if (isForWrites) {
            // a transaction that reads first could not become a writer when another process has written meanwhile
            config.addDataSourceProperty("transaction_mode", "IMMEDIATE");
        }
        config.setMaxLifetime(0);
    }

    private static void mySql(HikariConfig config) {
        config.setConnectionInitSql(SESSION);
        config.setKeepaliveTime(KEEP_ALIVE_MILLIS);
        config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
        config.setExceptionOverride(new LeaveReadOnlyServers());
        config.addDataSourceProperty("connectTimeout", "3000");
        config.addDataSourceProperty("socketTimeout", "30000");
        config.addDataSourceProperty("tcpKeepAlive", "true");
        if (config.getJdbcUrl().startsWith("jdbc:mysql:")) {
            config.addDataSourceProperty("rewriteBatchedStatements", "true");
            config.addDataSourceProperty("useServerPrepStmts", "false");
            config.addDataSourceProperty("cacheServerConfiguration", "true");
            config.addDataSourceProperty("useLocalSessionState", "true");
            config.addDataSourceProperty("elideSetAutoCommits", "true");
            config.addDataSourceProperty("maintainTimeStats", "false");
            config.addDataSourceProperty("allowLoadLocalInfile", "false");
        }
    }

    /** A pool would keep the connections to a primary that has become a replica. */
    private static final class LeaveReadOnlyServers implements SQLExceptionOverride {
        @java.lang.Override
        public Override adjudicate(SQLException failure) {
            return Failures.isReadOnly(failure) ? Override.MUST_EVICT : Override.CONTINUE_EVICT;
        }
    }
}
