// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "callbacks",
        description = {
            "Shows what became of the webhooks of a task; without ID the dead letters of all tasks.",
            "With --redeliver they are posted once more."
        },
        mixinStandardHelpOptions = true)
final class CallbacksCommand extends ClientCommand {
    @Nullable
    @Parameters(index = "0", arity = "0..1", paramLabel = "ID", description = "The task.")
    String id;

    @Option(names = "--redeliver", description = "Post them once more, whatever became of them.")
    boolean redeliver;

    @Override
    public Integer call() {
        if (redeliver && id == null) {
            throw new CommandException(ExitCode.USAGE, "--redeliver (expected: the ID of a task with it)");
        }
        String path =
                id == null ? "/v1/engine/callbacks?state=dead" : "/v1/engine/task/" + Query.encode(id) + "/callbacks";
        if (redeliver) {
            return print(options.client().send("POST", path, null));
        }
        Answer answer = options.client().get(path);
        if (options.json) {
            return print(answer);
        }
        for (Map<String, @Nullable Object> row : Json.rows(answer.object().get("callbacks"))) {
            out().println(TaskText.line(row, "webhookId", "host", "state", "attempts", "next"));
            for (Map<String, @Nullable Object> attempt : Json.rows(row.get("history"))) {
                out().println("  " + TaskText.line(attempt, "at", "status", "millis", "error"));
            }
        }
        out().flush();
        return ExitCode.DONE;
    }
}
