// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStatus;
import io.cdnrefresh.testkit.TaskRows;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SettledRowsTest {
    private final SettledRows rows = new SettledRows();
    private final TaskRows made = TaskRows.of(new EngineEpoch(1, 1));

    private TaskRow settled(long id, Instant finalAt, String label) {
        RefreshTask task = RefreshTask.purge("http://a.test/" + id)
                .withOptions(TaskOptions.DEFAULTS.toBuilder()
                        .labels(label.isEmpty() ? Map.of() : Map.of("long", label))
                        .build());
        TaskRow row = made.row(task);
        TaskStatus open = row.status();
        TaskStatus status =
                new TaskStatus(open.version() + 1, TaskState.DONE, 0, open.counts(), 0, new byte[0], finalAt, finalAt);
        return new TaskRow(
                new TaskId(id), row.owner(), task, row.devices(), row.acceptedAt(), row.dueAt(), null, status);
    }

    /** Does the same to a plain map, over several pages, and compares. */
    @Test
    void anyOrder_isWhatAMapHolds() {
        Random random = new Random(1);
        Map<Long, TaskRow> model = new LinkedHashMap<>();
        for (int step = 0; step < 60_000; step++) {
            int choice = random.nextInt(100);
            if (choice < 80) {
                long id = 1L + random.nextInt(1_000_000);
                Instant finalAt = TaskRows.START.plus(Duration.ofSeconds(step + random.nextInt(1_000)));
                TaskRow row = settled(id, finalAt, "");
                rows.remove(id);
                model.remove(id);
                rows.add(row);
                model.put(id, row);
            } else if (choice < 90 && !model.isEmpty()) {
                assertThat(rows.removeOldest()).isTrue();
                model.remove(model.keySet().iterator().next());
            } else if (choice < 95) {
                long id = 1L + random.nextInt(1_000_000);
                rows.remove(id);
                model.remove(id);
            } else if (choice == 95 && step % 20 == 0) {
                Instant before = TaskRows.START.plus(Duration.ofSeconds(step / 2));
                int most = random.nextInt(50);
                long expected = model.values().stream()
                        .filter(row -> isBefore(row, before))
                        .count();
                int removed = rows.removeFinalBefore(before, most);
                assertThat(removed).isEqualTo((int) Math.min(most, expected));
                model.values().removeIf(row -> rows.find(row.id().value()) == null);
                assertThat(model).hasSize(rows.size());
            }
            assertThat(rows.size()).isEqualTo(model.size());
        }
        List<Long> ids = new ArrayList<>(model.keySet());
        ids.sort((a, b) -> Long.compare(b, a));
        assertThat(rows.newest(Long.MAX_VALUE, 1_000)).isEqualTo(ids.subList(0, 1_000));
        long middle = ids.get(5_000);
        assertThat(rows.newest(middle, 300)).isEqualTo(ids.subList(5_001, 5_301));
        model.values().forEach(row -> assertHolds(rows.find(row.id().value()), row));
        for (long ignored : ids) {
            assertThat(rows.removeOldest()).isTrue();
        }
        assertThat(rows.removeOldest()).isFalse();
        assertThat(rows.size()).isZero();
        assertThat(rows.newest(Long.MAX_VALUE, 10)).isEmpty();
    }

    private static void assertHolds(SettledRows.@Nullable Found found, TaskRow row) {
        TaskRow held = requireNonNull(found).row();
        assertThat(held.id()).isEqualTo(row.id());
        assertThat(held.task().equals(row.task())).as("task of " + row.id()).isTrue();
        assertThat(held.status().finalAt()).isEqualTo(row.status().finalAt());
    }

    private static boolean isBefore(TaskRow row, Instant time) {
        return requireNonNull(row.status().finalAt()).isBefore(time);
    }

    @Test
    void largeRows_andOnesThatCannotBeEncoded_areKeptToo() {
        List<TaskRow> all = new ArrayList<>();
        String large = "x".repeat(900_000);
        for (int i = 1; i <= 12; i++) {
            all.add(settled(i, TaskRows.START, large + i));
        }
        all.add(settled(13, TaskRows.START, "half a pair \ud800"));
        all.forEach(rows::add);
        all.forEach(row -> assertHolds(rows.find(row.id().value()), row));
        SettledRows.Found found = rows.find(13);
        rows.remove(13);
        assertHolds(found, all.get(12));
        assertThat(rows.find(13)).isNull();
    }
}
