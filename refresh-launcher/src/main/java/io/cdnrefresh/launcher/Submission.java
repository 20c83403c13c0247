// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Hands a task in and, if that is wanted, waits for its end. */
final class Submission {
    private Submission() {}

    /** The exit code says how it went; {@code waiting} null = nobody waits. */
    static int send(
            ClientCommand command,
            ApiClient client,
            Map<String, Object> body,
            String key,
            @Nullable WaitOptions waiting) {
        long start = System.nanoTime();
        Answer answer = client.post("/v1/engine/task", body, key);
        if (answer.status() == 409) {
            throw new CommandException(ExitCode.FAILED, "409 " + ApiClient.detail(answer));
        }
        return follow(command, client, answer, start, waiting);
    }

    /** The same for a task that is in. */
    static int follow(
            ClientCommand command, ApiClient client, Answer answer, long start, @Nullable WaitOptions waiting) {
        if (waiting == null) {
            return command.print(answer);
        }
        Map<String, @Nullable Object> accepted = answer.object();
        String id = String.valueOf(accepted.get("id"));
        if (!command.options.json) {
            command.out().println("accepted " + id + " (" + accepted.get("targets") + " targets)");
            command.out().flush();
        }
        int code = waiting.watch(client, command.err()).await(id);
        Answer end = client.get("/v1/engine/task/" + id);
        if (command.options.json) {
            command.out().println(end.text());
        } else {
            Map<String, @Nullable Object> task = end.object();
            command.out()
                    .println(task.get("state") + " " + id + " " + Json.write(task.get("counts")) + " after "
                            + (System.nanoTime() - start) / 1_000_000 + " ms");
        }
        command.out().flush();
        return code;
    }
}
