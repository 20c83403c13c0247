// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.testkit.TaskRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.awaitility.Awaitility;

/** The embedded store on a small disk of its own: a process of {@link SqliteDiskFullIT}. */
final class FullDisk {
    private static final long RESERVE = 4 << 20;
    private static final int UNDER_WAY = 3_000;

    private FullDisk() {}

    /** The mounted folder. */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        Path reserve = folder.resolve("tasks.db.reserve");
        Path filler = folder.resolve("filler");
        try (JdbcStore store = JdbcStore.builder()
                .url("jdbc:sqlite:" + folder.resolve("tasks.db"))
                .reserveBytes(RESERVE)
                .build()) {
            EngineEpoch engine = store.claimEngine(OptionalInt.of(1), "full", Duration.ofMinutes(5))
                    .epoch();
            TaskRows rows = TaskRows.of(engine);
            List<TaskRow> underWay = rows.rows(UNDER_WAY);
            store.insert(engine, underWay);
            assertThat(Files.size(reserve)).isEqualTo(RESERVE);

            fill(filler);
            List<TaskRow> stored = new ArrayList<>(underWay);
            List<TaskRow> refused = insertUntilRefused(store, engine, rows, stored);
            for (int from = 0; from < UNDER_WAY; from += 100) {
                store.update(
                        engine,
                        underWay.subList(from, from + 100).stream()
                                .map(row -> rows.update(row, 2, TaskState.DONE))
                                .toList());
            }
            assertThat(reserve).as("taken for the updates").doesNotExist();
            assertThat(category(() -> store.insert(engine, refused))).isEqualTo(Category.RETRYABLE);
            assertThat(store.recover(engine, 0, 10_000))
                    .as("only what was accepted")
                    .hasSize(stored.size() - UNDER_WAY);

            Files.delete(filler);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .ignoreExceptionsMatching(StoreException.class::isInstance)
                    .until(() -> store.insert(engine, refused), outcomes -> true);
            assertThat(Files.size(reserve)).isEqualTo(RESERVE);
            for (TaskRow row : underWay) {
                assertThat(store.find(row.id()).orElseThrow().status().state()).isEqualTo(TaskState.DONE);
            }
            assertThat(store.recover(engine, 0, 10_000)).hasSize(stored.size() - UNDER_WAY + refused.size());
        }
    }

    /** Somebody else takes all that is left. */
    private static void fill(Path filler) throws IOException {
        for (int size = 1 << 20; size > 0; size /= 2) {
            try {
                while (true) {
                    Files.write(filler, new byte[size], StandardOpenOption.CREATE, StandardOpenOption.APPEND);
                }
            } catch (IOException full) {
                // a smaller piece may still fit
                assertThat(filler).exists();
            }
        }
    }

    private static List<TaskRow> insertUntilRefused(
            JdbcStore store, EngineEpoch engine, TaskRows rows, List<TaskRow> stored) {
        while (true) {
            List<TaskRow> batch = rows.rows(100);
            Category refusal = category(() -> store.insert(engine, batch));
            if (refusal != null) {
                assertThat(refusal).isEqualTo(Category.RETRYABLE);
                return batch;
            }
            stored.addAll(batch);
        }
    }

    private static @org.jspecify.annotations.Nullable Category category(Runnable call) {
        try {
            call.run();
            return null;
        } catch (StoreException failed) {
            return failed.category();
        }
    }
}
