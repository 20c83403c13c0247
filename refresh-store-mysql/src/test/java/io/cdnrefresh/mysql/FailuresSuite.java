// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.StoreException;
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
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a real server can do to a writer: each is told apart, nothing of it is half done, and a repeat works. */
abstract class FailuresSuite {
    private JdbcStore store;
    private EngineEpoch engine;
    private TaskRows rows;
    private Connection admin;

    abstract JdbcStore emptyStore();

    abstract String url();

    /** Makes new connections of everybody unable to write. */
    abstract String readOnly(boolean isOn);

    @BeforeEach
    void open() throws SQLException {
        store = emptyStore();
        engine = store.claimEngine(OptionalInt.of(7), "failures", Duration.ofMinutes(5))
                .epoch();
        rows = TaskRows.of(engine);
        admin = DriverManager.getConnection(url());
    }

    @AfterEach
    void close() throws SQLException {
        admin.close();
        store.close();
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = admin.createStatement()) {
            statement.execute(sql);
        }
    }

    private long number(String sql) throws SQLException {
        try (Statement statement = admin.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getLong(1) : -1;
        }
    }

    private static @Nullable Category category(Runnable call) {
        try {
            call.run();
            return null;
        } catch (StoreException failed) {
            return failed.category();
        }
    }

    /** A task that does not compress. */
    private TaskRow large(int bytes) {
        Random random = new Random(42);
        String[] urls = new String[bytes / 1_000];
        for (int i = 0; i < urls.length; i++) {
            StringBuilder url = new StringBuilder("https://www.example.com/");
            while (url.length() < 1_000) {
                url.append(Long.toString(random.nextLong() >>> 1, 36));
            }
            urls[i] = url.toString();
        }
        return rows.row(RefreshTask.purge(urls));
    }

    @Test
    void insert_moreThanAPacketTakes_isRefusedAlone() throws SQLException {
        long before = number("SELECT @@GLOBAL.max_allowed_packet");
        execute("SET GLOBAL max_allowed_packet = 1048576");
        try (JdbcStore small = JdbcStore.builder().url(url()).build()) {
            TaskRow tooLarge = large(2_000_000);
            List<TaskRow> fits = rows.rows(2);
            assertThat(category(() -> small.insert(engine, List.of(fits.get(0), tooLarge, fits.get(1)))))
                    .isEqualTo(Category.PERMANENT);
            assertThat(small.find(fits.get(0).id())).isEmpty();
            assertThat(category(() -> small.insert(engine, List.of(tooLarge)))).isEqualTo(Category.PERMANENT);
            small.insert(engine, fits);
            small.insert(engine, List.of(large(300_000), large(300_000), large(300_000), large(300_000)));
            small.insert(engine, rows.rows(5_000));
            TaskStatus old = fits.get(0).status();
            TaskUpdate update = new TaskUpdate(
                    fits.get(0).id(),
                    new TaskStatus(
                            engine.version(9), TaskState.RUNNING, 0, old.counts(), 0, new byte[2_000_000], null, null));
            assertThat(category(() -> small.update(engine, List.of(update)))).isEqualTo(Category.PERMANENT);
            assertThat(small.recover(engine, 0, 10_000)).hasSizeGreaterThan(4_000);
        } finally {
            execute("SET GLOBAL max_allowed_packet = " + before);
        }
    }

    @Test
    void everyWrite_serverIsReadOnly_isRetryableAndWorksAfterwards() throws SQLException {
        TaskRow stored = rows.row();
        store.insert(engine, List.of(stored));
        execute(readOnly(true));
        try (JdbcStore replica = JdbcStore.builder().url(url()).build()) {
            List<TaskRow> batch = rows.rows(3);
            TaskUpdate update = rows.update(stored, 2, TaskState.DONE);
            assertThat(category(() -> replica.insert(engine, batch))).isEqualTo(Category.RETRYABLE);
            assertThat(category(() -> replica.update(engine, List.of(update)))).isEqualTo(Category.RETRYABLE);
            assertThat(category(() -> replica.claimDue(engine, TaskRows.START, 10)))
                    .isEqualTo(Category.RETRYABLE);
            assertThat(replica.find(stored.id())).isPresent();
            execute(readOnly(false));
            replica.insert(engine, batch);
            replica.update(engine, List.of(update));
            assertThat(replica.find(stored.id()).orElseThrow().status().state()).isEqualTo(TaskState.DONE);
            assertThat(replica.recover(engine, 0, 10)).hasSize(3);
        } finally {
            execute(readOnly(false));
        }
    }

    @Test
    void insert_connectionKilledInTheMiddle_isRetryableAndInsertedOnce() throws Exception {
        List<TaskRow> batch = rows.rows(3);
        admin.setAutoCommit(false);
        execute("SELECT * FROM engine WHERE id = 7 FOR UPDATE");
        FutureTask<@Nullable Category> insert = new FutureTask<>(() -> category(() -> store.insert(engine, batch)));
        start(insert);
        long waiting = await().until(
                        () -> number(
                                "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT epoch FROM%'"),
                        id -> id > 0);
        execute("KILL CONNECTION " + waiting);
        assertThat(insert.get()).isEqualTo(Category.RETRYABLE);
        admin.rollback();
        assertThat(store.find(batch.get(0).id())).isEmpty();
        store.insert(engine, batch);
        assertThat(store.recover(engine, 0, 10)).hasSize(3);
    }

    @Test
    void update_victimOfADeadlock_isRetryableAndChangesNothing() throws Exception {
        List<TaskRow> batch = rows.rows(2);
        store.insert(engine, batch);
        admin.setAutoCommit(false);
        // what has changed more is not the victim
        execute("UPDATE task SET step = step + 1 WHERE id = "
                + batch.get(1).id().value());
        execute("INSERT INTO audit (at, actor, tenant, action, subject, detail) VALUES (1, '', '', '', '', ''),"
                + " (2, '', '', '', '', ''), (3, '', '', '', '', '')");
        List<TaskUpdate> updates = new ArrayList<>();
        batch.forEach(row -> updates.add(rows.update(row, 2, TaskState.DONE)));
        FutureTask<@Nullable Category> update = new FutureTask<>(() -> category(() -> store.update(engine, updates)));
        start(update);
        await().until(
                        () -> number("SELECT COUNT(*) FROM information_schema.INNODB_TRX"
                                + " WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE 'UPDATE%'"),
                        count -> count == 1);
        execute("SELECT * FROM engine WHERE id = 7 FOR UPDATE");
        assertThat(update.get()).isEqualTo(Category.RETRYABLE);
        admin.commit();
        assertThat(store.find(batch.get(0).id()).orElseThrow().status().state()).isEqualTo(TaskState.ACCEPTED);
        store.update(engine, updates);
        assertThat(store.find(batch.get(0).id()).orElseThrow().status().state()).isEqualTo(TaskState.DONE);
    }

    private static void start(FutureTask<?> call) {
        Thread thread = new Thread(call, "failures");
        thread.setDaemon(true);
        thread.start();
    }
}
