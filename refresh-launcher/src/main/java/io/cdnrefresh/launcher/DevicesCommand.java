// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

@Command(name = "devices", description = "Lists the devices.", mixinStandardHelpOptions = true)
final class DevicesCommand extends ClientCommand {
    @Override
    public Integer call() {
        Answer answer = options.client().get("/v1/engine/devices");
        if (options.json) {
            return print(answer);
        }
        for (Map<String, @Nullable Object> device : Json.rows(answer.object().get("devices"))) {
            for (String trouble : List.of("cachesDown", "needsWipe")) {
                if ("0".equals(String.valueOf(device.get(trouble)))) {
                    device.remove(trouble); // shown when there is any
                }
            }
            out().println(TaskText.line(
                    device,
                    "id",
                    "state",
                    "group",
                    "tier",
                    "version",
                    "connected",
                    "pace",
                    "behind",
                    "parked",
                    "cachesDown",
                    "needsWipe",
                    "reason",
                    "until"));
        }
        out().flush();
        return ExitCode.DONE;
    }
}
