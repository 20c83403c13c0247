// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "cancel", description = "Withdraws a task.", mixinStandardHelpOptions = true)
final class CancelCommand extends ClientCommand {
    @Parameters(paramLabel = "ID", description = "The task.")
    String id = "";

    @Override
    public Integer call() {
        return print(options.client().send("DELETE", "/v1/engine/task/" + Query.encode(id), null));
    }
}
