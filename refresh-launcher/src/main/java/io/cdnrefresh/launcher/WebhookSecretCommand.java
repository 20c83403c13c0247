// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "webhook-secret",
        description = {
            "Shows which secrets sign the webhooks of a tenant, without their values.",
            "With --rotate makes a new one and shows it, this once; the older ones go on signing, too, for a while."
        },
        mixinStandardHelpOptions = true)
final class WebhookSecretCommand extends ClientCommand {
    private static final String PATH = "/v1/admin/webhook-secrets";

    @Nullable
    @Option(names = "--tenant", description = "Whose; without it the platform's.")
    String tenant;

    @Option(names = "--rotate", description = "Make a new one.")
    boolean rotate;

    @Option(names = "--keep", defaultValue = "24h", description = "How long the older ones go on signing: 0s to 720h.")
    String keep = "24h";

    @Override
    public Integer call() {
        if (rotate) {
            Map<String, Object> wanted = new LinkedHashMap<>();
            wanted.put("tenant", tenant == null ? "" : tenant);
            wanted.put("keepOld", keep);
            return print(options.client().send("POST", PATH, wanted));
        }
        Answer answer = options.client().get(PATH + new Query().with("tenant", tenant));
        if (options.json) {
            return print(answer);
        }
        for (Map<String, @Nullable Object> secret : Json.rows(answer.object().get("secrets"))) {
            out().println(TaskText.line(secret, "id", "createdAt", "endsAt"));
        }
        out().flush();
        return ExitCode.DONE;
    }
}
