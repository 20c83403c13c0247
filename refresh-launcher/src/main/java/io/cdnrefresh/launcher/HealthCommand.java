// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;

@Command(
        name = "health",
        description = "Shows whether an engine lives, takes work, and what it is; fails when it takes none.",
        mixinStandardHelpOptions = true)
final class HealthCommand extends ClientCommand {
    @Override
    public Integer call() {
        ApiClient client = options.client();
        Map<String, Object> all = new LinkedHashMap<>();
        int code = ExitCode.DONE;
        for (String what : new String[] {"healthz", "readyz", "version"}) {
            // a 503 is the answer here, not a reason to ask again
            Answer answer = client.once("/" + what);
            all.put(what, answer.object());
            code = answer.status() == 200 ? code : ExitCode.FAILED;
        }
        if (options.json) {
            out().println(Json.write(all));
        } else {
            TaskText.print(Json.map(all), out());
        }
        out().flush();
        return code;
    }
}
