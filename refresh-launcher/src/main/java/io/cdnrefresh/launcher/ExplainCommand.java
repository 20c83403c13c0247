// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "explain",
        description = "Shows every task that covered a URL, and where it was applied.",
        mixinStandardHelpOptions = true)
final class ExplainCommand extends ClientCommand {
    @Parameters(paramLabel = "URL", description = "The URL.")
    String url = "";

    @Override
    public Integer call() {
        return print(options.client().get("/v1/engine/explain" + new Query().with("url", url)));
    }
}
