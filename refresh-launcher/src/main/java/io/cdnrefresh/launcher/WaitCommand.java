// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "wait", description = "Waits until enough devices are clean.", mixinStandardHelpOptions = true)
final class WaitCommand extends ClientCommand {
    @Parameters(paramLabel = "ID", description = "The task.")
    String id = "";

    @Mixin
    WaitOptions waiting = new WaitOptions();

    @Override
    public Integer call() {
        ApiClient client = options.client();
        int code = waiting.watch(client, err()).await(Query.encode(id));
        print(client.get("/v1/engine/task/" + Query.encode(id)));
        return code;
    }
}
