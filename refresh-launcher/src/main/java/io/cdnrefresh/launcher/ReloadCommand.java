// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import picocli.CommandLine.Command;

@Command(
        name = "reload",
        description = "Makes an engine read its configuration again; what cannot change at run time is named.",
        mixinStandardHelpOptions = true)
final class ReloadCommand extends ClientCommand {
    @Override
    public Integer call() {
        return print(options.client().send("POST", "/v1/engine/reload", null));
    }
}
