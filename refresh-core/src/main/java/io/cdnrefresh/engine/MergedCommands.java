// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Report;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Which submitters stand behind one command, so that each gets the reports. Thread-safe. */
final class MergedCommands {
    /** By name: several when a step was pushed again, as after a parent that came late. */
    private final Map<Command.Name, List<FeedEntry>> entries = new ConcurrentHashMap<>();

    private volatile long merged;

    /** Before the entry is sent for the first time. */
    void add(FeedEntry entry) {
        if (entry.pushes().length > 1) {
            entries.merge(
                    new Command.Name(entry.command().id(), entry.command().step()),
                    List.of(entry),
                    (old, added) -> Stream.concat(old.stream(), added.stream()).toList());
        }
    }

    /** One report for each submitter whose command the device has reported on. */
    List<Report> expand(List<Report> reports) {
        if (entries.isEmpty()) {
            return reports;
        }
        List<Report> all = new ArrayList<>(reports.size() + 8);
        for (Report report : reports) {
            Command.Name sent = new Command.Name(report.task(), report.step());
            List<FeedEntry> sharing = entries.get(sent);
            if (sharing == null) {
                all.add(report);
                continue;
            }
            for (Command.Name name : submitters(sharing)) {
                all.add(report.of(name.id(), name.step()));
            }
        }
        return all;
    }

    private static Set<Command.Name> submitters(List<FeedEntry> sharing) {
        Set<Command.Name> names = new LinkedHashSet<>();
        for (FeedEntry entry : sharing) {
            for (Push push : entry.pushes()) {
                names.add(new Command.Name(push.command.id(), push.command.step()));
            }
        }
        return names;
    }

    /** Lets go of what nobody wants. */
    void trim() {
        for (Command.Name name : entries.keySet()) {
            entries.computeIfPresent(name, (same, sharing) -> {
                List<FeedEntry> open =
                        sharing.stream().filter(entry -> !entry.isClosed()).toList();
                return open.isEmpty() ? null : open;
            });
        }
    }

    void count(long now) {
        merged = now;
    }

    /** Pushes that became part of another's command since the start. */
    long merged() {
        return merged;
    }
}
