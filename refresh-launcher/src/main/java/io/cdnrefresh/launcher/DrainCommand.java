// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import picocli.CommandLine.Command;

@Command(
        name = "drain",
        description = "Makes an engine refuse new tasks, so that a balancer takes it out.",
        mixinStandardHelpOptions = true)
final class DrainCommand extends ClientCommand {
    @Override
    public Integer call() {
        return print(options.client().send("POST", "/v1/engine/drain", null));
    }
}
