// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "tenant",
        description = "Adds, lists and removes tenants.",
        mixinStandardHelpOptions = true,
        subcommands = {TenantCommand.Add.class, TenantCommand.ListTenants.class, TenantCommand.Remove.class})
final class TenantCommand implements Callable<Integer> {
    private static final String TENANTS = "/v1/admin/tenants";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return ExitCode.USAGE;
    }

    @Command(
            name = "add",
            description = "Adds a tenant, or changes one: what is not given stays.",
            mixinStandardHelpOptions = true)
    static final class Add extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "The tenant.")
        String name = "";

        @Option(names = "--host", description = "Its hosts: host, *.host or **.host; repeatable, all of them.")
        List<String> hosts = new ArrayList<>();

        @Option(names = "--limit", paramLabel = "COUNT/WINDOW", description = "Such as 1000/s or 100000/d; repeatable.")
        List<String> limits = new ArrayList<>();

        @Override
        public Integer call() {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("name", name);
            if (!hosts.isEmpty()) {
                body.put("hosts", hosts);
            }
            if (!limits.isEmpty()) {
                body.put("limits", limits);
            }
            return print(options.client().send("POST", TENANTS, body));
        }
    }

    @Command(name = "list", description = "Lists the tenants with their hosts.", mixinStandardHelpOptions = true)
    static final class ListTenants extends ClientCommand {
        @Override
        public Integer call() {
            Answer answer = options.client().get(TENANTS);
            if (options.json) {
                return print(answer);
            }
            for (Map<String, @Nullable Object> tenant :
                    Json.rows(answer.object().get("tenants"))) {
                out().println(tenant.get("name") + "  " + tenant.get("hosts") + "  " + tenant.get("keys") + " keys");
            }
            out().flush();
            return ExitCode.DONE;
        }
    }

    @Command(name = "remove", description = "Removes a tenant without keys.", mixinStandardHelpOptions = true)
    static final class Remove extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "The tenant.")
        String name = "";

        @Override
        public Integer call() {
            return print(options.client().send("DELETE", TENANTS + "/" + Query.encode(name), null));
        }
    }
}
