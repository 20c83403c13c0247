// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is really full: a file system of 24 MiB that only a child process sees, which takes no root to mount. */
class SqliteDiskFullIT {
    private static final String MOUNT = "mount -t tmpfs -o size=24m none \"$0\"";

    @TempDir
    Path folder;

    @Test
    void diskFull_newTasksAreRefused_endsAreStored_allGoesOnAfterwards() throws Exception {
        Path out = folder.resolve("out");
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                run(out, "unshare", "-Urm", "sh", "-c", MOUNT, disk.toString()) == 0,
                "skipped: this user may not mount a file system of its own");
        int code = run(
                out,
                "unshare",
                "-Urm",
                "sh",
                "-c",
                MOUNT + " && exec \"$@\"",
                disk.toString(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                FullDisk.class.getName(),
                disk.toString());
        assertThat(code).as(Files.readString(out)).isZero();
    }

    private static int run(Path out, String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(out.toFile())
                    .start();
            boolean hasEnded = process.waitFor(120, TimeUnit.SECONDS);
            process.destroyForcibly();
            return hasEnded ? process.exitValue() : -1;
        } catch (IOException noSuchCommand) {
            return -1;
        }
    }
}
