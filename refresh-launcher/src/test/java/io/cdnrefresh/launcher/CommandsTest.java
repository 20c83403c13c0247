// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The commands as a whole: against the API, their document, the shells. */
class CommandsTest {
    private static final Path DOCUMENT = Path.of("../docs/cli.md");

    /** What calls a route; in brackets why nothing does. */
    private static final Map<String, String> ROUTES = new TreeMap<>(Map.ofEntries(
            Map.entry("post /v1/engine/task", "submit"),
            Map.entry("get /v1/engine/task", "list"),
            Map.entry("get /v1/engine/task/{id}", "status"),
            Map.entry("delete /v1/engine/task/{id}", "cancel"),
            Map.entry("get /v1/engine/task/{id}/wait", "wait"),
            Map.entry("get /v1/engine/task/{id}/devices", "status"),
            Map.entry("get /v1/engine/task/{id}/devices/{device}/targets", "status"),
            Map.entry("get /v1/engine/explain", "explain"),
            Map.entry("get /v1/engine/devices", "devices"),
            Map.entry("put /v1/engine/devices/{id}", "device put"),
            Map.entry("delete /v1/engine/devices/{id}", "device remove"),
            Map.entry("put /v1/engine/devices/{id}/state", "device offline"),
            Map.entry("get /v1/engine/hosts", "hosts"),
            Map.entry("put /v1/engine/hosts/{host}", "hosts put"),
            Map.entry("delete /v1/engine/hosts/{host}", "hosts remove"),
            Map.entry("get /v1/engine/pause", "pause"),
            Map.entry("post /v1/engine/pause", "pause"),
            Map.entry("post /v1/engine/resume", "resume"),
            Map.entry("get /v1/engine/quota", "quota"),
            Map.entry("get /v1/engine/stats", "stats"),
            Map.entry("get /v1/engine/events", "stats"),
            Map.entry("post /v1/engine/drain", "drain"),
            Map.entry("get /healthz", "health"),
            Map.entry("get /readyz", "health"),
            Map.entry("get /version", "health"),
            Map.entry("get /v1/engine/wait", "wait"),
            Map.entry("get /v1/engine/task/{id}/callbacks", "callbacks"),
            Map.entry("post /v1/engine/task/{id}/callbacks", "callbacks"),
            Map.entry("get /v1/engine/callbacks", "callbacks"),
            Map.entry("get /v1/admin/webhook-secrets", "webhook-secret"),
            Map.entry("post /v1/admin/webhook-secrets", "webhook-secret"),
            Map.entry("get /v1/admin/keys", "key"),
            Map.entry("post /v1/admin/keys", "key"),
            Map.entry("delete /v1/admin/keys/{id}", "key"),
            Map.entry("post /v1/admin/keys/{id}/rotate", "key"),
            Map.entry("get /v1/admin/tenants", "tenant"),
            Map.entry("post /v1/admin/tenants", "tenant"),
            Map.entry("delete /v1/admin/tenants/{name}", "tenant"),
            Map.entry("get /v1/admin/audit", "audit"),
            Map.entry("get /v1/login", "(sessions of browsers)"),
            Map.entry("post /v1/login", "(sessions of browsers)"),
            Map.entry("post /v1/logout", "(sessions of browsers)"),
            Map.entry("post /v1/engine/reload", "reload"),
            Map.entry("get /metrics", "(scraped by Prometheus)"),
            Map.entry("get /openapi.json", "(for programs that make clients)"),
            Map.entry("get /v1/proxy/engine", "(spoken by proxies)"),
            Map.entry("post /v1/proxy/poll", "(spoken by proxies)"),
            Map.entry("post /v1/proxy/report", "(spoken by proxies)")));

    @TempDir
    Path folder;

    @Test
    void commands_everyRouteOfTheApi_hasOneOrAReason() throws IOException {
        try (InputStream in = Main.class.getResourceAsStream("/io/cdnrefresh/engine/openapi.json")) {
            assertThat(in).isNotNull();
            Map<String, ?> paths = Json.map(Json.object(in.readAllBytes()).get("paths"));
            TreeSet<String> routes = new TreeSet<>();
            paths.forEach(
                    (path, methods) -> Json.map(methods).keySet().forEach(method -> routes.add(method + " " + path)));
            assertThat(ROUTES.keySet()).isEqualTo(routes);
            routes.forEach(route -> isThere(String.valueOf(ROUTES.get(route))));
        }
    }

    private static void isThere(String name) {
        if (!name.startsWith("(")) {
            CommandLine at = Main.commands();
            for (String part : name.split(" ", -1)) {
                assertThat(at.getSubcommands()).as(name).containsKey(part);
                at = requireNonNull(at.getSubcommands().get(part));
            }
        }
    }

    @Test
    void document_ofTheCommands_isTheirOwnHelp() throws IOException {
        StringBuilder text = new StringBuilder("""
            # The command line

            What `refresh help COMMAND` prints, for every command. Written by the build from the commands themselves
            (`-DargLine=-Drefresh.write-docs=true -Dtest=CommandsTest` in `refresh-launcher`).

            `--engine URL` or `REFRESH_ENGINE` says where the engine is; `--token-file`, `REFRESH_TOKEN_FILE` or
            `REFRESH_TOKEN` holds the key.
            With `--json` every command that asks an engine prints what programs read, and nothing else on standard output;
            progress and questions go to standard error. Broad tasks ask on a terminal and want `--yes` elsewhere.

            | exit code | means |
            |---|---|
            | 0 | done |
            | 1 | failed or partial |
            | 2 | wrong usage or configuration |
            | 3 | engine not reachable |
            | 4 | every serving node proven but some owed |
            | 5 | timeout |
            | 6 | refused (401, 403, 429) |

            A million URLs: `refresh submit --file URLS --resume STATE`, or `… | refresh submit - --resume STATE`. They go as
            tasks of 1,000; limits (429) are waited for. STATE notes what is accepted. After whatever end the same command goes
            on where it was: tasks that were sent and not noted are sent again under the same idempotency key and count once.
            """);
        describe("refresh", Main.commands(), text);
        if (Boolean.getBoolean("refresh.write-docs")) {
            Files.writeString(DOCUMENT, text);
        }
        assertThat(Files.readString(DOCUMENT)).isEqualTo(text.toString());
    }

    private static void describe(String name, CommandLine command, StringBuilder text) {
        String usage = command.setUsageHelpWidth(100).getUsageMessage(CommandLine.Help.Ansi.OFF);
        text.append("\n## ").append(name).append("\n\n```text\n");
        usage.lines().forEach(line -> text.append(line.stripTrailing()).append('\n'));
        text.append("```\n");
        List<String> done = new ArrayList<>();
        command.getSubcommands().forEach((sub, each) -> {
            if (!sub.equals("help") && !done.contains(sub)) {
                done.add(sub);
                describe(name + " " + sub, each, text);
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"statsu,status", "devcies,devices", "submit --tpye url,--type", "wait --lable a:b,--label"})
    void run_misspelt_saysWhatWasMeant(String line, String meant) {
        StringWriter err = new StringWriter();
        int code = Main.run(new PrintWriter(new StringWriter()), new PrintWriter(err, true), line.split(" ", -1));

        assertThat(code).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).containsIgnoringCase("did you mean").contains(meant);
    }

    @ParameterizedTest
    @CsvSource({"bash,bash", "zsh,zsh", "fish,fish"})
    void completion_script_isOneThatTheShellTakes(String shell, String program) throws Exception {
        StringWriter out = new StringWriter();
        assertThat(Main.run(new PrintWriter(out, true), new PrintWriter(out, true), "completion", shell))
                .isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("submit", "resume", "quorum");

        boolean isThere = java.util.stream.Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(path -> Files.isExecutable(Path.of(path, program)));
        if (isThere) {
            Path script = folder.resolve("script");
            Files.writeString(script, out.toString());
            Process check = new ProcessBuilder(program, "-n", script.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(check.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertThat(check.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(check.exitValue()).as(said).isZero();
        }
    }
}
