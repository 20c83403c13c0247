// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes tasks over, and deletes those that are over. Thread-safe. */
final class TaskClaims {
    private static final Logger logger = LoggerFactory.getLogger(TaskClaims.class);
    private static final Duration KEY_LIFE = Duration.ofHours(24);
    private static final String SELECT = "SELECT " + TaskColumns.SELECTED + " FROM task t WHERE ";

    private final Database database;
    private final ReentrantLock claimLock = new ReentrantLock();

    /**
     * Tasks whose claim may have been committed although the call failed, and for whom: given again by the next call.
     * When this process dies first, the next epoch claims them.
     */
    @GuardedBy("claimLock")
    private List<Long> uncertain = List.of();

    @GuardedBy("claimLock")
    private EngineEpoch uncertainOf = new EngineEpoch(0, 1);

    TaskClaims(Database database) {
        this.database = database;
    }

    List<TaskRow> claimDue(EngineEpoch caller, Instant now, int limit) {
        claimLock.lock();
        try {
            List<Long> again = uncertainOf.equals(caller) ? uncertain : List.of();
            List<Long> touched = new ArrayList<>(again);
            try {
                List<TaskRow> due = database.write(connection -> {
                    touched.subList(again.size(), touched.size()).clear();
                    return claimDue(connection, caller, now, limit, touched);
                });
                uncertain = again.size() > limit ? again.subList(limit, again.size()) : List.of();
                return due;
            } catch (StoreException failed) {
                uncertain = touched.stream().distinct().toList();
                uncertainOf = caller;
                throw failed;
            }
        } finally {
            claimLock.unlock();
        }
    }

    /** Adds the ids that it claims to {@code touched}, which starts with those to give again. */
    private List<TaskRow> claimDue(
            Connection connection, EngineEpoch caller, Instant now, int limit, List<Long> touched) throws SQLException {
        Fence.check(connection, database.dialect(), caller);
        List<Long> again = List.copyOf(touched.subList(0, Math.min(limit, touched.size())));
        List<TaskRow> due = new ArrayList<>();
        ManyRows.selectIn(
                connection,
                SELECT + "t.engine = " + caller.engine() + " AND t.wake_at IS NOT NULL AND t.claim_epoch = "
                        + caller.epoch() + " AND t.id IN ",
                again,
                row -> due.add(TaskColumns.owned(TaskColumns.read(row), caller)));
        List<Long> claimed = new ArrayList<>();
        String sql = SELECT + "t.engine = ? AND t.wake_at <= ? AND t.claim_epoch < ? ORDER BY t.wake_at, t.id LIMIT ?"
                + database.dialect().updateLock();
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            query.setInt(1, caller.engine());
            query.setLong(2, now.toEpochMilli());
            query.setLong(3, caller.epoch());
            query.setInt(4, limit - due.size());
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    due.add(TaskColumns.owned(TaskColumns.read(rows), caller));
                    claimed.add(rows.getLong("id"));
                }
            }
        }
        touched.addAll(claimed);
        ManyRows.executeIn(
                connection,
                "UPDATE task SET owner_epoch = " + caller.epoch() + ", claim_epoch = " + caller.epoch()
                        + " WHERE id IN ",
                claimed);
        due.sort(Comparator.comparing(TaskRow::id));
        return due;
    }

    /** Writes nothing: that the rows are the caller's follows from the epoch, and the next update says it. */
    List<TaskRow> recover(EngineEpoch caller, long after, int limit) {
        return database.write(connection -> {
            Fence.check(connection, database.dialect(), caller);
            String sql = SELECT + "t.engine = ? AND t.gone_at IS NULL AND t.id > ? AND t.wake_at IS NULL"
                    + " ORDER BY t.id LIMIT ?";
            List<TaskRow> rows = new ArrayList<>();
            try (PreparedStatement query = connection.prepareStatement(sql)) {
                query.setInt(1, caller.engine());
                query.setLong(2, after);
                query.setInt(3, limit);
                try (ResultSet found = query.executeQuery()) {
                    while (found.next()) {
                        rows.add(TaskColumns.owned(TaskColumns.read(found), caller));
                    }
                }
            }
            return rows;
        });
    }

    int retire(EngineEpoch caller, Instant finalBefore, int limit) {
        return database.write(connection -> {
            Dialect dialect = database.dialect();
            Fence.check(connection, dialect, caller);
            try (PreparedStatement delete =
                    connection.prepareStatement(dialect.deleteSome("idempotency", "accepted_at < ?"))) {
                delete.setLong(1, dialect.nowMillis(connection) - KEY_LIFE.toMillis());
                delete.setInt(2, limit);
                delete.executeUpdate();
            }
            int count = 0;
            for (int engine : engines(connection)) {
                if (count < limit) {
                    count += retire(connection, engine, finalBefore, limit - count);
                }
            }
            return count;
        });
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

    private record Retired(long id, byte[] body) {}

    private record Part(byte[] first, byte[] second, long id) {}

    private int retire(Connection connection, int engine, Instant finalBefore, int limit) throws SQLException {
        List<Long> ids = new ArrayList<>();
        List<Part> hosts = new ArrayList<>();
        List<Part> labels = new ArrayList<>();
        String sql = "SELECT id, body FROM task WHERE engine = ? AND gone_at < ? ORDER BY gone_at, id LIMIT ?"
                + database.dialect().updateLock();
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            query.setInt(1, engine);
            query.setLong(2, finalBefore.toEpochMilli());
            query.setInt(3, limit);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    Retired retired = new Retired(rows.getLong(1), rows.getBytes(2));
                    ids.add(retired.id);
                    collectParts(retired, hosts, labels);
                }
            }
        }
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
