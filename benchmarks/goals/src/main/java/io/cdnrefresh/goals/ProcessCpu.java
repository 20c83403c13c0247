// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.goals;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Processor time of this process, to the nanosecond: {@code OperatingSystemMXBean} counts in steps of 10 ms. Threads that
 * ended in between are not counted, so keep them until the end. The compiler's threads are left out: what they do is over
 * once a program is warm. Linux.
 */
public final class ProcessCpu {
    private ProcessCpu() {}

    /** Nanoseconds that all living threads but the compiler's have run. */
    public static long nanos() {
        long sum = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path task : tasks) {
                try {
                    if (Files.readString(task.resolve("comm")).contains("CompilerThre")) {
                        continue;
                    }
                    String text = Files.readString(task.resolve("schedstat"));
                    sum += Long.parseLong(text.substring(0, text.indexOf(' ')));
                } catch (IOException e) {
                    // the thread has ended
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("/proc/self/task: " + e.getMessage(), e);
        }
        return sum;
    }
}
