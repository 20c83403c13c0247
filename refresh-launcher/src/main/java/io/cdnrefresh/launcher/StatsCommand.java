// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "stats", description = "Shows an engine's figures.", mixinStandardHelpOptions = true)
final class StatsCommand extends ClientCommand {
    @Option(names = "--follow", description = "Shows events and figures as they come, one line of JSON each.")
    boolean follow;

    @Override
    public Integer call() {
        if (!follow) {
            return print(options.client().get("/v1/engine/stats"));
        }
        String[] event = {""};
        options.client().lines("/v1/engine/events", line -> {
            if (line.startsWith("event: ")) {
                event[0] = line.substring(7);
            } else if (line.startsWith("data: ")) {
                out().println("{\"event\":\"" + event[0] + "\",\"data\":" + line.substring(6) + "}");
                out().flush();
            }
        });
        return ExitCode.DONE;
    }
}
