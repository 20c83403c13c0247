// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A kill of the process cannot show that a write was forced to disk; the system calls can. */
class ForcedWriteIT {
    @Test
    void insert_sqlite_returnsAfterAForcedWrite(@TempDir Path folder) throws Exception {
        Path strace = Path.of("/usr/bin/strace");
        assumeTrue(Files.isExecutable(strace), "skipped: strace is not installed");
        Path trace = folder.resolve("trace");
        Process process = new ProcessBuilder(
                        strace.toString(),
                        "-f",
                        "-y",
                        "-e",
                        "trace=fsync,fdatasync,openat",
                        "-o",
                        trace.toString(),
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        InsertOnce.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out").toFile())
                .start();
        boolean hasEnded = process.waitFor(120, TimeUnit.SECONDS);
        process.destroyForcibly();
        String out = Files.readString(folder.resolve("out"));
        assumeTrue(!out.contains("Operation not permitted"), "skipped: strace may not trace here");
        assertThat(hasEnded && process.exitValue() == 0).as(out).isTrue();
        List<String> calls = Files.readAllLines(trace);
        int before = indexOf(calls, "before-insert\"");
        int after = indexOf(calls, "after-insert\"");
        assertThat(before).isNotNegative().isLessThan(after);
        assertThat(calls.subList(before, after))
                .as("forced writes between the call and its return")
                .anyMatch(call -> call.contains("sync(") && call.contains("tasks.db-wal"));
    }

    private static int indexOf(List<String> calls, String text) {
        for (int i = 0; i < calls.size(); i++) {
            if (calls.get(i).contains(text)) {
                return i;
            }
        }
        return -1;
    }
}
