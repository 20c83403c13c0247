// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.mysql.Partitions.Range;
import io.cdnrefresh.mysql.Partitions.Sweep;
import io.cdnrefresh.spi.TaskFilter;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import io.cdnrefresh.spi.TaskUpdate;
import io.cdnrefresh.testkit.TaskRows;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Retention by whole days, on a real server. */
abstract class DaysSuite {
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
    private static final Duration DAY = Duration.ofDays(1);
    private static final Instant NOW = day(20);

    private final Partitions days = new Partitions(5);
    private JdbcStore store;
    private EngineEpoch engine;
    private Connection connection;

    abstract JdbcStore emptyStore();

    abstract String url();

    private static Instant day(int number) {
        return START.plus(DAY.multipliedBy(number));
    }

    @BeforeEach
    void makeDays() throws SQLException {
        store = emptyStore();
        engine = store.claimEngine(OptionalInt.of(7), "days", Duration.ofMinutes(5))
                .epoch();
        connection = DriverManager.getConnection(url());
        forgetDays();
        for (int i = 0; i < 4; i++) {
            days.extend(connection, day(i), day(i).minus(DAY));
        }
    }

    @AfterEach
    void bringDaysOfTodayBack() throws SQLException {
        forgetDays();
        days.extend(connection, Instant.now(), Instant.now());
        connection.close();
        store.close();
    }

    private void forgetDays() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String table : List.of("task", "task_host", "task_label")) {
                statement.execute("ALTER TABLE " + table
                        + " PARTITION BY RANGE (id) (PARTITION p_max VALUES LESS THAN MAXVALUE)");
            }
        }
    }

    /** Final tasks of a day. */
    private List<TaskRow> finished(int day, int count) {
        List<TaskRow> rows = new ArrayList<>();
        List<TaskUpdate> updates = new ArrayList<>();
        TaskRows maker = TaskRows.of(engine);
        TaskOptions labelled = TaskOptions.DEFAULTS.toBuilder()
                .labels(Map.of("day", "d" + day))
                .build();
        for (int i = 0; i < count; i++) {
            Instant at = day(day).plus(Duration.ofHours(1)).plusMillis(i);
            TaskRow row = maker.row(RefreshTask.purge("https://www.example.com/" + day + "/" + i)
                    .withOptions(labelled));
            TaskRow placed = new TaskRow(
                    new TaskId(Partitions.firstId(at)), engine, row.task(), row.devices(), at, at, null, row.status());
            rows.add(placed);
            updates.add(status(placed, 2, 0));
        }
        store.insert(engine, rows);
        store.update(engine, updates);
        return rows;
    }

    private TaskUpdate status(TaskRow row, int n, int owed) {
        Instant at = row.acceptedAt().plusSeconds(60);
        TaskStatus old = row.status();
        return new TaskUpdate(
                row.id(),
                new TaskStatus(
                        engine.version(n),
                        owed > 0 ? TaskState.PARTIAL : TaskState.DONE,
                        0,
                        old.counts(),
                        owed,
                        old.results(),
                        at,
                        owed > 0 ? null : at));
    }

    private long count(String table) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
            row.next();
            return row.getLong(1);
        }
    }

    @Test
    void sweep_dayOfWhichAllMayGo_isDroppedWithItsHostsAndLabels() throws SQLException {
        finished(0, 10);
        List<TaskRow> next = finished(1, 10);
        Sweep sweep = days.sweep(connection, NOW, day(1));
        assertThat(sweep).isEqualTo(new Sweep(10, List.of()));
        assertThat(count("task")).isEqualTo(10);
        assertThat(count("task_host")).isEqualTo(10);
        assertThat(count("task_label")).isEqualTo(10);
        assertThat(store.list(TaskFilter.ANY, Long.MAX_VALUE, 100))
                .extracting(head -> head.row().id())
                .containsExactlyInAnyOrderElementsOf(
                        next.stream().map(TaskRow::id).toList());
    }

    @Test
    void sweep_dayWithADebt_keepsTheDebtForEver() throws SQLException {
        TaskRow owed = finished(0, 1).get(0);
        List<TaskRow> settled = finished(1, 10);
        store.update(engine, List.of(status(owed, 3, 2), status(settled.get(4), 3, 1)));
        assertThat(days.sweep(connection, NOW, day(1)))
                .as("few tasks: not waited for")
                .isEqualTo(new Sweep(0, List.of(new Range(0, Partitions.firstId(day(1))))));
        Range second = new Range(Partitions.firstId(day(1)), Partitions.firstId(day(2)));
        assertThat(days.sweep(connection, NOW, day(2)).ranges())
                .as("many tasks: kept whole for a day")
                .doesNotContain(second);
        assertThat(days.sweep(connection, NOW, day(3)).ranges()).contains(second);
        assertThat(store.retire(engine, day(3), 100)).isEqualTo(9);
        assertThat(store.retire(engine, day(19), 100)).isZero();
        assertThat(store.find(owed.id())).isPresent();
        assertThat(store.find(settled.get(4).id())).isPresent();
        store.update(engine, List.of(status(owed, 4, 0), status(settled.get(4), 4, 0)));
        assertThat(days.sweep(connection, NOW, day(3)).dropped()).isEqualTo(2);
        assertThat(count("task") + count("task_host") + count("task_label")).isZero();
    }

    @Test
    void sweep_dayThatIsNotOver_isNeverDropped() throws SQLException {
        finished(1, 10);
        assertThat(days.sweep(connection, day(1).plus(Duration.ofHours(2)), NOW).dropped())
                .isZero();
        assertThat(count("task")).isEqualTo(10);
    }

    @Test
    void sweep_whileAnotherReads_givesUpAndLaterSucceeds() throws SQLException {
        finished(0, 10);
        try (Connection reader = DriverManager.getConnection(url())) {
            reader.setAutoCommit(false);
            try (Statement statement = reader.createStatement()) {
                statement.executeQuery("SELECT COUNT(*) FROM task").close();
                assertThat(days.sweep(connection, NOW, day(1)).dropped()).isZero();
            }
            reader.commit();
        }
        assertThat(days.sweep(connection, NOW, day(1)).dropped()).isEqualTo(10);
    }

    @Test
    void extend_longRetention_makesLongerRanges() throws SQLException {
        String parts = "information_schema.PARTITIONS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'task'";
        long before = count(parts);
        for (int i = 4; i < 104; i += 5) {
            days.extend(connection, day(i), day(i).minus(Duration.ofDays(400)));
        }
        assertThat(count(parts) - before).as("100 days").isBetween(8L, 14L);
        TaskRow late = finished(600, 1).get(0);
        assertThat(store.find(late.id())).as("beyond the last day").isPresent();
    }
}
