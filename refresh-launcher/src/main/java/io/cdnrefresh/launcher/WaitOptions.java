// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.PrintWriter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what is waited for. */
final class WaitOptions {
    @Option(
            names = "--until",
            paramLabel = "WHAT",
            defaultValue = "verified",
            description = "verified or applied (${DEFAULT-VALUE}).")
    String until = "verified";

    @Option(
            names = "--quorum",
            paramLabel = "PERCENT",
            defaultValue = "100",
            description = "How many of the devices are enough (${DEFAULT-VALUE}).")
    String quorum = "100";

    @Option(
            names = "--of",
            paramLabel = "WHICH",
            defaultValue = "serving",
            description = "serving or all devices (${DEFAULT-VALUE}).")
    String of = "serving";

    @Option(names = "--wait-group", paramLabel = "GROUP", description = "Only devices of this group.")
    @Nullable
    String group;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "11m",
            description = "How long to wait (${DEFAULT-VALUE}).")
    Duration timeout = Duration.ofMinutes(11);

    /** A watch with these options. */
    TaskWatch watch(ApiClient client, PrintWriter progress) {
        TaskWatch.Target target =
                new TaskWatch.Target(Query.encode(until), Query.encode(quorum), Query.encode(of), group, timeout);
        return new TaskWatch(client, target, progress, Terminal.isThere());
    }
}
