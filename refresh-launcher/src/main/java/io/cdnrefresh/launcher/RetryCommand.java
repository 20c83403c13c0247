// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "retry",
        description = "Submits what a task asked once more, as a task of its own.",
        mixinStandardHelpOptions = true)
final class RetryCommand extends ClientCommand {
    private static final List<String> DONE = List.of("VERIFIED", "PURGED", "ABSENT", "MARKED", "PRELOADED");

    @Parameters(paramLabel = "ID", description = "The task.")
    String id = "";

    @Option(names = "--failed", description = "Only on the devices that have not done it.")
    boolean failed;

    @Option(names = "--yes", description = "Does not ask before broad tasks.")
    boolean yes;

    @Option(names = "--wait", description = "Waits for the end; see the options of wait.")
    boolean wait;

    @Mixin
    WaitOptions waiting = new WaitOptions();

    @Override
    public Integer call() {
        ApiClient client = options.client();
        String path = "/v1/engine/task/" + Query.encode(id);
        Map<String, @Nullable Object> before =
                Json.map(client.get(path).object().get("task"));
        Map<String, Object> body = new LinkedHashMap<>();
        before.forEach((name, value) -> {
            if (value != null) {
                body.put(name, value);
            }
        });
        // they were of that time
        List.of("after", "afterOn", "notBefore").forEach(body::remove);
        if (failed) {
            List<String> devices = undone(client, path);
            if (devices.isEmpty()) {
                out().println(options.json ? "{}" : "every device has done it");
                out().flush();
                return ExitCode.DONE;
            }
            body.put("scope", Map.of("devices", devices));
        }
        Confirmation.ask(String.valueOf(body.get("type")), List.of("task " + id), yes);
        return Submission.send(this, client, body, java.util.UUID.randomUUID().toString(), wait ? waiting : null);
    }

    private static List<String> undone(ApiClient client, String path) {
        List<String> devices = new ArrayList<>();
        Object cursor = null;
        do {
            Map<String, @Nullable Object> page = client.get(
                            path + "/devices" + new Query().with("limit", 1000).with("cursor", cursor))
                    .object();
            for (Map<String, @Nullable Object> row : Json.rows(page.get("devices"))) {
                boolean isWell = Json.rows(row.get("results")).stream()
                        .allMatch(result -> DONE.contains(String.valueOf(result.get("outcome"))));
                if (!isWell || !DONE.contains(String.valueOf(row.get("outcome")))) {
                    devices.add(String.valueOf(row.get("device")));
                }
            }
            cursor = page.get("next");
        } while (cursor != null);
        return devices;
    }
}
