// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.cdnrefresh.diag.TracedLock;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Gives tasks to their owner. Thread-safe. */
final class TaskClaims {
    private static final String SELECT = "SELECT " + TaskRowReader.SELECTED + " FROM task t WHERE ";

    /**
     * Tasks of an engine from an id on, up to another, that it has to know; in order of their ids. One that was moved here
     * waits, too, but its turn is here: its engine had started it.
     */
    private static final String OPEN =
            " FROM task t WHERE t.engine = ? AND t.gone_at IS NULL AND t.id > ? AND t.id <= ?"
                    + " AND (t.wake_at IS NULL OR t.state <> " + TaskColumns.code(TaskState.SCHEDULED)
                    + ") ORDER BY t.id LIMIT ?";

    private final Database database;
    final TracedLock claimLock = new TracedLock("store-claim");

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
        TaskRowReader reader = new TaskRowReader();
        ManyRows.selectIn(
                connection,
                SELECT + "t.engine = " + caller.engine() + " AND t.wake_at IS NOT NULL AND t.claim_epoch = "
                        + caller.epoch() + " AND t.id IN ",
                again,
                row -> due.add(reader.read(row, caller)));
        String sql = "SELECT t.id, t.bytes FROM task t WHERE t.engine = ? AND t.wake_at <= ? AND t.claim_epoch < ?"
                + " ORDER BY t.wake_at, t.id LIMIT ?" + database.dialect().updateLock();
        List<Long> claimed;
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            query.setInt(1, caller.engine());
            query.setLong(2, now.toEpochMilli());
            query.setLong(3, caller.epoch());
            query.setInt(4, limit - due.size());
            claimed = ManyRows.page(query);
        }
        touched.addAll(claimed);
        ManyRows.selectIn(connection, SELECT + "t.id IN ", claimed, row -> due.add(reader.read(row, caller)));
        ManyRows.executeIn(
                connection,
                "UPDATE task SET owner_epoch = " + caller.epoch() + ", claim_epoch = " + caller.epoch()
                        + " WHERE id IN ",
                claimed);
        due.sort(Comparator.comparing(TaskRow::id));
        return due;
    }

    /**
     * Writes nothing: that the rows are the caller's follows from the epoch, and the next update says it. So it takes no
     * connection, and in SQLite no lock, from those who write.
     */
    List<TaskRow> recover(EngineEpoch caller, long after, int limit) {
        return database.read(connection -> {
            Fence.look(connection, caller);
            Page page = new Page(caller.engine(), after, limit);
            long last = database.dialect().readsLazily() ? Long.MAX_VALUE : page.last(connection);
            List<TaskRow> rows = new ArrayList<>();
            TaskRowReader reader = new TaskRowReader();
            try (PreparedStatement query =
                            page.prepare(connection, "SELECT " + TaskRowReader.SELECTED + ", t.bytes", last);
                    ResultSet found = query.executeQuery()) {
                long bytes = 0;
                while (found.next()) {
                    bytes += found.getLong(TaskRowReader.WIDTH + 1);
                    if (bytes > ManyRows.PAGE_BYTES && !rows.isEmpty()) {
                        break;
                    }
                    rows.add(reader.read(found, caller));
                }
            }
            return rows;
        });
    }

    /** Some of the tasks that an engine has to know. */
    private record Page(int engine, long after, int limit) {
        PreparedStatement prepare(Connection connection, String select, long last) throws SQLException {
            PreparedStatement query = connection.prepareStatement(select + OPEN);
            query.setInt(1, engine);
            query.setLong(2, after);
            query.setLong(3, last);
            query.setInt(4, limit);
            return query;
        }

        /** Where it ends, so that it does not become too large for the memory of drivers that keep a whole result. */
        long last(Connection connection) throws SQLException {
            try (PreparedStatement query = prepare(connection, "SELECT t.id, t.bytes", Long.MAX_VALUE)) {
                List<Long> ids = ManyRows.page(query);
                return ids.isEmpty() ? after : ids.get(ids.size() - 1);
            }
        }
    }
}
