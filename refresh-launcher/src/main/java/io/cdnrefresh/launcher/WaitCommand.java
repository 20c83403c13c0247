// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "wait",
        description = "Waits until enough devices are clean, for one task or for all of a label.",
        mixinStandardHelpOptions = true)
final class WaitCommand extends ClientCommand {
    private static final int MOST_TASKS = 100_000;

    @Parameters(arity = "0..*", paramLabel = "ID", description = "The tasks.")
    List<String> ids = new ArrayList<>();

    @Option(names = "--label", paramLabel = "K:V", description = "All tasks with this label, as they are now.")
    @Nullable
    String label;

    @Mixin
    WaitOptions waiting = new WaitOptions();

    @Override
    public Integer call() {
        if (ids.isEmpty() == (label == null)) {
            throw new CommandException(ExitCode.USAGE, "ID: " + ids + " (expected: tasks, or --label)");
        }
        ApiClient client = options.client();
        List<String> all = label == null ? ids : labelled(client, label);
        if (all.size() == 1) {
            int code = waiting.watch(client, err()).await(Query.encode(all.get(0)));
            print(client.get("/v1/engine/task/" + Query.encode(all.get(0))));
            return code;
        }
        int code = waiting.watch(client, err())
                .awaitAll(all.stream().map(Query::encode).toList());
        if (options.json) {
            out().println(Json.write(Map.<String, Object>of("tasks", all.size(), "ids", all, "exitCode", code)));
        } else {
            out().println(all.size() + " tasks, exit code " + code);
        }
        out().flush();
        return code;
    }

    private static List<String> labelled(ApiClient client, String label) {
        List<String> found = new ArrayList<>();
        Object cursor = null;
        do {
            Map<String, @Nullable Object> page = client.get("/v1/engine/task"
                            + new Query()
                                    .with("label", label)
                                    .with("limit", 1000)
                                    .with("cursor", cursor))
                    .object();
            Json.rows(page.get("tasks")).forEach(task -> found.add(String.valueOf(task.get("id"))));
            cursor = page.get("next");
        } while (cursor != null && found.size() < MOST_TASKS);
        if (found.isEmpty()) {
            throw new CommandException(ExitCode.USAGE, "--label: " + label + " (expected: a label that some task has)");
        }
        return found;
    }
}
