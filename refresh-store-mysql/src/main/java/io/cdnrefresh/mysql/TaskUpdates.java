// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskStatus;
import io.cdnrefresh.spi.TaskUpdate;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;

/**
 * Updates of tasks. Thread-safe.
 *
 * <p>An upsert would be as fast, but would insert the rows that are gone. So SQLite, which has no round trips, executes
 * one statement a row, and the servers join the rows with a list of values: one statement, one round trip, each row found
 * by its primary key, the version compared there.
 */
final class TaskUpdates {
    private static final int SCHEDULED = TaskColumns.code(TaskState.SCHEDULED);

    private static final String ONE_ROW = "UPDATE task SET state = ?, step = ?, owed = ?, counts = ?, results = ?,"
            + " final_at = ?, settled_at = ?, gone_at = ?, wake_at = CASE WHEN ? = " + SCHEDULED
            + " THEN due_at ELSE NULL END, owner_epoch = ?, claim_epoch = ?, version = ?"
            + " WHERE id = ? AND engine = ? AND version < ?";

    /** Gives the list of values its names and types. */
    private static final String HEAD = "UPDATE (SELECT CAST(0 AS SIGNED) AS id, CAST(0 AS SIGNED) AS version,"
            + " CAST(0 AS SIGNED) AS state, CAST(0 AS SIGNED) AS step, CAST(0 AS SIGNED) AS owed,"
            + " CAST('' AS BINARY) AS counts, CAST('' AS BINARY) AS results, CAST(NULL AS SIGNED) AS final_at,"
            + " CAST(NULL AS SIGNED) AS settled_at, CAST(NULL AS SIGNED) AS gone_at FROM DUAL WHERE 1 = 0"
            + " UNION ALL VALUES ";

    private static final String TAIL = ") u STRAIGHT_JOIN task t ON t.id = u.id SET t.state = u.state,"
            + " t.step = u.step, t.owed = u.owed, t.counts = u.counts, t.results = u.results,"
            + " t.final_at = u.final_at, t.settled_at = u.settled_at, t.gone_at = u.gone_at,"
            + " t.wake_at = CASE WHEN u.state = " + SCHEDULED + " THEN t.due_at ELSE NULL END,"
            + " t.owner_epoch = ?, t.claim_epoch = ?, t.version = u.version"
            + " WHERE t.engine = ? AND t.version < u.version";

    private static final int WIDTH = 10;

    private final Database database;

    TaskUpdates(Database database) {
        this.database = database;
    }

    void update(EngineEpoch caller, List<TaskUpdate> updates) {
        List<TaskUpdate> sorted = inOrder(updates);
        database.write(connection -> {
            Fence.check(connection, database.dialect(), caller);
            update(connection, caller, sorted);
            return true;
        });
    }

    /** By rising id, so that two transactions never wait for each other. */
    static List<TaskUpdate> inOrder(List<TaskUpdate> updates) {
        return updates.stream().sorted(Comparator.comparing(TaskUpdate::id)).toList();
    }

    /** As a part of a transaction in which the caller's epoch was checked. */
    void update(Connection connection, EngineEpoch caller, List<TaskUpdate> inOrder) throws SQLException {
        if (database.dialect().prefersManyRows()) {
            updateMany(connection, caller, inOrder);
        } else {
            ManyRows.batch(
                    connection, ONE_ROW, inOrder, (statement, first, update) -> bindOne(statement, caller, update));
        }
    }

    private static void bindOne(PreparedStatement statement, EngineEpoch caller, TaskUpdate update)
            throws SQLException {
        TaskStatus status = update.status();
        statement.setInt(1, TaskColumns.code(status.state()));
        statement.setInt(2, status.step());
        statement.setInt(3, status.owed());
        statement.setBytes(4, Bodies.encode(status.counts()));
        statement.setBytes(5, status.results());
        Sql.setNullable(statement, 6, status.finalAt());
        Sql.setNullable(statement, 7, status.settledAt());
        Sql.setNullable(statement, 8, TaskColumns.goneAt(status));
        statement.setInt(9, TaskColumns.code(status.state()));
        statement.setLong(10, caller.epoch());
        statement.setLong(11, caller.epoch());
        statement.setLong(12, status.version());
        statement.setLong(13, update.id().value());
        statement.setInt(14, caller.engine());
        statement.setLong(15, status.version());
    }

    private void updateMany(Connection connection, EngineEpoch caller, List<TaskUpdate> updates) throws SQLException {
        String tuple = database.dialect().manyRowsKeyword() + Sql.tuple(WIDTH) + ",";
        for (List<TaskUpdate> part : ManyRows.parts(
                updates, update -> 256L + Sql.sentBytes(update.status().results()), database.dialect())) {
            String values = tuple.repeat(part.size());
            try (PreparedStatement statement =
                    connection.prepareStatement(HEAD + values.substring(0, values.length() - 1) + TAIL)) {
                int at = 1;
                for (TaskUpdate update : part) {
                    bindValues(statement, at, update);
                    at += WIDTH;
                }
                statement.setLong(at, caller.epoch());
                statement.setLong(at + 1, caller.epoch());
                statement.setInt(at + 2, caller.engine());
                statement.executeUpdate();
            }
        }
    }

    private static void bindValues(PreparedStatement statement, int first, TaskUpdate update) throws SQLException {
        TaskStatus status = update.status();
        statement.setLong(first, update.id().value());
        statement.setLong(first + 1, status.version());
        statement.setInt(first + 2, TaskColumns.code(status.state()));
        statement.setInt(first + 3, status.step());
        statement.setInt(first + 4, status.owed());
        statement.setBytes(first + 5, Bodies.encode(status.counts()));
        statement.setBytes(first + 6, status.results());
        Sql.setNullable(statement, first + 7, status.finalAt());
        Sql.setNullable(statement, first + 8, status.settledAt());
        Sql.setNullable(statement, first + 9, TaskColumns.goneAt(status));
    }
}
