// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The refreshes that are not finished or whose fence is open, by what they cover. Owned by the agent; not thread-safe.
 *
 * <p>Never says "not covered" of what is: ports, schemes and query strings are left out of the comparison, and a regex
 * or a tag covers its whole host, since neither can be decided without asking the cache.
 */
final class CoverIndex {
    private final Map<String, Host> hosts = new HashMap<>();
    private final Set<RefreshRun> wide = new LinkedHashSet<>();

    void add(RefreshRun run) {
        TaskKind kind = run.task().kind();
        if (kind == TaskKind.ALL) {
            wide.add(run);
            return;
        }
        for (Target target : run.task().targets()) {
            if (kind == TaskKind.HOST && target.host().startsWith("*")) {
                wide.add(run);
                continue;
            }
            Host host = hosts.computeIfAbsent(withoutPort(target.host()), name -> new Host());
            if (kind == TaskKind.URL) {
                host.urls
                        .computeIfAbsent(path(target), path -> new LinkedHashSet<>(2))
                        .add(run);
            } else {
                host.broad.add(run);
            }
        }
    }

    void remove(RefreshRun run) {
        wide.remove(run);
        for (Target target : run.task().targets()) {
            String name = withoutPort(target.host());
            Host host = hosts.get(name);
            if (host == null) {
                continue;
            }
            host.broad.remove(run);
            String path = path(target);
            Set<RefreshRun> runs = host.urls.get(path);
            if (runs != null && runs.remove(run) && runs.isEmpty()) {
                host.urls.remove(path);
            }
            if (host.broad.isEmpty() && host.urls.isEmpty()) {
                hosts.remove(name);
            }
        }
    }

    /** Every refresh in the index that covers a target of the preload. */
    Collection<RefreshRun> covering(RefreshTask preload) {
        Set<RefreshRun> found = new HashSet<>();
        for (Target target : preload.targets()) {
            for (RefreshRun run : wide) {
                addIfCovers(run, preload, target, found);
            }
            Host host = hosts.get(withoutPort(target.host()));
            if (host != null) {
                found.addAll(host.urls.getOrDefault(path(target), Set.of()));
                for (RefreshRun run : host.broad) {
                    addIfCovers(run, preload, target, found);
                }
            }
        }
        return found;
    }

    private static void addIfCovers(RefreshRun run, RefreshTask preload, Target object, Set<RefreshRun> found) {
        if (found.contains(run)) {
            return;
        }
        RefreshTask refresh = run.task();
        if (refresh.kind() == TaskKind.ALL) {
            if (covers(refresh, null, preload.tenant(), object)) {
                found.add(run);
            }
            return;
        }
        for (Target target : refresh.targets()) {
            if (covers(refresh, target, preload.tenant(), object)) {
                found.add(run);
                return;
            }
        }
    }

    /**
     * Whether one target of a refresh covers one object.
     *
     * @param target null for a refresh of everything
     * @param tenant whose object it is
     */
    static boolean covers(RefreshTask refresh, @Nullable Target target, String tenant, Target object) {
        if (target == null) {
            return refresh.tenant().isEmpty()
                    || tenant.isEmpty()
                    || refresh.tenant().equals(tenant);
        }
        String host = withoutPort(target.host());
        String objectHost = withoutPort(object.host());
        return switch (refresh.kind()) {
            case HOST -> Target.hostMatches(host, objectHost);
            case URL -> host.equals(objectHost) && path(target).equals(path(object));
            case PREFIX -> host.equals(objectHost) && path(object).startsWith(path(target));
            case REGEX, TAG -> host.equals(objectHost);
            case ALL -> true;
            case PRELOAD -> false;
        };
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon < 0 || host.endsWith("]") ? host : host.substring(0, colon);
    }

    /** The path in one spelling, without query. */
    private static String path(Target target) {
        int query = target.path().indexOf('?');
        String path = query < 0 ? target.path() : target.path().substring(0, query);
        return path.indexOf('%') < 0 ? path : new Target("http", "h", path).identity();
    }

    boolean isEmpty() {
        return hosts.isEmpty() && wide.isEmpty();
    }

    private static final class Host {
        private final Map<String, Set<RefreshRun>> urls = new HashMap<>();
        private final Set<RefreshRun> broad = new LinkedHashSet<>();
    }
}
