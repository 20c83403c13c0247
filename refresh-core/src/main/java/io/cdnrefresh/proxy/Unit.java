// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.KeyForms;
import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing to ask every cache for: a target in one of the forms that its host's rule names. Immutable.
 *
 * @param index the task's target that it belongs to
 * @param kind how it is asked for
 * @param purge what is purged or preloaded; null for everything
 * @param probe what is probed; null where nothing can be
 * @param unsupported why no cache can be asked; empty = it can
 */
record Unit(
        int index,
        TaskKind kind,
        @Nullable PurgeRequest purge,
        @Nullable PurgeRequest probe,
        String unsupported) {

    /** The units of a command, in order of its targets. */
    static List<Unit> of(Command command) {
        RefreshTask task = command.task();
        List<Unit> units = new ArrayList<>(task.targets().size());
        if (task.kind() == TaskKind.ALL) {
            everything(command, units);
        }
        for (int i = 0; i < task.targets().size(); i++) {
            target(command, i, units);
        }
        return units;
    }

    /** Everything of a tenant is everything of its hosts: never another tenant's. */
    private static void everything(Command command, List<Unit> units) {
        String tenant = command.task().tenant();
        if (tenant.isEmpty()) {
            units.add(new Unit(0, TaskKind.ALL, null, null, ""));
            return;
        }
        for (HostRule rule : command.rules()) {
            if (rule.tenant().equals(tenant)) {
                PurgeRequest request = request(command, new Target("", rule.host(), ""), List.of());
                units.add(new Unit(0, TaskKind.HOST, request, request, ""));
            }
        }
        if (units.isEmpty()) {
            units.add(new Unit(0, TaskKind.ALL, null, null, "no host of the tenant came with the command"));
        }
    }

    /** The same with one more header line; itself for an empty one. */
    Unit with(String line) {
        if (line.isEmpty() || purge == null) {
            return this;
        }
        List<String> lines = new ArrayList<>(purge.headers());
        lines.add(line);
        PurgeRequest request = new PurgeRequest(purge.target(), lines, purge.trace());
        return new Unit(index, kind, request, request, "");
    }

    /** What else is fetched for its sake: another URL, without a range. */
    Unit at(Target other) {
        PurgeRequest known = java.util.Objects.requireNonNull(purge);
        List<String> lines = known.headers().stream()
                .filter(line -> !line.startsWith("Range:"))
                .toList();
        PurgeRequest request = new PurgeRequest(other, lines, known.trace());
        return new Unit(index, kind, request, request, "");
    }

    List<String> headers() {
        return purge == null ? List.of() : purge.headers();
    }

    private static void target(Command command, int index, List<Unit> units) {
        RefreshTask task = command.task();
        Target target = task.targets().get(index);
        HostRule rule = rule(command, target.host());
        boolean isUrl = task.kind() == TaskKind.URL || task.kind() == TaskKind.PRELOAD;
        if (!isUrl || rule == null) {
            add(command, index, target, List.of(), units);
            return;
        }
        String unlistable = fault(rule.keyTemplate());
        if (!unlistable.isEmpty()) {
            units.add(new Unit(index, task.kind(), null, null, "keyTemplate of " + rule.host() + ": " + unlistable));
            return;
        }
        // a preload fetches what clients ask for; the other forms are keys to be emptied
        List<Target> forms = task.kind() == TaskKind.PRELOAD ? List.of(target) : rule.forms(target);
        for (Target form : forms) {
            add(command, index, form, List.of(), units);
            for (String variant : rule.variants()) {
                add(command, index, form, List.of(variant), units);
            }
        }
    }

    private static String fault(String keyTemplate) {
        try {
            KeyForms.require(keyTemplate);
        } catch (IllegalArgumentException newer) {
            return "this version does not know it";
        }
        return KeyForms.unlistable(keyTemplate);
    }

    private static void add(Command command, int index, Target target, List<String> variant, List<Unit> units) {
        RefreshTask task = command.task();
        if (task.kind() == TaskKind.URL && task.options().query() == QueryRule.IGNORE) {
            int query = target.path().indexOf('?');
            String path = query < 0 ? target.path() : target.path().substring(0, query);
            PurgeRequest pattern =
                    request(command, new Target("", target.host(), "^" + quoted(path) + "(\\?.*)?$"), List.of());
            PurgeRequest probe = request(command, new Target(target.scheme(), target.host(), path), variant);
            units.add(new Unit(index, TaskKind.REGEX, pattern, probe, ""));
            return;
        }
        PurgeRequest request = request(command, target, variant);
        units.add(new Unit(index, task.kind(), request, request, ""));
    }

    private static PurgeRequest request(Command command, Target target, List<String> variant) {
        List<String> headers = variant;
        if (!command.task().options().headers().isEmpty()) {
            headers = new ArrayList<>(command.task().options().headers());
            headers.addAll(variant);
        }
        return new PurgeRequest(target, headers, command.task().trace());
    }

    private static @Nullable HostRule rule(Command command, String host) {
        for (HostRule rule : command.rules()) {
            if (rule.matches(host)) {
                return rule;
            }
        }
        return null;
    }

    /** The text as a pattern that matches only itself. */
    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ("\\.[]{}()*+-?^$|".indexOf(c) >= 0) {
                quoted.append('\\');
            }
            quoted.append(c);
        }
        return quoted.toString();
    }
}
