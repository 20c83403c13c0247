// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "quota",
        description = "Shows your limits and what is left of them; nothing when nothing is limited.",
        mixinStandardHelpOptions = true)
final class QuotaCommand extends ClientCommand {
    @Nullable
    @Option(names = "--host", paramLabel = "HOST", description = "The limits of this host as well.")
    String host;

    @Override
    public Integer call() {
        Answer answer = options.client().get("/v1/engine/quota" + new Query().with("host", host));
        if (options.json) {
            return print(answer);
        }
        for (Map<String, @Nullable Object> limit : Json.rows(answer.object().get("limits"))) {
            out().println(TaskText.line(limit, "of", "limit", "windowSeconds", "left", "resetSeconds"));
        }
        out().flush();
        return ExitCode.DONE;
    }
}
