// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "hosts",
        description = "Lists which devices serve a host and how its keys look; changes that.",
        mixinStandardHelpOptions = true,
        subcommands = {HostsCommand.Put.class, HostsCommand.Remove.class})
final class HostsCommand extends ClientCommand {
    @Override
    public Integer call() {
        Answer answer = options.client().get("/v1/engine/hosts");
        if (options.json) {
            return print(answer);
        }
        for (Map<String, @Nullable Object> host : Json.rows(answer.object().get("hosts"))) {
            out().println(TaskText.line(host, "host", "tenant", "groups", "keyTemplate", "variants", "schemes"));
        }
        out().flush();
        return ExitCode.DONE;
    }

    @Command(name = "put", description = "Makes or replaces the rule of a host.", mixinStandardHelpOptions = true)
    static final class Put extends ClientCommand {
        @Parameters(paramLabel = "HOST", description = "The host, or *.HOST.")
        String host = "";

        @Option(names = "--tenant", paramLabel = "NAME", description = "Whose it is.")
        @Nullable
        String tenant;

        @Option(names = "--group", paramLabel = "NAME", description = "Which devices serve it; repeatable.")
        List<String> groups = new ArrayList<>();

        @Option(names = "--key-template", paramLabel = "TEXT", description = "How its cache keys look: docs/caches.md.")
        @Nullable
        String keyTemplate;

        @Option(
                names = "--variant",
                paramLabel = "NAME: VALUE",
                description = "A header that makes a copy of its own; repeatable.")
        List<String> variants = new ArrayList<>();

        @Option(names = "--scheme", paramLabel = "SCHEME", description = "http or https; repeatable.")
        List<String> schemes = new ArrayList<>();

        @Override
        public Integer call() {
            Map<String, Object> rule = new LinkedHashMap<>();
            rule.put("tenant", tenant == null ? "" : tenant);
            rule.put("groups", groups);
            rule.put("keyTemplate", keyTemplate == null ? "" : keyTemplate);
            rule.put("variants", variants);
            rule.put("schemes", schemes);
            rule.values().removeIf(value -> "".equals(value) || List.of().equals(value));
            return print(options.client().send("PUT", "/v1/engine/hosts/" + Query.encode(host), rule));
        }
    }

    @Command(name = "remove", description = "Removes the rule of a host.", mixinStandardHelpOptions = true)
    static final class Remove extends ClientCommand {
        @Parameters(paramLabel = "HOST", description = "The host, or *.HOST.")
        String host = "";

        @Override
        public Integer call() {
            return print(options.client().send("DELETE", "/v1/engine/hosts/" + Query.encode(host), null));
        }
    }
}
