// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Which tasks speak of which URLs. Stateless.
 *
 * <p>A URL is covered by a URL or preload task with the same identity (or the same path, when the task ignores queries),
 * by a prefix of it, a regex that matches its path and query, any tag of its host, its host, and by everything of a
 * tenant that has the host.
 */
public final class TaskCoverage {
    private TaskCoverage() {}

    /**
     * Whether the task covers the URL.
     *
     * @param url a URL target
     * @param tenants whose host it is
     */
    public static boolean covers(RefreshTask task, Target url, Set<String> tenants) {
        if (task.kind() == TaskKind.ALL) {
            return task.tenant().isEmpty() || tenants.contains(task.tenant());
        }
        for (Target target : task.targets()) {
            if (covers(task, target, url)) {
                return true;
            }
        }
        return false;
    }

    private static boolean covers(RefreshTask task, Target target, Target url) {
        if (task.kind() == TaskKind.HOST) {
            return Target.hostMatches(target.host(), url.host());
        }
        if (!target.host().equals(url.host())) {
            return false;
        }
        return switch (task.kind()) {
            case URL, PRELOAD ->
                key(target, task.options().query())
                        .equals(key(url, task.options().query()));
            case PREFIX -> isPrefix(target, url);
            case REGEX -> matches(target.path(), url.path());
            case TAG -> true;
            case HOST, ALL -> throw new IllegalStateException(task.kind().name());
        };
    }

    /** What two spellings of a URL have in common: its identity, without the query when that is ignored. */
    public static String key(Target url, QueryRule rule) {
        String identity = url.identity();
        int query = rule == QueryRule.IGNORE ? identity.indexOf('?') : -1;
        return query < 0 ? identity : identity.substring(0, query);
    }

    /** Every host of a target that may speak of this host: itself, {@code *.} and {@code **.} above it. */
    public static List<String> hostPatterns(String host) {
        List<String> patterns = new ArrayList<>();
        patterns.add(host);
        int dot = host.indexOf('.');
        if (dot > 0) {
            patterns.add("*" + host.substring(dot));
        }
        for (; dot > 0; dot = host.indexOf('.', dot + 1)) {
            patterns.add("**" + host.substring(dot));
        }
        return patterns;
    }

    private static boolean isPrefix(Target prefix, Target url) {
        if (!prefix.scheme().isEmpty() && !prefix.scheme().equals(url.scheme())) {
            return false;
        }
        String head = new Target(url.scheme(), prefix.host(), prefix.path()).identity();
        return url.identity().startsWith(head);
    }

    private static boolean matches(String pattern, String path) {
        try {
            return Pattern.compile(pattern).matcher(path).find();
        } catch (PatternSyntaxException neverAccepted) {
            return false;
        }
    }
}
