// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.mysql.Partitions.Range;
import io.cdnrefresh.spi.Leadership;
import io.cdnrefresh.spi.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deletes what is over: whole days where the server has them, else task by task. Thread-safe. */
final class TaskRetention {
    private static final Logger logger = LoggerFactory.getLogger(TaskRetention.class);
    private static final Duration KEY_LIFE = Duration.ofHours(24);
    private static final Duration AUDIT_LIFE = Duration.ofDays(400);

    private final Database database;

    TaskRetention(Database database) {
        this.database = database;
    }

    int retire(EngineEpoch caller, Instant finalBefore, int limit) {
        return retire(connection -> Fence.check(connection, database.dialect(), caller), finalBefore, limit);
    }

    int retire(Leadership leader, Instant finalBefore, int limit) {
        return retire(
                connection -> EngineSweep.requireLeader(connection, database.dialect(), leader), finalBefore, limit);
    }

    /** Refuses a caller who may not write any more, and keeps it that way until the transaction ends. */
    private interface Check {
        void of(Connection connection) throws SQLException;
    }

    private int retire(Check caller, Instant finalBefore, int limit) {
        Partitions.Sweep sweep = sweep(caller, finalBefore);
        int deleted = database.write(connection -> {
            Dialect dialect = database.dialect();
            caller.of(connection);
            long now = dialect.nowMillis(connection);
            forgetKeys(connection, now - KEY_LIFE.toMillis(), limit);
            forgetAudit(connection, now - AUDIT_LIFE.toMillis(), limit);
            JdbcCallbacks.retire(connection, dialect, finalBefore, limit);
            int count = 0;
            for (int engine : engines(connection)) {
                for (Range range : sweep.ranges()) {
                    Old old = new Old(engine, finalBefore, range);
                    int page = 1;
                    while (count < limit && page > 0) {
                        page = retire(connection, old, limit - count);
                        count += page;
                    }
                }
            }
            return count;
        });
        return (int) Math.min(Integer.MAX_VALUE, sweep.dropped() + deleted);
    }

    /** DDL commits by itself, so that it comes before the transaction; who is fenced does not get to it. */
    private Partitions.Sweep sweep(Check caller, Instant finalBefore) {
        Partitions partitions = database.dialect().partitions();
        if (partitions == null) {
            return new Partitions.Sweep(0, List.of(Range.ALL));
        }
        Instant now = database.write(connection -> {
            caller.of(connection);
            return Instant.ofEpochMilli(database.dialect().nowMillis(connection));
        });
        return database.read(connection -> {
            partitions.extend(connection, now, finalBefore);
            return partitions.sweep(connection, now, finalBefore);
        });
    }

    private void forgetKeys(Connection connection, long before, int limit) throws SQLException {
        try (PreparedStatement delete =
                connection.prepareStatement(database.dialect().deleteSome("idempotency", "accepted_at < ?"))) {
            delete.setLong(1, before);
            delete.setInt(2, limit);
            delete.executeUpdate();
        }
    }

    /** The oldest stand first, so that no index on their time is needed. */
    private static void forgetAudit(Connection connection, long before, int limit) throws SQLException {
        long last = -1;
        try (PreparedStatement query = connection.prepareStatement("SELECT id, at FROM audit ORDER BY id LIMIT ?")) {
            query.setInt(1, limit);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next() && rows.getLong(2) < before) {
                    last = rows.getLong(1);
                }
            }
        }
        if (last >= 0) {
            try (PreparedStatement delete = connection.prepareStatement("DELETE FROM audit WHERE id <= ?")) {
                delete.setLong(1, last);
                delete.executeUpdate();
            }
        }
    }

    private static List<Integer> engines(Connection connection) throws SQLException {
        List<Integer> ids = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement("SELECT id FROM engine ORDER BY id");
                ResultSet rows = query.executeQuery()) {
            while (rows.next()) {
                ids.add(rows.getInt(1));
            }
        }
        return ids;
    }

    /** Settled tasks of an engine that were final before a time. */
    private record Old(int engine, Instant finalBefore, Range ids) {}

    private record Retired(long id, byte[] body) {}

    private record Part(byte[] first, byte[] second, long id) {}

    /** Deletes a page of them. */
    private int retire(Connection connection, Old old, int limit) throws SQLException {
        String sql = "SELECT id, bytes FROM task WHERE engine = ? AND gone_at < ? AND id >= ? AND id < ?"
                + " ORDER BY gone_at, id LIMIT ?" + database.dialect().updateLock();
        List<Long> ids;
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            query.setInt(1, old.engine);
            query.setLong(2, old.finalBefore.toEpochMilli());
            query.setLong(3, old.ids.from());
            query.setLong(4, old.ids.below());
            query.setInt(5, limit);
            ids = ManyRows.page(query);
        }
        List<Part> hosts = new ArrayList<>();
        List<Part> labels = new ArrayList<>();
        ManyRows.selectIn(
                connection,
                "SELECT id, body FROM task WHERE id IN ",
                ids,
                row -> collectParts(new Retired(row.getLong(1), row.getBytes(2)), hosts, labels));
        ManyRows.executeIn(connection, "DELETE FROM task WHERE id IN ", ids);
        ManyRows.batch(
                connection, "DELETE FROM task_host WHERE host = ? AND id = ?", hosts, (statement, first, part) -> {
                    statement.setBytes(1, part.first);
                    statement.setLong(2, part.id);
                });
        ManyRows.batch(
                connection,
                "DELETE FROM task_label WHERE k = ? AND v = ? AND id = ?",
                labels,
                (statement, first, part) -> {
                    statement.setBytes(1, part.first);
                    statement.setBytes(2, part.second);
                    statement.setLong(3, part.id);
                });
        return ids.size();
    }

    /** The side tables are keyed by host and label; the task itself says which rows are its. */
    private static void collectParts(Retired retired, List<Part> hosts, List<Part> labels) {
        try {
            RefreshTask task = Bodies.decode(retired.body);
            TaskColumns.hosts(task)
                    .keySet()
                    .forEach(host -> hosts.add(new Part(Sql.bytes(host), new byte[0], retired.id)));
            task.options()
                    .labels()
                    .forEach((key, value) -> labels.add(new Part(Sql.bytes(key), Sql.bytes(value), retired.id)));
        } catch (StoreException damaged) {
            logger.warn("a damaged row is deleted task={}", retired.id, damaged);
        }
    }
}
