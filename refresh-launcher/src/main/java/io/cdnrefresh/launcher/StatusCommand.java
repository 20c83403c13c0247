// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "status", description = "Shows where a task stands.", mixinStandardHelpOptions = true)
final class StatusCommand extends ClientCommand {
    @Parameters(paramLabel = "ID", description = "The task.")
    String id = "";

    @Option(names = "--devices", description = "Shows the devices of the task, exceptions first.")
    boolean devices;

    @Option(names = "--device", paramLabel = "NAME", description = "Shows each target on this device.")
    @Nullable
    String device;

    @Option(names = "--outcome", description = "Only devices, or targets, with this outcome.")
    @Nullable
    String outcome;

    @Option(names = "--cursor", description = "Where the devices go on: next of the page before.")
    @Nullable
    String cursor;

    @Option(names = "--limit", paramLabel = "N", description = "How many devices at most; 1 to 1000.")
    @Nullable
    Integer limit;

    @Override
    public Integer call() {
        ApiClient client = options.client();
        String path = "/v1/engine/task/" + Query.encode(id);
        if (device != null) {
            return print(client.get(
                    path + "/devices/" + Query.encode(device) + "/targets" + new Query().with("outcome", outcome)));
        }
        int code = print(client.get(path));
        if (!devices && outcome == null && cursor == null && limit == null) {
            return code;
        }
        return print(client.get(path
                + "/devices"
                + new Query().with("outcome", outcome).with("cursor", cursor).with("limit", limit)));
    }
}
