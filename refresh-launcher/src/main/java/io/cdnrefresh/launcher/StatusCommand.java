// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "status", description = "Shows where a task stands.", mixinStandardHelpOptions = true)
final class StatusCommand extends ClientCommand {
    @Parameters(paramLabel = "ID", description = "The task.")
    String id = "";

    @Option(names = "--devices", description = "Shows the devices of the task, exceptions first.")
    boolean devices;

    @Override
    public Integer call() {
        ApiClient client = options.client();
        String path = "/v1/engine/task/" + Query.encode(id);
        int code = print(client.get(path));
        return devices ? print(client.get(path + "/devices")) : code;
    }
}
