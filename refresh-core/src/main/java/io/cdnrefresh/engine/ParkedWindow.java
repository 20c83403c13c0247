// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Mode;
import io.cdnrefresh.model.QueryRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.Verify;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.state.TaskCoverage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.agrona.collections.LongArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A part of what one device owes, read back and made small: equal refreshes become one, and what a younger one does
 * anyhow (a prefix or host that covers it, the hard form of a soft one) is not done by itself. Not thread-safe.
 *
 * <p>The youngest speaks for the others: whenever the device executed it, it did so after all of them were accepted.
 *
 * <p>Bounded: {@value #MOST_ENTRIES} entries of 8 bytes, {@value #MOST_TARGETS} targets with their contents.
 */
final class ParkedWindow {
    static final int MOST_ENTRIES = 200_000;
    static final int MOST_TARGETS = 20_000;

    private final Map<Content, Group> groups = new LinkedHashMap<>();
    private final Predicate<RefreshTask> hasForms;
    private int entries;
    private int targets;

    /** {@code hasForms}: whether URLs of a task have keys that differ from them, which a prefix may miss. */
    ParkedWindow(Predicate<RefreshTask> hasForms) {
        this.hasForms = hasForms;
    }

    /** What equal refreshes have in common. */
    private record Content(
            TaskKind kind, String tenant, List<Target> targets, QueryRule query, Verify verify, Mode mode) {
        static Content of(RefreshTask task) {
            return of(task, task.options().verify(), task.options().mode());
        }

        static Content of(RefreshTask task, Verify verify, Mode mode) {
            return new Content(
                    task.kind(), task.tenant(), task.targets(), task.options().query(), verify, mode);
        }
    }

    /** Equal refreshes; confined like the window. */
    static final class Group {
        private final RefreshTask task;
        private final LongArrayList others = new LongArrayList();
        private long id;

        private Group(long id, RefreshTask task) {
            this.id = id;
            this.task = task;
        }

        private void add(long other) {
            others.addLong(Math.min(id, other));
            id = Math.max(id, other);
        }

        /** The youngest is owed no more: the next one speaks for the rest. False: there is none. */
        boolean next() {
            if (others.isEmpty()) {
                return false;
            }
            int youngest = 0;
            for (int i = 1; i < others.size(); i++) {
                youngest = others.getLong(i) > others.getLong(youngest) ? i : youngest;
            }
            id = others.fastUnorderedRemove(youngest);
            return true;
        }

        RefreshTask task() {
            return task;
        }

        /** The youngest, which is sent. */
        long id() {
            return id;
        }

        int targets() {
            return Math.max(1, task.targets().size());
        }

        /** The ids of all but the youngest. */
        LongArrayList others() {
            return others;
        }
    }

    void add(TaskRow row) {
        entries++;
        Content content = Content.of(row.task());
        Group known = groups.get(content);
        if (known != null) {
            known.add(row.id().value());
        } else {
            Group group = new Group(row.id().value(), row.task());
            groups.put(content, group);
            targets += group.targets();
        }
    }

    boolean isFull() {
        return entries >= MOST_ENTRIES || targets >= MOST_TARGETS;
    }

    int entries() {
        return entries;
    }

    Collection<Group> groups() {
        return groups.values();
    }

    /** By group, which younger one does its work; groups that are not there stand for themselves. */
    Map<Group, Group> covered() {
        Map<Group, Group> covered = new HashMap<>();
        Covers covers = new Covers();
        for (Group group : groups.values()) {
            if (isBroad(group.task())) {
                covers.add(group);
            }
        }
        for (Group group : groups.values()) {
            Group by = hardForm(group);
            by = by == null && !hasForms.test(group.task()) ? covers.of(group) : by;
            if (by != null) {
                covered.put(group, by);
            }
        }
        // a cover may be covered itself: what counts is the one that is sent
        covered.replaceAll((group, by) -> {
            Group last = by;
            for (Group next = covered.get(last); next != null; next = covered.get(last)) {
                last = next;
            }
            return last;
        });
        return covered;
    }

    private @Nullable Group hardForm(Group soft) {
        if (soft.task().options().mode() != Mode.SOFT) {
            return null;
        }
        for (Verify verify : Verify.values()) {
            Group hard = groups.get(Content.of(soft.task(), verify, Mode.HARD));
            if (hard != null && hard.id() > soft.id()) {
                return hard;
            }
        }
        return null;
    }

    private static boolean isBroad(RefreshTask task) {
        boolean isKind = task.kind() == TaskKind.PREFIX || task.kind() == TaskKind.HOST;
        return isKind && task.options().mode() == Mode.HARD;
    }

    /** Hard refreshes of prefixes and hosts, by tenant and host. */
    static final class Covers {
        private final Map<String, Map<String, List<Group>>> byHost = new HashMap<>();

        void add(Group broad) {
            Map<String, List<Group>> hosts = byHost.computeIfAbsent(broad.task().tenant(), any -> new HashMap<>());
            for (Target target : broad.task().targets()) {
                List<Group> of = hosts.computeIfAbsent(target.host(), any -> new ArrayList<>());
                if (of.isEmpty() || of.get(of.size() - 1) != broad) {
                    of.add(broad);
                }
            }
        }

        /** A younger one that covers every URL of the group; null = none. */
        @Nullable
        Group of(Group urls) {
            Map<String, List<Group>> hosts = byHost.get(urls.task().tenant());
            if (hosts == null || urls.task().kind() != TaskKind.URL) {
                return null;
            }
            String first = urls.task().targets().get(0).host();
            for (String pattern : TaskCoverage.hostPatterns(first)) {
                for (Group broad : hosts.getOrDefault(pattern, List.of())) {
                    if (broad.id() > urls.id() && coversAll(broad.task(), urls.task())) {
                        return broad;
                    }
                }
            }
            return null;
        }

        private static boolean coversAll(RefreshTask broad, RefreshTask urls) {
            for (Target url : urls.targets()) {
                if (!covers(broad, url)) {
                    return false;
                }
            }
            return true;
        }

        /** By identity and byte by byte: a cache compares bytes. */
        private static boolean covers(RefreshTask broad, Target url) {
            // the bytes first: there may be thousands of prefixes for each of thousands of URLs
            return (broad.kind() == TaskKind.HOST || broad.targets().stream().anyMatch(prefix -> isBelow(prefix, url)))
                    && TaskCoverage.covers(broad, url, Set.of());
        }

        private static boolean isBelow(Target prefix, Target url) {
            return prefix.host().equals(url.host())
                    && (prefix.scheme().isEmpty() || prefix.scheme().equals(url.scheme()))
                    && url.path().startsWith(prefix.path());
        }
    }
}
