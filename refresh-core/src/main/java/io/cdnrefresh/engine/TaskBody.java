// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.codec.JsonReader.Kind;
import io.cdnrefresh.model.AfterRule;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.Priority;
import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.Scope;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.Verify;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The body of a submission, field by field as sent; what fields mean to each other is {@link TaskAssembly}'s part. Not
 * thread-safe; read once.
 */
final class TaskBody {
    static final List<String> FIELDS = List.of(
            "type",
            "tenant",
            "targets",
            "hosts",
            "mode",
            "scope",
            "verify",
            "query",
            "priority",
            "spread",
            "after",
            "afterOn",
            "notBefore",
            "deadline",
            "callback",
            "labels",
            "headers",
            "variants",
            "ranges",
            "depth",
            "followHosts",
            "redirects",
            "placement",
            "rate",
            "partial",
            "dryRun",
            "confirm");

    private static final int MAX_NAMES = 1_000;
    private static final int MAX_HOSTS = 100;
    private static final int MAX_HEADERS = 16;
    private static final int MAX_CALLBACK = 2_048;
    private static final List<String> SCOPE_FIELDS = List.of("groups", "tiers", "devices", "exclude");
    private static final List<String> REGEX_FIELDS = List.of("host", "pattern");

    /** A target as sent: {@code host} only in the form with a pattern. */
    record RawTarget(int index, @Nullable String host, String text) {}

    final List<RawTarget> targets = new ArrayList<>();
    TaskKind kind = TaskKind.URL;
    int targetCount = -1;
    List<String> hosts = List.of();
    boolean hasHosts;
    boolean hasMode;
    boolean hasHeaders;
    /** The first field of those that only a preload has; empty = none. */
    String hasPreload = "";

    boolean isQueryIgnored;
    boolean isPartial;
    boolean isDryRun;

    @Nullable
    String tenant;

    @Nullable
    String confirm;

    final List<Fault> invalidTargets = new ArrayList<>(0);

    private final BodyReader body;
    private final ApiLimits limits;
    private final Instant now;
    /** Null until a field differs from the defaults: most submissions have none, and then share one object. */
    private TaskOptions.@Nullable Builder options;

    TaskBody(BodyReader body, ApiLimits limits, Instant now) {
        this.body = body;
        this.limits = limits;
        this.now = now;
    }

    List<Fault> faults() {
        return body.faults();
    }

    TaskOptions.Builder options() {
        TaskOptions.Builder known = options;
        if (known == null) {
            known = TaskOptions.DEFAULTS.toBuilder();
            options = known;
        }
        return known;
    }

    TaskOptions builtOptions() {
        return options == null ? TaskOptions.DEFAULTS : options.build();
    }

    void read() {
        body.object("", FIELDS, this::field);
    }

    private void field(String name) {
        switch (name) {
            case "type" -> kind = or(body.parsed(name, text -> TaskKind.parse(name, text)), kind);
            case "targets" ->
                targetCount = body.elements(
                        name,
                        Math.max(limits.urlTargets(), limits.broadTargets()),
                        "an array of targets",
                        this::target);
            case "hosts" -> {
                hasHosts = true;
                hosts = body.strings(
                        name, MAX_HOSTS, text -> Target.tag(text, "x").host());
            }
            case "scope" -> options().scope(scope());
            case "labels" -> options().labels(labels());
            case "headers" -> {
                hasHeaders = true;
                options().headers(body.strings(name, MAX_HEADERS, HeaderLine::require));
            }
            case "partial" -> isPartial = body.bool(name);
            case "dryRun" -> isDryRun = body.bool(name);
            case "confirm" -> confirm = body.string(name);
            case "tenant" -> tenant = body.parsed(name, text -> Device.requireName(name, text));
            default -> option(name);
        }
    }

    private void option(String name) {
        switch (name) {
            case "mode" -> {
                hasMode = true;
                options().mode(or(body.parsed(name, text -> Mode.parse(name, text)), Mode.HARD));
            }
            case "verify" -> options().verify(or(body.parsed(name, text -> Verify.parse(name, text)), Verify.ALL));
            case "query" -> {
                QueryRule rule = or(body.parsed(name, text -> QueryRule.parse(name, text)), QueryRule.EXACT);
                isQueryIgnored = rule == QueryRule.IGNORE;
                options().query(rule);
            }
            case "priority" ->
                options().priority(or(body.parsed(name, text -> Priority.parse(name, text)), Priority.NORMAL));
            case "afterOn" ->
                options().afterOn(or(body.parsed(name, text -> AfterRule.parse(name, text)), AfterRule.DONE));
            case "spread" -> options().spread(duration(name, Duration.ZERO, Duration.ZERO));
            case "deadline" ->
                options().deadline(duration(name, Duration.ofSeconds(1), TaskOptions.DEFAULTS.deadline()));
            case "after" -> {
                TaskId after = body.parsed(name, TaskId::parse);
                if (after != null) {
                    options().after(after);
                }
            }
            case "notBefore" -> notBefore(name);
            case "callback" -> {
                String callback = body.parsed(name, TaskBody::callback);
                if (callback != null) {
                    options().callback(callback);
                }
            }
            default -> {
                hasPreload = hasPreload.isEmpty() ? name : hasPreload;
                options().preload(PreloadFields.read(body, name, options().preload()));
            }
        }
    }

    /** A time that has passed means "at once", so that the deadline counts from now and not from then. */
    private void notBefore(String name) {
        Instant start = body.parsed(name, text -> TimeText.instant(text, now.plus(Duration.ofDays(366))));
        if (start != null && start.isAfter(now)) {
            options().notBefore(start);
        }
    }

    private Duration duration(String name, Duration min, Duration fallback) {
        return or(body.parsed(name, text -> TimeText.duration(text, min, TaskOptions.LONGEST)), fallback);
    }

    private static String callback(String text) {
        if (text.length() > MAX_CALLBACK) {
            throw new IllegalArgumentException("callback (expected: a URL of at most " + MAX_CALLBACK + " characters)");
        }
        return Target.url(text).wire();
    }

    private void target(int index) {
        if (body.kind() == Kind.STRING) {
            String text = or(body.string("targets"), "");
            if (isTooLong(text)) {
                invalidTargets.add(new Fault(
                        index, "targets", text, Fault.TOO_LONG, "at most " + limits.targetBytes() + " bytes"));
            } else {
                targets.add(new RawTarget(index, null, text));
            }
        } else if (body.kind() == Kind.OBJECT) {
            pattern(index);
        } else {
            invalidTargets.add(new Fault(
                    index, "targets", body.shown(), Fault.WRONG_TYPE, "a string, or an object with host and pattern"));
        }
    }

    private boolean isTooLong(String text) {
        int max = limits.targetBytes();
        return text.length() > max || text.length() * 3L > max && text.getBytes(StandardCharsets.UTF_8).length > max;
    }

    private void pattern(int index) {
        String[] parts = new String[2];
        body.object("targets[" + index + "]", REGEX_FIELDS, name -> {
            String text = body.string("targets[" + index + "]." + name);
            parts[name.equals("host") ? 0 : 1] = text == null ? "" : text;
        });
        if (parts[0] == null || parts[1] == null) {
            String missing = parts[0] == null ? "host" : "pattern";
            invalidTargets.add(new Fault(index, "targets", "", Fault.MISSING_FIELD, missing));
        } else {
            targets.add(new RawTarget(index, parts[0], parts[1]));
        }
    }

    private Scope scope() {
        if (body.kind() == Kind.STRING) {
            String word = body.string("scope");
            if (!"all".equals(word)) {
                body.fault(Fault.of(
                        "scope",
                        or(word, ""),
                        Fault.BAD_VALUE,
                        "\"all\" or an object of " + String.join(", ", SCOPE_FIELDS)));
            }
            return Scope.ALL;
        }
        Map<String, List<String>> lists = new HashMap<>();
        body.object("scope", SCOPE_FIELDS, name -> {
            String field = "scope." + name;
            lists.put(
                    name,
                    body.strings(
                            field,
                            MAX_NAMES,
                            text -> name.equals("tiers") ? Device.requireTier(text) : Device.requireName(field, text)));
        });
        return new Scope(
                lists.getOrDefault("groups", List.of()),
                lists.getOrDefault("tiers", List.of()),
                lists.getOrDefault("devices", List.of()),
                lists.getOrDefault("exclude", List.of()));
    }

    private Map<String, String> labels() {
        Map<String, String> labels = new HashMap<>();
        body.entries("labels", TaskOptions.MAX_LABELS, (name, value) -> {
            if (!Label.isKey(name) || !Label.isValue(value)) {
                body.fault(Fault.of("labels." + name, value, Fault.BAD_VALUE, Label.ALLOWED));
            } else if (labels.put(name, value) != null) {
                body.fault(Fault.of("labels." + name, value, Fault.DUPLICATE_FIELD, "each label once"));
            }
        });
        return labels;
    }

    private static <T> T or(@Nullable T value, T fallback) {
        return value == null ? fallback : value;
    }
}
