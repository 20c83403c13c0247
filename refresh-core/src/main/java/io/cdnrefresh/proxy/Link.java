// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.ProxyTransport;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One link and what is to be said on it. Owned by the agent; not thread-safe. */
final class Link {
    private static final Logger logger = LoggerFactory.getLogger(Link.class);

    final EngineLink name;
    final EpochCursor cursor;
    final Parking parking = new Parking();
    private final ProxyTransport transport;
    private final AgentSettings settings;
    private final AgentCounters counters;
    private final ArrayDeque<Asker> outgoing = new ArrayDeque<>();
    private final ArrayDeque<Sent> unacknowledged = new ArrayDeque<>();
    private final Set<Asker> askers = new LinkedHashSet<>();
    private long lastBatch;
    private int sentReports;
    private long oldestNanos;
    private boolean isUp = true;

    Link(
            EngineLink name,
            EpochCursor cursor,
            ProxyTransport transport,
            AgentSettings settings,
            AgentCounters counters) {
        this.name = name;
        this.cursor = cursor;
        this.transport = transport;
        this.settings = settings;
        this.counters = counters;
    }

    /** The link wants to know what becomes of an entry under a sequence of its own. */
    void ask(Entry entry, long sequence, Command.Name name, long nowNanos) {
        Asker asker = null;
        for (Asker known : entry.askers) {
            if (known.link == this && known.sequence == sequence) {
                asker = known;
                asker.isInterimSent = false;
            }
        }
        cursor.tie(sequence);
        if (asker == null) {
            asker = new Asker(entry, this, sequence, name);
            entry.askers.add(asker);
            askers.add(asker);
        } else if (sentReports > settings.windowEntries()) {
            return; // it has more copies of its answers under way than there are answers
        }
        if (entry.result() != null || entry.interim() != null) {
            queue(asker, nowNanos);
        }
    }

    /** There is something new to say to an asker. */
    void queue(Asker asker, long nowNanos) {
        if (!asker.isQueued && isUp) {
            asker.isQueued = true;
            if (outgoing.isEmpty()) {
                oldestNanos = nowNanos;
            }
            outgoing.add(asker);
        }
    }

    boolean hasOutgoing() {
        return !outgoing.isEmpty();
    }

    /** Sends what is due: whole batches, what has waited long enough, everything if there is nothing to wait for. */
    int flush(long nowNanos, boolean isAll) {
        int sent = 0;
        while (!outgoing.isEmpty()
                && (isAll
                        || outgoing.size() >= settings.reportBatch()
                        || nowNanos - oldestNanos >= settings.reportDelayNanos())) {
            int batch = sendBatch();
            if (batch < 0) {
                break;
            }
            sent += batch;
        }
        return sent;
    }

    private int sendBatch() {
        List<Asker> taken = new ArrayList<>();
        List<Report> reports = new ArrayList<>();
        List<Asker> finals = new ArrayList<>();
        while (reports.size() < settings.reportBatch() && !outgoing.isEmpty()) {
            Asker asker = outgoing.remove();
            taken.add(asker);
            Report report = report(asker);
            if (report != null) {
                reports.add(report);
                if (report.isFinal()) {
                    finals.add(asker);
                }
            }
        }
        if (!reports.isEmpty() && !transport(reports)) {
            for (int i = taken.size() - 1; i >= 0; i--) {
                outgoing.addFirst(taken.get(i));
            }
            return -1;
        }
        for (Asker asker : taken) {
            asker.isQueued = false;
            asker.isInterimSent = true;
        }
        if (!reports.isEmpty()) {
            lastBatch++;
            unacknowledged.add(new Sent(lastBatch, finals));
            sentReports += finals.size();
            counters.reportsSent.addAndGet(reports.size());
        }
        return reports.size();
    }

    private boolean transport(List<Report> reports) {
        try {
            return transport.report(name, lastBatch + 1, reports);
        } catch (RuntimeException fault) {
            logger.warn("reports not sent engine={} address={}", name.engine(), name.address(), fault);
            return false;
        }
    }

    private static @Nullable Report report(Asker asker) {
        Entry entry = asker.entry;
        RunResult result = entry.result();
        boolean isFinal = result != null;
        if (result == null) {
            result = entry.interim();
        }
        if (result == null || !isFinal && asker.isInterimSent || !asker.link.askers.contains(asker)) {
            return null;
        }
        return new Report(
                asker.name.id(),
                asker.name.step(),
                asker.sequence,
                isFinal,
                result.outcome(),
                result.exceptions(),
                result.at());
    }

    /** The engine has everything up to this batch; gives the entries that were finally answered by it. */
    List<Entry> acknowledged(long batch) {
        List<Entry> answered = new ArrayList<>();
        while (!unacknowledged.isEmpty() && unacknowledged.element().batch <= batch) {
            Sent sent = unacknowledged.remove();
            sentReports -= sent.finals.size();
            for (Asker asker : sent.finals) {
                if (askers.remove(asker)) {
                    cursor.close(asker.sequence);
                    asker.entry.askers.remove(asker);
                    asker.entry.isAcknowledged = true;
                    answered.add(asker.entry);
                }
            }
        }
        return answered;
    }

    /** The link is gone; gives the entries it had asked for. */
    List<Entry> lost() {
        isUp = false;
        List<Entry> orphans = new ArrayList<>();
        for (Asker asker : askers) {
            asker.entry.askers.remove(asker);
            cursor.loosen(asker.sequence, asker.entry);
            orphans.add(asker.entry);
        }
        askers.clear();
        outgoing.clear();
        unacknowledged.clear();
        return orphans;
    }

    /** How many final reports are made and not acknowledged. */
    int unacknowledged() {
        int count = 0;
        for (Asker asker : askers) {
            count += asker.entry.result() == null ? 0 : 1;
        }
        return count;
    }

    private record Sent(long batch, List<Asker> finals) {}
}
