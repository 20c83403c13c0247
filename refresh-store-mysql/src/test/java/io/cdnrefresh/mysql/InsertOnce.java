// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.testkit.TaskRows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/** A process of its own: inserts one task and then makes a file, so that a tracer sees which came first. */
final class InsertOnce {
    private InsertOnce() {}

    /** Takes the folder of the store. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        try (JdbcStore store = JdbcStore.builder()
                .url("jdbc:sqlite:" + folder.resolve("tasks.db"))
                .build()) {
            EngineEpoch engine = store.claimEngine(OptionalInt.of(1), "a", Duration.ofMinutes(1))
                    .epoch();
            Files.createFile(folder.resolve("before-insert"));
            store.insert(engine, List.of(TaskRows.of(engine).row()));
            Files.createFile(folder.resolve("after-insert"));
        }
    }
}
