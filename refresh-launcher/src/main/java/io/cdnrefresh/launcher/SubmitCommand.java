// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.launcher.ApiClient.Answer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "submit", description = "Submits a task.", mixinStandardHelpOptions = true, sortOptions = false)
final class SubmitCommand extends ClientCommand {
    @Parameters(
            arity = "0..*",
            paramLabel = "URL",
            description = "What to purge or preload; - reads standard input, one a line.")
    List<String> targets = new ArrayList<>();

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description =
                    "Targets, one a line; - reads standard input. Of url and preload any number: as many tasks as it"
                            + " takes.")
    @Nullable
    String file;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "1000",
            description = "Targets of a task when a file has more (${DEFAULT-VALUE}).")
    int batch = 1000;

    @Option(
            names = "--resume",
            paramLabel = "FILE",
            description =
                    "Notes there what is accepted of a file; the same command goes on where it was ended, within 24 h.")
    @Nullable
    Path resume;

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            defaultValue = "url",
            description = "url, prefix, regex, tag, host, all or preload (${DEFAULT-VALUE}).")
    String type = "url";

    @Option(names = "--host", paramLabel = "HOST", description = "Hosts of tags and patterns; repeatable.")
    List<String> hosts = new ArrayList<>();

    @ArgGroup(validate = false, heading = "%nHow it is done:%n")
    How how = new How();

    @Option(names = "--partial", description = "Takes the valid targets when some are not.")
    boolean partial;

    @Option(names = "--dry-run", description = "Shows what would be done.")
    boolean dryRun;

    @Option(names = "--idempotency-key", paramLabel = "KEY", description = "Instead of a random one.")
    String idempotencyKey = UUID.randomUUID().toString();

    @Option(names = "--yes", description = "Does not ask before broad tasks.")
    boolean yes;

    @Option(names = "--wait", description = "Waits for the end; see the options of wait.")
    boolean wait;

    @Mixin
    WaitOptions waiting = new WaitOptions();

    /** The options of the task itself. */
    static final class How {
        @Option(names = "--mode", description = "hard or soft.")
        @Nullable
        String mode;

        @Option(names = "--verify", description = "none, sample or all.")
        @Nullable
        String verify;

        @Option(names = "--query", description = "exact or ignore.")
        @Nullable
        String query;

        @Option(names = "--priority", description = "urgent, normal or bulk.")
        @Nullable
        String priority;

        @Option(names = "--spread", paramLabel = "TIME", description = "Over how long it is spread.")
        @Nullable
        String spread;

        @Option(names = "--after", paramLabel = "ID", description = "The task to wait for.")
        @Nullable
        String after;

        @Option(names = "--not-before", paramLabel = "INSTANT", description = "When to start.")
        @Nullable
        String notBefore;

        @Option(names = "--deadline", paramLabel = "TIME", description = "When the task ends at the latest.")
        @Nullable
        String deadline;

        @Option(names = "--callback", paramLabel = "URL", description = "Where the end is posted.")
        @Nullable
        String callback;

        @Option(names = "--label", paramLabel = "K:V", description = "A mark of your own; repeatable.")
        List<String> labels = new ArrayList<>();

        @Option(names = "--header", paramLabel = "NAME: VALUE", description = "Request header of a preload.")
        List<String> headers = new ArrayList<>();

        @Option(
                names = "--preload",
                paramLabel = "NAME=VALUE",
                description = "More of a preload: depth=2, rate=50MiB, redirects=follow, placement=all; repeatable.")
        Map<String, String> preload = new LinkedHashMap<>();

        @Option(
                names = "--variant",
                paramLabel = "NAME: VALUE",
                description = "One more variant to preload; repeatable.")
        List<String> variants = new ArrayList<>();

        @Option(names = "--range", paramLabel = "FIRST-LAST", description = "Preloads this part only; repeatable.")
        List<String> ranges = new ArrayList<>();

        @Option(names = "--follow-host", paramLabel = "HOST", description = "Playlists may lead there; repeatable.")
        List<String> followHosts = new ArrayList<>();

        @Option(names = "--group", description = "Only devices of this group; repeatable.")
        List<String> groups = new ArrayList<>();

        @Option(names = "--tier", description = "Only devices of this tier; repeatable.")
        List<String> tiers = new ArrayList<>();

        @Option(names = "--device", description = "Only this device; repeatable.")
        List<String> devices = new ArrayList<>();

        @Option(names = "--exclude", paramLabel = "DEVICE", description = "Not this device; repeatable.")
        List<String> exclude = new ArrayList<>();
    }

    @Override
    public Integer call() {
        if (targets.equals(List.of("-"))) {
            targets = new ArrayList<>();
            file = "-";
        }
        if (resume != null || isNarrow() && file != null && targets.isEmpty()) {
            return many();
        }
        List<String> all = allTargets();
        if (all.isEmpty() != "all".equals(type)) {
            throw new CommandException(
                    ExitCode.USAGE, "targets: " + all.size() + " (expected: none for --type all, else at least 1)");
        }
        if (!dryRun) {
            Confirmation.ask(type, all, yes);
        }
        return Submission.send(this, options.client(), body(all), idempotencyKey, wait && !dryRun ? waiting : null);
    }

    private boolean isNarrow() {
        return !Confirmation.isBroad(type);
    }

    /** A file or standard input of any length, as many tasks; a short one is one task like any other. */
    private int many() {
        if (!isNarrow() || !targets.isEmpty() || file == null || dryRun) {
            throw new CommandException(
                    ExitCode.USAGE, "--resume: with " + type + " (expected: url or preload from a file, no dry run)");
        }
        long start = System.nanoTime();
        ApiClient client = options.client().patient();
        ResumeFile noted = resume == null
                ? null
                : ResumeFile.open(
                        resume,
                        idempotencyKey,
                        Integer.toHexString(Json.write(body(List.of())).hashCode()) + "/" + batch);
        try (BufferedReader lines = reader()) {
            ProgressLine progress = new ProgressLine(err(), Terminal.isThere() && !options.json, length());
            BulkSubmit run = new BulkSubmit(client, this::body, batch, idempotencyKey, noted, progress);
            run.run(lines);
            if (run.ids().isEmpty()) {
                throw new CommandException(ExitCode.USAGE, "targets: 0 (expected: at least 1)");
            }
            Answer only = run.only();
            if (only != null) {
                return Submission.follow(this, client, only, start, wait ? waiting : null);
            }
            return ended(client, run, start);
        } catch (IOException | UncheckedIOException e) {
            throw new CommandException(ExitCode.USAGE, "--file: " + file + " (expected: a readable file in UTF-8)");
        } finally {
            if (noted != null) {
                noted.close();
            }
        }
    }

    private int ended(ApiClient client, BulkSubmit run, long start) {
        int code = ExitCode.DONE;
        if (wait) {
            TaskWatch watch = waiting.watch(client, err());
            code = watch.awaitAll(run.ids());
        }
        long millis = Math.max(1, (System.nanoTime() - start) / 1_000_000);
        if (options.json) {
            out().println(Json.write(Map.<String, Object>of(
                    "targets", run.targets(), "tasks", run.ids().size(), "ids", run.ids())));
        } else {
            out().println((wait ? "done " : "accepted ") + run.targets() + " targets in "
                    + run.ids().size() + " tasks after " + millis + " ms");
        }
        out().flush();
        return code;
    }

    private long length() throws IOException {
        return "-".equals(file) ? 0 : Files.size(Path.of(String.valueOf(file)));
    }

    private BufferedReader reader() throws IOException {
        return "-".equals(file)
                ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                : Files.newBufferedReader(Path.of(String.valueOf(file)));
    }

    private Map<String, Object> body(List<String> all) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", type);
        if (!all.isEmpty()) {
            body.put("targets", "regex".equals(type) ? patterns(all) : all);
        }
        if ("all".equals(type)) {
            body.put("confirm", "all");
        }
        if ("tag".equals(type) && !hosts.isEmpty()) {
            body.put("hosts", hosts);
        }
        put(body, "mode", how.mode);
        put(body, "verify", how.verify);
        put(body, "query", how.query);
        put(body, "priority", how.priority);
        put(body, "spread", how.spread);
        put(body, "after", how.after);
        put(body, "notBefore", how.notBefore);
        put(body, "deadline", how.deadline);
        put(body, "callback", how.callback);
        if (!how.headers.isEmpty()) {
            body.put("headers", how.headers);
        }
        body.putAll(how.preload);
        Map.of("variants", how.variants, "ranges", how.ranges, "followHosts", how.followHosts)
                .forEach((name, values) -> {
                    if (!values.isEmpty()) {
                        body.put(name, values);
                    }
                });
        Map<String, String> labels = new LinkedHashMap<>();
        for (String label : how.labels) {
            int colon = label.indexOf(':');
            if (colon <= 0) {
                throw new CommandException(ExitCode.USAGE, "--label: " + label + " (expected: NAME:VALUE)");
            }
            labels.put(label.substring(0, colon), label.substring(colon + 1));
        }
        if (!labels.isEmpty()) {
            body.put("labels", labels);
        }
        Map<String, Object> scope = new LinkedHashMap<>();
        scope.put("groups", how.groups);
        scope.put("tiers", how.tiers);
        scope.put("devices", how.devices);
        scope.put("exclude", how.exclude);
        scope.values().removeIf(List.of()::equals);
        if (!scope.isEmpty()) {
            body.put("scope", scope);
        }
        if (partial) {
            body.put("partial", true);
        }
        if (dryRun) {
            body.put("dryRun", true);
        }
        return body;
    }

    private List<Map<String, String>> patterns(List<String> all) {
        if (hosts.isEmpty()) {
            throw new CommandException(ExitCode.USAGE, "--host: missing (expected: the host of the patterns)");
        }
        List<Map<String, String>> patterns = new ArrayList<>();
        for (String host : hosts) {
            for (String pattern : all) {
                patterns.add(Map.of("host", host, "pattern", pattern));
            }
        }
        return patterns;
    }

    private List<String> allTargets() {
        List<String> all = new ArrayList<>(targets);
        if (file != null) {
            try (BufferedReader lines = reader()) {
                lines.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(all::add);
            } catch (IOException e) {
                throw new CommandException(ExitCode.USAGE, "--file: " + file + " (expected: a readable file in UTF-8)");
            }
        }
        return all;
    }

    private static void put(Map<String, Object> body, String name, @Nullable String value) {
        if (value != null) {
            body.put(name, value);
        }
    }
}
