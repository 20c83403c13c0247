// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "pause",
        description = "Stops pushing what the options name; everything without options.",
        mixinStandardHelpOptions = true)
final class PauseCommand extends PauseRuleCommand {
    @Option(names = "--list", description = "Shows what is paused and changes nothing.")
    boolean list;

    @Override
    public Integer call() {
        return list ? print(options.client().get("/v1/engine/pause")) : send("/v1/engine/pause");
    }
}
