// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import io.cdnrefresh.codec.CommandRun;
import io.cdnrefresh.codec.JsonWriter;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.Placement;
import io.cdnrefresh.model.PreloadOptions;
import io.cdnrefresh.model.Priority;
import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.RedirectRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.Verify;
import io.cdnrefresh.spi.UnreadCommand;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A command as JSON (docs/protocol.md): all that a device needs of it. What only the engine needs of a task (scope,
 * spread, labels, callback …) is left out. Stateless.
 */
final class CommandJson {
    private static final int MAX_TARGETS = 100_000;
    private static final int MAX_NAMES = 10_000;

    private CommandJson() {}

    /** One object, without a comma before it. */
    static byte[] write(long sequence, Command command) {
        RefreshTask task = command.task();
        JsonWriter json = new JsonWriter(256 + 64 * task.targets().size()).beginObject();
        json.field("sequence").value(sequence);
        json.field("id").value(command.id().toString());
        json.field("step").value(command.step());
        json.field("deadline").value(command.deadline().toString());
        json.field("type").value(task.kind().wireName());
        json.field("targets").beginArray();
        task.targets().forEach(target -> writeTarget(json, task.kind(), target));
        json.endArray();
        TaskOptions options = task.options();
        json.field("mode").value(options.mode().wireName());
        json.field("verify").value(options.verify().wireName());
        json.field("query").value(options.query().wireName());
        json.field("priority").value(options.priority().wireName());
        texts(json, "headers", options.headers());
        writePreload(json, options.preload());
        text(json, "tenant", task.tenant());
        text(json, "traceparent", task.trace());
        if (!command.rules().isEmpty()) {
            json.field("rules").beginArray();
            command.rules().forEach(rule -> writeRule(json, rule));
            json.endArray();
        }
        if (!command.also().isEmpty()) {
            json.field("also").beginArray();
            for (Command.Name name : command.also()) {
                json.beginObject().field("id").value(name.id().toString());
                json.field("step").value(name.step()).endObject();
            }
            json.endArray();
        }
        return json.endObject().toArray();
    }

    private static void writePreload(JsonWriter json, PreloadOptions preload) {
        if (preload.equals(PreloadOptions.DEFAULTS)) {
            return;
        }
        json.field("preload").beginObject();
        texts(json, "variants", preload.variants());
        texts(json, "ranges", preload.ranges());
        json.field("depth").value(preload.depth());
        texts(json, "hosts", preload.hosts());
        json.field("redirects").value(preload.redirects().wireName());
        json.field("placement").value(preload.placement().wireName());
        json.field("rate").value(preload.rate());
        json.endObject();
    }

    private static void writeTarget(JsonWriter json, TaskKind kind, Target target) {
        if (kind == TaskKind.REGEX || kind == TaskKind.TAG) {
            json.beginObject().field("host").value(target.host());
            json.field(kind == TaskKind.TAG ? "tag" : "pattern")
                    .value(target.path())
                    .endObject();
        } else {
            json.value(target.wire());
        }
    }

    private static void writeRule(JsonWriter json, HostRule rule) {
        json.beginObject().field("host").value(rule.host());
        text(json, "tenant", rule.tenant());
        texts(json, "groups", rule.groups());
        text(json, "keyTemplate", rule.keyTemplate());
        texts(json, "variants", rule.variants());
        texts(json, "schemes", rule.schemes());
        json.endObject();
    }

    private static void text(JsonWriter json, String name, String value) {
        if (!value.isEmpty()) {
            json.field(name).value(value);
        }
    }

    private static void texts(JsonWriter json, String name, List<String> values) {
        if (!values.isEmpty()) {
            json.field(name).beginArray();
            values.forEach(json::value);
            json.endArray();
        }
    }

    /**
     * Reads a command and gives it to one of two.
     *
     * @param read takes its sequence and the command
     * @param unread takes one of a kind or form that is not known here
     * @throws IllegalArgumentException if it has no id, step or sequence
     */
    static void read(JsonIn in, BiConsumer<Long, Command> read, java.util.function.Consumer<CommandRun.Unread> unread) {
        Fields fields = new Fields();
        in.object("command", name -> fields.read(in, name));
        TaskId id = fields.id;
        if (id == null || fields.sequence < 0) {
            throw new IllegalArgumentException("command: without id or sequence (expected: both)");
        }
        Command command;
        try {
            command = fields.command(id);
        } catch (IllegalArgumentException newer) {
            String reason = "this proxy cannot read the command: " + newer.getMessage();
            unread.accept(new CommandRun.Unread(fields.sequence, new UnreadCommand(id, fields.step, reason)));
            return;
        }
        read.accept(fields.sequence, command);
    }

    /** What has been read of a command so far. */
    private static final class Fields {
        private @Nullable TaskId id;
        private long sequence = -1;
        private int step;
        /** Long over, but no withdrawal. */
        private Instant deadline = Instant.EPOCH.plusSeconds(1);

        private String type = "";
        private final List<List<String>> targets = new ArrayList<>();
        private String mode = "hard";
        private String verify = "all";
        private String query = "exact";
        private String priority = "normal";
        private List<String> headers = List.of();
        private PreloadOptions preload = PreloadOptions.DEFAULTS;
        private String faultOfPreload = "";
        private String tenant = "";
        private String trace = "";
        private final List<HostRule> rules = new ArrayList<>();
        private final List<Command.Name> also = new ArrayList<>();

        void read(JsonIn in, String name) {
            switch (name) {
                case "id" -> id = TaskId.parse(in.text(name));
                case "sequence" -> sequence = in.number(name, 0, Long.MAX_VALUE);
                case "step" -> step = (int) in.number(name, 0, 255);
                case "deadline" -> deadline = in.time(name);
                case "type" -> type = in.text(name);
                case "targets" -> in.array(name, MAX_TARGETS, () -> targets.add(readTarget(in)));
                case "mode" -> mode = in.text(name);
                case "verify" -> verify = in.text(name);
                case "query" -> query = in.text(name);
                case "priority" -> priority = in.text(name);
                case "headers" -> headers = in.texts(name, MAX_NAMES);
                case "preload" -> in.object(name, part -> readPreload(in, part));
                case "tenant" -> tenant = in.text(name);
                case "traceparent" -> trace = in.text(name);
                case "rules" -> in.array(name, MAX_TARGETS, () -> rules.add(readRule(in)));
                case "also" -> in.array(name, 255, () -> also.add(readName(in)));
                default -> in.skip();
            }
        }

        /** A word that is not known makes the command unreadable, not the whole answer. */
        private void readPreload(JsonIn in, String name) {
            try {
                switch (name) {
                    case "variants" -> preload = preload.withVariants(in.texts(name, MAX_NAMES));
                    case "ranges" -> preload = preload.withRanges(in.texts(name, MAX_NAMES));
                    case "depth" -> preload = preload.withDepth((int) in.number(name, 0, PreloadOptions.MAX_DEPTH));
                    case "hosts" -> preload = preload.withHosts(in.texts(name, MAX_NAMES));
                    case "redirects" -> preload = preload.withRedirects(RedirectRule.parse(name, in.text(name)));
                    case "placement" -> preload = preload.withPlacement(Placement.parse(name, in.text(name)));
                    case "rate" -> preload = preload.withRate(in.number(name, 0, Long.MAX_VALUE));
                    default -> in.skip();
                }
            } catch (IllegalArgumentException newer) {
                faultOfPreload = String.valueOf(newer.getMessage());
            }
        }

        Command command(TaskId known) {
            if (!faultOfPreload.isEmpty()) {
                throw new IllegalArgumentException(faultOfPreload);
            }
            TaskKind kind = TaskKind.parse("type", type);
            TaskOptions options = TaskOptions.DEFAULTS.toBuilder()
                    .mode(Mode.parse("mode", mode))
                    .verify(Verify.parse("verify", verify))
                    .query(QueryRule.parse("query", query))
                    .priority(Priority.parse("priority", priority))
                    .headers(headers)
                    .preload(preload)
                    .build();
            List<Target> read = new ArrayList<>(targets.size());
            targets.forEach(parts -> read.add(target(kind, parts)));
            return new Command(known, step, new RefreshTask(kind, read, options, tenant, trace), deadline, rules, also);
        }
    }

    /** A text, or a host and what belongs to it. */
    private static List<String> readTarget(JsonIn in) {
        if (in.isText()) {
            return List.of(in.text("target"));
        }
        String[] parts = {"", ""};
        in.object("target", name -> {
            switch (name) {
                case "host" -> parts[0] = in.text(name);
                case "tag", "pattern" -> parts[1] = in.text(name);
                default -> in.skip();
            }
        });
        return List.of(parts);
    }

    private static Target target(TaskKind kind, List<String> parts) {
        boolean isPair = kind == TaskKind.REGEX || kind == TaskKind.TAG;
        if (isPair != (parts.size() == 2)) {
            throw new IllegalArgumentException("target: another form (expected: as its type has it)");
        }
        String text = parts.get(0);
        if (isPair) {
            return new Target("", text, parts.get(1));
        }
        int authority = text.indexOf("://");
        String scheme = authority < 0 ? "" : text.substring(0, authority);
        if (!scheme.isEmpty() && !scheme.equals("http") && !scheme.equals("https")) {
            throw new IllegalArgumentException("target: another scheme (expected: http | https)");
        }
        int host = authority < 0 ? 0 : authority + 3;
        int path = text.indexOf('/', host);
        return path < 0
                ? new Target(scheme, text.substring(host), "")
                : new Target(scheme, text.substring(host, path), text.substring(path));
    }

    private static HostRule readRule(JsonIn in) {
        String[] texts = {"", "", ""};
        List<List<String>> lists = new ArrayList<>(List.of(List.of(), List.of(), List.of()));
        in.object("rule", name -> {
            switch (name) {
                case "host" -> texts[0] = in.text(name);
                case "tenant" -> texts[1] = in.text(name);
                case "keyTemplate" -> texts[2] = in.text(name);
                case "groups" -> lists.set(0, in.texts(name, MAX_NAMES));
                case "variants" -> lists.set(1, in.texts(name, MAX_NAMES));
                case "schemes" -> lists.set(2, in.texts(name, 2));
                default -> in.skip();
            }
        });
        return new HostRule(texts[0], texts[1], lists.get(0), texts[2], lists.get(1), lists.get(2));
    }

    private static Command.Name readName(JsonIn in) {
        long[] name = {0, 0};
        in.object("also", field -> {
            switch (field) {
                case "id" -> name[0] = TaskId.parse(in.text(field)).value();
                case "step" -> name[1] = in.number(field, 0, 255);
                default -> in.skip();
            }
        });
        return new Command.Name(new TaskId(name[0]), (int) name[1]);
    }
}
