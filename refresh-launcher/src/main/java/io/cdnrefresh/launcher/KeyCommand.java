// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.model.Rights;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.AuditRecord;
import io.cdnrefresh.spi.KeyText;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.SigningSecret;
import io.cdnrefresh.spi.TaskStore;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "key",
        description = "Makes, lists, renews and ends keys of the API.",
        mixinStandardHelpOptions = true,
        subcommands = {KeyCommand.Add.class, KeyCommand.ListKeys.class, KeyCommand.Rotate.class, KeyCommand.Revoke.class
        })
final class KeyCommand implements Callable<Integer> {
    private static final String KEYS = "/v1/admin/keys";

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
            description = "Makes a key and prints it once. With --config it goes straight into the store that the file"
                    + " names: that is how the first key is made.",
            mixinStandardHelpOptions = true)
    static final class Add extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "For people and the audit.")
        String name = "";

        @Option(names = "--admin", description = "A key that may do everything but purge the whole platform.")
        boolean admin;

        @Option(names = "--network-wide", description = "With --admin: may purge the whole platform, too.")
        boolean networkWide;

        @Option(names = "--tenant", description = "Whose key it is.")
        @Nullable
        String tenant;

        @Option(names = "--host", description = "Only for this host, *.host or **.host; repeatable.")
        List<String> hosts = new ArrayList<>();

        @Option(names = "--kind", description = "Only this type of task; repeatable. Default: all but regex and all.")
        List<String> kinds = new ArrayList<>();

        @Option(names = "--group", description = "Only to this group of devices; repeatable.")
        List<String> groups = new ArrayList<>();

        @Option(names = "--limit", paramLabel = "COUNT/WINDOW", description = "Such as 1000/s or 100000/d; repeatable.")
        List<String> limits = new ArrayList<>();

        @Option(names = "--expires", paramLabel = "INSTANT", description = "From when on it is refused.")
        @Nullable
        String expires;

        @Option(names = "--config", paramLabel = "FILE", description = "Write into the store of this configuration.")
        @Nullable
        Path config;

        @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Overrides one key of it; repeatable.")
        List<String> overrides = new ArrayList<>();

        @Override
        public Integer call() {
            if (config != null || !overrides.isEmpty()) {
                return offline();
            }
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("name", name);
            if (admin) {
                body.put("admin", true);
            }
            if (networkWide) {
                body.put("networkWide", true);
            }
            if (tenant != null) {
                body.put("tenant", tenant);
            }
            put(body, "hosts", hosts);
            put(body, "kinds", kinds);
            put(body, "groups", groups);
            put(body, "limits", limits);
            if (expires != null) {
                body.put("expiresAt", expires);
            }
            return made(options.client().send("POST", KEYS, body));
        }

        private int made(Answer answer) {
            if (options.json || answer.status() == 409) {
                return print(answer);
            }
            show(answer.object());
            return ExitCode.DONE;
        }

        private void show(Map<String, @Nullable Object> key) {
            err().println("key " + key.get("id") + " " + key.get("name") + "; its text is shown this once");
            err().flush();
            out().println(key.get("key"));
            if (key.get("signingSecret") != null) {
                out().println("signing secret: " + key.get("signingSecret"));
            }
            out().flush();
        }

        private int offline() {
            boolean isPlain = tenant == null
                    && hosts.isEmpty()
                    && kinds.isEmpty()
                    && groups.isEmpty()
                    && limits.isEmpty()
                    && expires == null;
            if (!admin || !isPlain) {
                throw new CommandException(
                        ExitCode.USAGE,
                        "--config (expected: with --admin and --network-wide only; other keys are made"
                                + " through an engine)");
            }
            Config settings = ConfigLoader.load(config, System.getenv(), overrides, List.of());
            String id = KeyText.newId();
            String text = KeyText.newText(id);
            Rights rights = new Rights(List.of(), Set.of(TaskKind.values()), networkWide, List.of(), List.of());
            Instant now = Instant.now();
            ApiKey key = new ApiKey(id, name, "", rights, KeyText.hash(text), "", null, now, null);
            keep(settings, key, now);
            Map<String, @Nullable Object> shown = new LinkedHashMap<>();
            shown.put("id", id);
            shown.put("name", name);
            shown.put("key", text);
            String master = settings.text("auth.signing-secret");
            if (!master.isEmpty()) {
                shown.put("signingSecret", SigningSecret.of(master, id));
            }
            if (options.json) {
                out().println(Json.write(shown));
                out().flush();
            } else {
                show(shown);
            }
            return ExitCode.DONE;
        }

        private static void keep(Config settings, ApiKey key, Instant now) {
            Path folder = Path.of(settings.text("engine.data")).toAbsolutePath().normalize();
            if (settings.text("store.url").isEmpty()
                    && !folder.toFile().isDirectory()
                    && !folder.toFile().mkdirs()) {
                throw new CommandException(
                        ExitCode.USAGE, "engine.data: " + folder + " (expected: a folder that can be written)");
            }
            Logging.start(ConfigLoader.load(null, Map.of(), List.of("log.level=warn", "log.traces=false"), List.of()));
            try (TaskStore store = KeyStore.open(settings, folder.resolve("refresh.db"))) {
                if (!(store instanceof RegistryStore registry) || "memory".equals(settings.text("engine.durability"))) {
                    throw new CommandException(
                            ExitCode.USAGE, "engine.durability: memory (expected: store, to keep a key)");
                }
                registry.apply(List.of(new RegistryChange.KeyPut(key)));
                registry.audit(
                        List.of(new AuditRecord(now, "local", "", "key.add", key.id(), key.name() + " offline")));
            }
        }

        private static void put(Map<String, Object> body, String field, List<String> values) {
            if (!values.isEmpty()) {
                body.put(field, values);
            }
        }
    }

    @Command(name = "list", description = "Lists the keys, without their text.", mixinStandardHelpOptions = true)
    static final class ListKeys extends ClientCommand {
        @Option(names = "--tenant", description = "Only keys of this tenant.")
        @Nullable
        String tenant;

        @Override
        public Integer call() {
            Answer answer = options.client().get(KEYS + new Query().with("tenant", tenant));
            if (options.json) {
                return print(answer);
            }
            for (Map<String, @Nullable Object> key : Json.rows(answer.object().get("keys"))) {
                String whose = Boolean.TRUE.equals(key.get("admin")) ? "admin" : String.valueOf(key.get("tenant"));
                String end = key.get("expiresAt") == null ? "" : "  until " + key.get("expiresAt");
                out().println(key.get("id") + "  " + key.get("name") + "  " + whose + "  " + key.get("kinds") + end);
            }
            out().flush();
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "rotate",
            description = "Gives a key a new text and prints it once.",
            mixinStandardHelpOptions = true)
    static final class Rotate extends ClientCommand {
        @Parameters(paramLabel = "ID", description = "The key.")
        String id = "";

        @Option(names = "--grace", paramLabel = "TIME", description = "How long the old text counts, too; default: 0s.")
        @Nullable
        String grace;

        @Override
        public Integer call() {
            Answer answer = options.client()
                    .send(
                            "POST",
                            KEYS + "/" + Query.encode(id) + "/rotate",
                            grace == null ? null : Map.of("grace", grace));
            if (options.json || answer.status() == 409) {
                return print(answer);
            }
            out().println(answer.object().get("key"));
            out().flush();
            return ExitCode.DONE;
        }
    }

    @Command(
            name = "revoke",
            description = "Ends a key on all engines, within seconds.",
            mixinStandardHelpOptions = true)
    static final class Revoke extends ClientCommand {
        @Parameters(paramLabel = "ID", description = "The key.")
        String id = "";

        @Override
        public Integer call() {
            return print(options.client().send("DELETE", KEYS + "/" + Query.encode(id), null));
        }
    }
}
