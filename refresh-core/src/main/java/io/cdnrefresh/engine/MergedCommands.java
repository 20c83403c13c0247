// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Which submitters stand behind one command, so that each gets the reports. Thread-safe. */
final class MergedCommands {
    private final Map<Command.Name, FeedEntry> entries = new ConcurrentHashMap<>();
    private volatile long merged;

    /** Before the entry is sent for the first time. */
    void add(FeedEntry entry) {
        if (entry.pushes().length > 1) {
            entries.put(new Command.Name(entry.command().id(), entry.command().step()), entry);
        }
    }

    /** One report for each submitter whose command the device has reported on. */
    List<Report> expand(List<Report> reports) {
        if (entries.isEmpty()) {
            return reports;
        }
        List<Report> all = new ArrayList<>(reports.size() + 8);
        for (Report report : reports) {
            FeedEntry entry = entries.get(new Command.Name(report.task(), report.step()));
            if (entry == null) {
                all.add(report);
                continue;
            }
            for (Push push : entry.pushes()) {
                all.add(report.of(push.command.id(), push.command.step()));
            }
        }
        return all;
    }

    /** Lets go of what nobody wants. */
    void trim() {
        entries.values().removeIf(FeedEntry::isClosed);
    }

    void count(long now) {
        merged = now;
    }

    /** Pushes that became part of another's command since the start. */
    long merged() {
        return merged;
    }
}
