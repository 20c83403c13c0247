// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskHead;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.testkit.TaskRows;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** From every earlier version of the schema to this one, with rows of the first. */
abstract class MigrationSuite {
    private static final RefreshTask MANY = RefreshTask.purge("https://www.example.com/a", "https://b.example/");

    /** An empty database. */
    abstract String emptyDatabase() throws SQLException;

    abstract String dialect();

    static IntStream earlierVersions() {
        return IntStream.range(1, Integer.parseInt(Database.LATEST));
    }

    final Flyway flyway(String url, String target) {
        return Flyway.configure(Database.class.getClassLoader())
                .dataSource(url, null, null)
                .locations("classpath:io/cdnrefresh/mysql/migration/" + dialect())
                .table(Database.HISTORY)
                .target(target)
                .load();
    }

    @Test
    void latest_isTheLastScript() throws SQLException {
        MigrationInfo[] scripts = flyway(emptyDatabase(), "latest").info().all();
        assertThat(scripts[scripts.length - 1].getVersion().getVersion()).isEqualTo(Database.LATEST);
    }

    @ParameterizedTest
    @MethodSource("earlierVersions")
    void open_olderSchema_keepsAndServesItsRows(int version) throws SQLException {
        String url = emptyDatabase();
        flyway(url, "1").migrate();
        EngineEpoch first = new EngineEpoch(7, 1);
        TaskRows rows = TaskRows.of(first);
        List<TaskRow> old = List.of(rows.row(MANY), rows.row());
        try (Connection connection = DriverManager.getConnection(url)) {
            insertAsVersion1(connection, old);
        }
        flyway(url, version + "?").migrate(); // the ? : there may be gaps between the numbers
        try (JdbcStore store = JdbcStore.builder().url(url).build()) {
            EngineEpoch engine = store.claimEngine(OptionalInt.of(7), "new", Duration.ofMinutes(1))
                    .epoch();
            assertThat(engine.epoch()).as("the old claim is known").isEqualTo(2);
            TaskRow fresh = rows.ownedBy(engine).row(MANY);
            store.insert(engine, List.of(fresh));
            assertThat(store.list(TaskFilter.ANY, Long.MAX_VALUE, 10))
                    .extracting(TaskHead::targets)
                    .containsExactly(2, 1, 2);
            assertThat(store.list(TaskFilter.ANY, Long.MAX_VALUE, 10))
                    .extracting(head -> head.row().task().targets().size())
                    .containsOnly(1);
            assertThat(store.find(old.get(0).id()).orElseThrow().task()).isEqualTo(MANY);
            assertThat(store.explain(Target.url("https://b.example/"), TaskFilter.ANY, 10))
                    .hasSize(2);
            assertThat(store.recover(engine, 0, 10)).extracting(TaskRow::task).hasSize(3);
            store.update(engine, List.of(rows.ownedBy(engine).update(old.get(0), 1, TaskState.DONE)));
            assertThat(store.retire(engine, TaskRows.START.plusSeconds(3_600), 10))
                    .isEqualTo(1);
        }
        try (JdbcStore again = JdbcStore.builder().url(url).build()) {
            assertThat(again.list(TaskFilter.ANY, Long.MAX_VALUE, 10)).hasSize(2);
        }
    }

    private static void insertAsVersion1(Connection connection, List<TaskRow> rows) throws SQLException {
        try (PreparedStatement engine =
                connection.prepareStatement("INSERT INTO engine (id, epoch, owner, lease_until) VALUES (7, 1, ?, 0)")) {
            engine.setBytes(1, Sql.bytes("old"));
            engine.executeUpdate();
        }
        String task = "INSERT INTO task (id, engine, owner_epoch, claim_epoch, kind, tenant, state, step, version,"
                + " accepted_at, due_at, owed, devices, counts, results, body)"
                + " VALUES (?, 7, 1, 1, 0, ?, 0, 0, ?, ?, ?, 0, ?, ?, ?, ?)";
        for (TaskRow row : rows) {
            try (PreparedStatement insert = connection.prepareStatement(task)) {
                insert.setLong(1, row.id().value());
                insert.setBytes(2, Sql.bytes(row.task().tenant()));
                insert.setLong(3, row.status().version());
                insert.setLong(4, row.acceptedAt().toEpochMilli());
                insert.setLong(5, row.dueAt().toEpochMilli());
                insert.setBytes(6, row.devices().toBytes());
                insert.setBytes(7, Bodies.encode(row.status().counts()));
                insert.setBytes(8, row.status().results());
                insert.setBytes(9, Bodies.encode(row.task()));
                insert.executeUpdate();
            }
            for (var host : TaskColumns.hosts(row.task()).entrySet()) {
                try (PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO task_host (host, id, urls) VALUES (?, ?, ?)")) {
                    insert.setBytes(1, Sql.bytes(host.getKey()));
                    insert.setLong(2, row.id().value());
                    insert.setBytes(3, host.getValue());
                    insert.executeUpdate();
                }
            }
        }
    }
}
