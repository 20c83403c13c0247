// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.Priority;
import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetList;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.Verify;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The refreshes that wait in the feed, by host: which of them a preload has to stand behind, and which one an equal refresh
 * may join. Confined to the feed.
 *
 * <p>A preload stands behind every refresh of its hosts, whatever the paths: it waits a little longer than it must, and
 * never passes one that covers it.
 */
final class WaitingRefreshes {
    /** The most submitters of one command: their names go with it. */
    private static final int MAX_MERGED = 255;

    private final Map<String, Host> hosts = new HashMap<>();
    /** Those that speak of more than the hosts they name. */
    private final Set<FeedEntry> wide = new LinkedHashSet<>();

    private final Map<Content, FeedEntry> mergeable = new HashMap<>();
    private long lastPreload;

    private static final class Host {
        /** In order of arrival. */
        final Set<FeedEntry> refreshes = new LinkedHashSet<>();
        /** The arrival of the last preload of this host since there are refreshes. */
        long lastPreload;
    }

    /** What equal purges have in common. The hash stands first: it is found once, and most unequal ones differ in it. */
    record Content(
            int hash,
            TaskKind kind,
            String tenant,
            List<Target> targets,
            Mode mode,
            Verify verify,
            QueryRule query,
            Priority priority,
            int step,
            DeviceSet devices,
            List<HostRule> rules) {
        static Content of(FeedEntry entry) {
            RefreshTask task = entry.command().task();
            int targets = task.targets() instanceof TargetList list
                    ? list.checksum()
                    : task.targets().hashCode();
            int hash = 31 * (31 * targets + task.kind().hashCode())
                    + entry.devices().hashCode();
            return new Content(
                    hash,
                    task.kind(),
                    task.tenant(),
                    task.targets(),
                    task.options().mode(),
                    task.options().verify(),
                    task.options().query(),
                    task.options().priority(),
                    entry.command().step(),
                    entry.devices(),
                    entry.command().rules());
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** A refresh that waits, asks for the same, and may take another submitter: no preload has come between. */
    @Nullable
    FeedEntry equalTo(FeedEntry entry) {
        RefreshTask task = entry.command().task();
        if (!task.kind().isRefresh() || entry.dueNanos != 0) {
            return null;
        }
        Content content = Content.of(entry);
        entry.content = content;
        FeedEntry equal = mergeable.get(content);
        if (equal == null || equal.isClosed() || equal.pushes().length == MAX_MERGED) {
            return null;
        }
        if (isWide(task)) {
            return lastPreload > equal.arrival ? null : equal;
        }
        for (String name : TargetList.hosts(task.targets())) {
            Host host = hosts.get(withoutPort(name));
            if (host == null || host.lastPreload > equal.arrival) {
                return null;
            }
        }
        return equal;
    }

    void arrived(FeedEntry entry) {
        RefreshTask task = entry.command().task();
        if (!task.kind().isRefresh()) {
            lastPreload = entry.arrival;
            for (String name : TargetList.hosts(task.targets())) {
                Host host = hosts.get(withoutPort(name));
                if (host != null) {
                    host.lastPreload = entry.arrival;
                }
            }
            return;
        }
        if (isWide(task)) {
            wide.add(entry);
        } else {
            for (String host : TargetList.hosts(task.targets())) {
                hosts.computeIfAbsent(withoutPort(host), name -> new Host())
                        .refreshes
                        .add(entry);
            }
        }
        if (entry.content != null) {
            mergeable.put(entry.content, entry);
        }
    }

    void left(FeedEntry entry) {
        RefreshTask task = entry.command().task();
        if (!task.kind().isRefresh()) {
            return;
        }
        unmergeable(entry);
        wide.remove(entry);
        for (String named : TargetList.hosts(task.targets())) {
            String name = withoutPort(named);
            Host host = hosts.get(name);
            if (host != null && host.refreshes.remove(entry) && host.refreshes.isEmpty()) {
                hosts.remove(name);
            }
        }
    }

    void unmergeable(FeedEntry entry) {
        if (entry.content != null) {
            mergeable.remove(entry.content, entry);
            entry.content = null;
        }
    }

    /** A waiting refresh that a preload has to stand behind; null for a refresh, or if there is none. */
    @Nullable
    FeedEntry before(FeedEntry entry) {
        RefreshTask task = entry.command().task();
        if (task.kind().isRefresh()) {
            return null;
        }
        for (String named : TargetList.hosts(task.targets())) {
            String name = withoutPort(named);
            Host host = hosts.get(name);
            FeedEntry first = host == null ? null : firstBefore(host.refreshes, entry);
            if (first != null) {
                return first;
            }
            for (FeedEntry refresh : wide) {
                if (refresh.arrival < entry.arrival && covers(refresh.command().task(), task.tenant(), name)) {
                    return refresh;
                }
            }
        }
        return null;
    }

    private static @Nullable FeedEntry firstBefore(Collection<FeedEntry> refreshes, FeedEntry entry) {
        FeedEntry first = refreshes.isEmpty() ? null : refreshes.iterator().next();
        return first != null && first.arrival < entry.arrival ? first : null;
    }

    private static boolean covers(RefreshTask refresh, String tenant, String host) {
        if (refresh.kind() == TaskKind.ALL) {
            return refresh.tenant().isEmpty()
                    || tenant.isEmpty()
                    || refresh.tenant().equals(tenant);
        }
        for (String named : TargetList.hosts(refresh.targets())) {
            if (Target.hostMatches(withoutPort(named), host)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a refresh speaks of hosts that it does not name. */
    static boolean isWide(RefreshTask refresh) {
        if (refresh.kind() == TaskKind.ALL) {
            return true;
        }
        if (refresh.kind() == TaskKind.HOST) {
            for (String host : TargetList.hosts(refresh.targets())) {
                if (host.startsWith("*")) {
                    return true;
                }
            }
        }
        return false;
    }

    static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon < 0 || host.endsWith("]") ? host : host.substring(0, colon);
    }
}
