// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.spi.CallbackAttempt;
import io.cdnrefresh.spi.CallbackRow;
import io.cdnrefresh.spi.CallbackRow.State;
import io.cdnrefresh.spi.CallbackStore;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.WebhookSecret;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Webhooks and their secrets. Thread-safe. */
final class JdbcCallbacks implements CallbackStore {
    /** Of those that are due, so many are looked at in one claim. */
    private static final int CANDIDATES = 1_000;

    private static final State[] STATES = State.values();
    private static final String HEAD =
            "task, event, tenant, host, url, state, created_at, give_up_at, due_at, attempts, history, trace";
    private static final ManyRows.Table<CallbackRow> TABLE = new ManyRows.Table<>(
            "callback", HEAD + ", body", 13, row -> row.body().length * 2L + 8_192, JdbcCallbacks::bind);

    private final Database database;

    JdbcCallbacks(Database database) {
        this.database = database;
    }

    private record Key(long task, String event) {
        static Key of(CallbackRow row) {
            return new Key(row.task().value(), row.event());
        }
    }

    @Override
    public void add(List<CallbackRow> rows) {
        try {
            tryAdd(rows);
        } catch (StoreException failed) {
            // another engine has told the same end at the same moment: what it has added is found now
            if (!Failures.isDuplicateKey(failed)) {
                throw failed;
            }
            tryAdd(rows);
        }
    }

    private void tryAdd(List<CallbackRow> rows) {
        List<Long> tasks =
                rows.stream().map(row -> row.task().value()).distinct().toList();
        database.write(connection -> {
            Set<Key> known = new HashSet<>();
            ManyRows.selectIn(
                    connection,
                    "SELECT task, event FROM callback WHERE task IN ",
                    tasks,
                    row -> known.add(new Key(row.getLong(1), Sql.text(row.getBytes(2)))));
            List<CallbackRow> fresh = rows.stream()
                    .filter(row -> known.add(Key.of(row)))
                    .sorted(Comparator.comparing(CallbackRow::task).thenComparing(CallbackRow::event))
                    .toList();
            ManyRows.insert(connection, database.dialect(), TABLE, fresh);
            return true;
        });
    }

    private static void bind(PreparedStatement statement, int first, CallbackRow row) throws SQLException {
        statement.setLong(first, row.task().value());
        statement.setBytes(first + 1, Sql.bytes(row.event()));
        statement.setBytes(first + 2, Sql.bytes(row.tenant()));
        statement.setBytes(first + 3, Sql.bytes(row.host()));
        statement.setBytes(first + 4, Sql.bytes(row.url()));
        statement.setInt(first + 5, TaskColumns.code(row.state()));
        statement.setLong(first + 6, row.createdAt().toEpochMilli());
        statement.setLong(first + 7, row.giveUpAt().toEpochMilli());
        statement.setLong(first + 8, row.dueAt().toEpochMilli());
        statement.setInt(first + 9, row.attempts());
        statement.setBytes(first + 10, history(row.history()));
        statement.setBytes(first + 11, Sql.bytes(row.trace()));
        statement.setBytes(first + 12, row.body());
    }

    /** A line a try: time, status, milliseconds and the error. */
    private static byte[] history(List<CallbackAttempt> tries) {
        return Sql.lines(tries.stream()
                .map(each -> each.at().toEpochMilli() + " " + each.status() + " " + each.millis() + " " + each.error())
                .toList());
    }

    private static List<CallbackAttempt> history(byte[] lines) {
        return Sql.texts(lines).stream()
                .map(line -> line.split(" ", 4))
                .map(part -> new CallbackAttempt(
                        Instant.ofEpochMilli(Long.parseLong(part[0])),
                        Integer.parseInt(part[1]),
                        Long.parseLong(part[2]),
                        part[3]))
                .toList();
    }

    private static CallbackRow row(ResultSet row, boolean hasBody) throws SQLException {
        return new CallbackRow(
                new TaskId(row.getLong("task")),
                Sql.text(row, "event"),
                Sql.text(row, "tenant"),
                Sql.text(row, "host"),
                Sql.text(row, "url"),
                Sql.text(row, "trace"),
                hasBody ? row.getBytes("body") : new byte[0],
                Sql.instant(row, "created_at"),
                Sql.instant(row, "give_up_at"),
                STATES[row.getInt("state")],
                Sql.instant(row, "due_at"),
                row.getInt("attempts"),
                history(row.getBytes("history")));
    }

    /** Who changes the due time first has the row; so nothing is locked while others look. */
    @Override
    public List<CallbackRow> claim(Claim claim) {
        List<Key> wanted = database.read(connection -> candidates(connection, claim));
        if (wanted.isEmpty()) {
            return List.of();
        }
        return database.write(connection -> {
            List<CallbackRow> claimed = new ArrayList<>();
            for (Key key : wanted) {
                if (take(connection, key, claim)) {
                    claimed.add(read(connection, key));
                }
            }
            return claimed;
        });
    }

    private static List<Key> candidates(Connection connection, Claim claim) throws SQLException {
        List<String> busy = List.copyOf(claim.busy());
        String others = busy.isEmpty() ? "" : " AND host NOT IN " + Sql.tuple(busy.size());
        String sql = "SELECT task, event, host FROM callback WHERE state = 0 AND due_at <= ?" + others
                + " ORDER BY due_at LIMIT " + CANDIDATES;
        Map<String, Integer> byHost = new HashMap<>();
        List<Key> keys = new ArrayList<>();
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            query.setLong(1, claim.now().toEpochMilli());
            for (int i = 0; i < busy.size(); i++) {
                query.setBytes(i + 2, Sql.bytes(busy.get(i)));
            }
            try (ResultSet rows = query.executeQuery()) {
                while (keys.size() < claim.limit() && rows.next()) {
                    if (byHost.merge(Sql.text(rows.getBytes(3)), 1, Integer::sum) <= claim.perHost()) {
                        keys.add(new Key(rows.getLong(1), Sql.text(rows.getBytes(2))));
                    }
                }
            }
        }
        // one order for everybody, so that two who claim do not block each other
        keys.sort(Comparator.comparingLong(Key::task).thenComparing(Key::event));
        return keys;
    }

    private static boolean take(Connection connection, Key key, Claim claim) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE callback SET due_at = ? WHERE task = ? AND event = ? AND state = 0 AND due_at <= ?")) {
            update.setLong(1, claim.now().plus(claim.lease()).toEpochMilli());
            update.setLong(2, key.task);
            update.setBytes(3, Sql.bytes(key.event));
            update.setLong(4, claim.now().toEpochMilli());
            return update.executeUpdate() == 1;
        }
    }

    private static CallbackRow read(Connection connection, Key key) throws SQLException {
        try (PreparedStatement query =
                connection.prepareStatement("SELECT * FROM callback WHERE task = ? AND event = ?")) {
            query.setLong(1, key.task);
            query.setBytes(2, Sql.bytes(key.event));
            try (ResultSet row = query.executeQuery()) {
                row.next();
                return row(row, true);
            }
        }
    }

    @Override
    public void finish(List<CallbackRow> tried) {
        database.write(connection -> {
            ManyRows.batch(
                    connection,
                    "UPDATE callback SET state = ?, due_at = ?, attempts = ?, history = ?"
                            + " WHERE task = ? AND event = ? AND state = 0",
                    tried.stream()
                            .sorted(Comparator.comparing(CallbackRow::task).thenComparing(CallbackRow::event))
                            .toList(),
                    (statement, first, row) -> {
                        statement.setInt(1, TaskColumns.code(row.state()));
                        statement.setLong(2, row.dueAt().toEpochMilli());
                        statement.setInt(3, row.attempts());
                        statement.setBytes(4, history(row.history()));
                        statement.setLong(5, row.task().value());
                        statement.setBytes(6, Sql.bytes(row.event()));
                    });
            return true;
        });
    }

    @Override
    public List<CallbackRow> list(Filter filter) {
        TaskId task = filter.task();
        State state = filter.state();
        String tenant = filter.tenant();
        String sql = "SELECT " + HEAD + " FROM callback WHERE 1 = 1"
                + (task == null ? "" : " AND task = ?")
                + (state == null ? "" : " AND state = ?")
                + (tenant == null ? "" : " AND tenant = ?")
                + (task == null ? " ORDER BY created_at DESC, task DESC, event" : " ORDER BY event")
                + " LIMIT " + filter.limit();
        return database.read(connection -> {
            List<CallbackRow> found = new ArrayList<>();
            try (PreparedStatement query = connection.prepareStatement(sql)) {
                int at = 1;
                if (task != null) {
                    query.setLong(at++, task.value());
                }
                if (state != null) {
                    query.setInt(at++, TaskColumns.code(state));
                }
                if (tenant != null) {
                    query.setBytes(at, Sql.bytes(tenant));
                }
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        found.add(row(rows, false));
                    }
                }
            }
            return found;
        });
    }

    @Override
    public int redeliver(TaskId task, Instant now, Instant giveUpAt) {
        return database.write(connection -> {
            try (PreparedStatement update = connection.prepareStatement(
                    "UPDATE callback SET state = 0, due_at = ?, give_up_at = ? WHERE task = ?")) {
                update.setLong(1, now.toEpochMilli());
                update.setLong(2, giveUpAt.toEpochMilli());
                update.setLong(3, task.value());
                return update.executeUpdate();
            }
        });
    }

    @Override
    public long count(State state) {
        return database.read(connection -> {
            try (PreparedStatement query =
                    connection.prepareStatement("SELECT COUNT(*) FROM callback WHERE state = ?")) {
                query.setInt(1, TaskColumns.code(state));
                try (ResultSet row = query.executeQuery()) {
                    row.next();
                    return row.getLong(1);
                }
            }
        });
    }

    @Override
    public List<WebhookSecret> secrets(String tenant) {
        return database.read(connection -> {
            List<WebhookSecret> found = new ArrayList<>();
            try (PreparedStatement query = connection.prepareStatement("SELECT id, secret, created_at, ends_at FROM"
                    + " callback_secret WHERE tenant = ? ORDER BY created_at DESC, id")) {
                query.setBytes(1, Sql.bytes(tenant));
                try (ResultSet rows = query.executeQuery()) {
                    while (rows.next()) {
                        found.add(new WebhookSecret(
                                tenant,
                                Sql.text(rows, "id"),
                                Sql.text(rows, "secret"),
                                Sql.instant(rows, "created_at"),
                                Sql.nullableInstant(rows, 4)));
                    }
                }
            }
            return found;
        });
    }

    @Override
    public void rotate(WebhookSecret fresh, Instant olderEnd) {
        database.write(connection -> {
            byte[] tenant = Sql.bytes(fresh.tenant());
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM callback_secret WHERE tenant = ? AND ends_at <= ?")) {
                delete.setBytes(1, tenant);
                delete.setLong(2, fresh.createdAt().toEpochMilli());
                delete.executeUpdate();
            }
            try (PreparedStatement end = connection.prepareStatement(
                    "UPDATE callback_secret SET ends_at = ? WHERE tenant = ? AND (ends_at IS NULL OR ends_at > ?)")) {
                end.setLong(1, olderEnd.toEpochMilli());
                end.setBytes(2, tenant);
                end.setLong(3, olderEnd.toEpochMilli());
                end.executeUpdate();
            }
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO callback_secret (tenant, id, secret, created_at, ends_at) VALUES (?, ?, ?, ?, ?)")) {
                insert.setBytes(1, tenant);
                insert.setBytes(2, Sql.bytes(fresh.id()));
                insert.setBytes(3, Sql.bytes(fresh.value()));
                insert.setLong(4, fresh.createdAt().toEpochMilli());
                Sql.setNullable(insert, 5, fresh.endsAt());
                insert.executeUpdate();
            }
            return true;
        });
    }

    /** Deletes ended ones that are older than that and whose tasks are gone. */
    static void retire(Connection connection, Dialect dialect, Instant before, int limit) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(dialect.deleteSome(
                "callback",
                "created_at < ? AND state <> 0 AND NOT EXISTS (SELECT 1 FROM task t WHERE t.id = callback.task)"))) {
            delete.setLong(1, before.toEpochMilli());
            delete.setInt(2, limit);
            delete.executeUpdate();
        }
    }
}
