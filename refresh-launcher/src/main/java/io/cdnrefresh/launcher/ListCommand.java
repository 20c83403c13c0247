// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "list", description = "Lists tasks, newest first.", mixinStandardHelpOptions = true)
final class ListCommand extends ClientCommand {
    @Option(names = "--state", description = "Only in this state.")
    @Nullable
    String state;

    @Option(names = "--type", description = "Only of this type.")
    @Nullable
    String type;

    @Option(names = "--host", description = "Only for this host.")
    @Nullable
    String host;

    @Option(names = "--label", paramLabel = "K:V", description = "Only with this label.")
    @Nullable
    String label;

    @Option(names = "--since", paramLabel = "INSTANT", description = "Only accepted since then.")
    @Nullable
    String since;

    @Option(names = "--cursor", description = "Where to go on: next of the page before.")
    @Nullable
    String cursor;

    @Option(names = "--limit", defaultValue = "100", description = "How many at most (${DEFAULT-VALUE}).")
    int limit = 100;

    @Override
    public Integer call() {
        Query query = new Query()
                .with("state", state)
                .with("type", type)
                .with("host", host)
                .with("label", label)
                .with("since", since)
                .with("cursor", cursor)
                .with("limit", limit);
        Answer answer = options.client().get("/v1/engine/task" + query);
        if (options.json) {
            return print(answer);
        }
        Map<String, @Nullable Object> page = answer.object();
        for (Map<String, @Nullable Object> task : Json.rows(page.get("tasks"))) {
            out().println(TaskText.line(task, "id", "state", "type", "acceptedAt", "targets"));
        }
        if (page.get("next") != null) {
            out().println("more: --cursor " + page.get("next"));
        }
        out().flush();
        return ExitCode.DONE;
    }
}
