// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.IdempotencyKey;
import io.cdnrefresh.spi.InsertOutcome;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskUpdate;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Inserts of tasks. Thread-safe.
 *
 * <p>A first attempt inserts and trusts that the rows are new, since they almost always are. A duplicate key, of a task
 * whose first insert did commit unheard or of an idempotency key that another engine has just used, rolls back and leads
 * to an attempt that looks first.
 */
final class TaskInserts {
    private static final Duration KEY_LIFE = Duration.ofHours(24);
    private static final int ATTEMPTS = 5;

    private static final ManyRows.Table<TaskColumns> TASKS = new ManyRows.Table<>(
            "task",
            TaskColumns.NAMES,
            TaskColumns.COUNT,
            TaskColumns::sizeBytes,
            (statement, first, row) -> row.bind(statement, first));

    private static final ManyRows.Table<HostRow> HOSTS = new ManyRows.Table<>(
            "task_host", "host, id, urls", 3, row -> 400L + Sql.sentBytes(row.urls), (statement, first, row) -> {
                statement.setBytes(first, Sql.bytes(row.host));
                statement.setLong(first + 1, row.id);
                statement.setBytes(first + 2, row.urls);
            });

    private static final ManyRows.Table<LabelRow> LABELS =
            new ManyRows.Table<>("task_label", "k, v, id", 3, row -> 1_100, (statement, first, row) -> {
                statement.setBytes(first, Sql.bytes(row.key));
                statement.setBytes(first + 1, Sql.bytes(row.value));
                statement.setLong(first + 2, row.id);
            });

    private static final ManyRows.Table<Use> KEYS = new ManyRows.Table<>(
            "idempotency",
            "tenant, k, body_hash, task, accepted_at, targets",
            6,
            row -> 1_400,
            (statement, first, use) -> {
                statement.setBytes(first, Sql.bytes(use.name.tenant));
                statement.setBytes(first + 1, Sql.bytes(use.name.key));
                statement.setLong(first + 2, use.bodyHash);
                statement.setLong(first + 3, use.task);
                statement.setLong(first + 4, use.acceptedAt.toEpochMilli());
                statement.setInt(first + 5, use.targets);
            });

    private record HostRow(String host, long id, byte[] urls) {}

    private record LabelRow(String key, String value, long id) {}

    private record KeyName(String tenant, String key) {}

    private record Use(KeyName name, long bodyHash, long task, Instant acceptedAt, int targets) {
        InsertOutcome outcome(IdempotencyKey repeated) {
            TaskId original = new TaskId(task);
            return bodyHash == repeated.bodyHash()
                    ? new InsertOutcome.Replayed(original, acceptedAt, targets)
                    : new InsertOutcome.KeyReused(original);
        }
    }

    private record Present(int engine, long epoch, long version) {
        static Present of(TaskRow row) {
            return new Present(
                    row.owner().engine(), row.owner().epoch(), row.status().version());
        }
    }

    private final Database database;

    private final TaskUpdates updates;

    TaskInserts(Database database, TaskUpdates updates) {
        this.database = database;
        this.updates = updates;
    }

    /** Inserts tasks and updates others in one transaction. */
    List<InsertOutcome> insert(EngineEpoch caller, List<TaskRow> rows, List<TaskUpdate> newer) {
        List<TaskUpdate> inOrder = TaskUpdates.inOrder(newer);
        List<TaskColumns> encoded = rows.stream().map(TaskColumns::of).toList();
        for (int attempt = 1; ; attempt++) {
            boolean looksFirst = attempt > 1;
            try {
                return database.writeNew(connection -> {
                    Fence.check(connection, database.dialect(), caller);
                    if (!inOrder.isEmpty()) {
                        updates.update(connection, caller, inOrder);
                    }
                    return new Attempt(connection).run(encoded, looksFirst);
                });
            } catch (StoreException failed) {
                if (!Failures.isDuplicateKey(failed)) {
                    throw failed;
                }
                if (attempt == ATTEMPTS) {
                    throw new StoreException(Category.RETRYABLE, "store: keys are fought over", failed);
                }
            }
        }
    }

    /** The inserts of one transaction. */
    private final class Attempt {
        private final Connection connection;
        private final Map<KeyName, Use> stored = new HashMap<>();
        private final Map<KeyName, Use> fresh = new HashMap<>();
        private final List<Use> expired = new ArrayList<>();

        Attempt(Connection connection) {
            this.connection = connection;
        }

        List<InsertOutcome> run(List<TaskColumns> rows, boolean looksFirst) throws SQLException {
            boolean hasOwnKeys = loadKeys(rows);
            Map<Long, Present> present = looksFirst || hasOwnKeys ? present(rows) : Map.of();
            List<TaskColumns> accepted = new ArrayList<>(rows.size());
            List<InsertOutcome> outcomes = new ArrayList<>(rows.size());
            for (TaskColumns row : rows) {
                Present there = present.get(row.row().id().value());
                InsertOutcome outcome = there == null ? useKey(row.row()) : requireReplay(row.row(), there);
                if (outcome == null) {
                    accepted.add(row);
                }
                outcomes.add(outcome == null ? InsertOutcome.Inserted.ONE : outcome);
            }
            write(accepted);
            return outcomes;
        }

        /** Whether one of the rows' keys was used by the same row: an insert that did commit is repeated. */
        private boolean loadKeys(List<TaskColumns> rows) throws SQLException {
            boolean hasOwnKeys = false;
            String sql = "SELECT body_hash, task, accepted_at, targets FROM idempotency WHERE tenant = ? AND k = ?";
            PreparedStatement query = null;
            try {
                for (TaskColumns row : rows) {
                    IdempotencyKey key = row.row().idempotency();
                    if (key == null) {
                        continue;
                    }
                    query = query == null ? connection.prepareStatement(sql) : query;
                    Use use = find(query, new KeyName(key.tenant(), key.key()));
                    hasOwnKeys |= use != null && use.task == row.row().id().value();
                }
            } finally {
                if (query != null) {
                    query.close();
                }
            }
            return hasOwnKeys;
        }

        private @Nullable Use find(PreparedStatement query, KeyName name) throws SQLException {
            query.setBytes(1, Sql.bytes(name.tenant));
            query.setBytes(2, Sql.bytes(name.key));
            try (ResultSet row = query.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                Instant acceptedAt = Sql.instant(row, "accepted_at");
                Use use =
                        new Use(name, row.getLong("body_hash"), row.getLong("task"), acceptedAt, row.getInt("targets"));
                stored.put(name, use);
                return use;
            }
        }

        private Map<Long, Present> present(List<TaskColumns> rows) throws SQLException {
            Map<Long, Present> present = new HashMap<>();
            List<Long> ids = rows.stream().map(row -> row.row().id().value()).toList();
            ManyRows.selectIn(
                    connection,
                    "SELECT id, engine, owner_epoch, version FROM task WHERE id IN ",
                    ids,
                    row -> present.put(row.getLong(1), new Present(row.getInt(2), row.getLong(3), row.getLong(4))));
            return present;
        }

        private InsertOutcome requireReplay(TaskRow row, Present there) {
            if (!there.equals(Present.of(row))) {
                throw new StoreException(Category.PERMANENT, "task " + row.id() + " is already there", null);
            }
            return InsertOutcome.Inserted.ONE;
        }

        /** The outcome of a row whose key was used before, else null. */
        private @Nullable InsertOutcome useKey(TaskRow row) {
            IdempotencyKey key = row.idempotency();
            if (key == null) {
                return null;
            }
            KeyName name = new KeyName(key.tenant(), key.key());
            Use use = fresh.containsKey(name) ? fresh.get(name) : stored.get(name);
            if (use != null && !use.acceptedAt.isBefore(row.acceptedAt().minus(KEY_LIFE))) {
                return use.outcome(key);
            }
            if (use != null) {
                expired.add(use);
            }
            int targets = row.task().targets().size();
            fresh.put(name, new Use(name, key.bodyHash(), row.id().value(), row.acceptedAt(), targets));
            return null;
        }

        private void write(List<TaskColumns> accepted) throws SQLException {
            List<HostRow> hosts = new ArrayList<>(accepted.size());
            List<LabelRow> labels = new ArrayList<>();
            for (TaskColumns task : accepted) {
                long id = task.row().id().value();
                task.hosts().forEach((host, urls) -> hosts.add(new HostRow(host, id, urls)));
                task.row().task().options().labels().forEach((key, value) -> labels.add(new LabelRow(key, value, id)));
            }
            Dialect dialect = database.dialect();
            ManyRows.insert(connection, dialect, TASKS, accepted);
            ManyRows.insert(connection, dialect, HOSTS, hosts);
            ManyRows.insert(connection, dialect, LABELS, labels);
            ManyRows.batch(
                    connection,
                    "DELETE FROM idempotency WHERE tenant = ? AND k = ?",
                    expired,
                    (statement, first, use) -> {
                        statement.setBytes(first, Sql.bytes(use.name.tenant));
                        statement.setBytes(first + 1, Sql.bytes(use.name.key));
                    });
            ManyRows.insert(connection, dialect, KEYS, new ArrayList<>(fresh.values()));
        }
    }
}
