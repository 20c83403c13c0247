// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import io.cdnrefresh.model.Report;
import io.cdnrefresh.state.SendWindow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends the reports and heartbeats of one link, one request at a time and so in order. Owned by the link's event loop;
 * {@link #report} comes from any thread.
 */
final class ReportSender {
    /** The largest body of reports; the API takes 1 MiB unless told otherwise. */
    private static final int REPORT_BYTES = 512 << 10;

    /** A batch on its way, or a heartbeat: number 0. */
    private record Outgoing(long number, List<Report> reports) {}

    private final EnginePoller poller;
    private final String device;
    private final String link;
    private final SendWindow window = new SendWindow();
    private final ArrayDeque<Outgoing> outgoing = new ArrayDeque<>();
    private boolean isSending;

    ReportSender(EnginePoller poller, String device, String link) {
        this.poller = poller;
        this.device = device;
        this.link = link;
    }

    /** Everything up to a number is durable; gives the caller's number of that batch, 0 if this was known. */
    long acknowledge(long number) {
        return window.acknowledge(number);
    }

    /** Sends reports in order; false if too many batches are not acknowledged. */
    boolean report(long batch, List<Report> reports) {
        List<List<Report>> parts = new ArrayList<>(1);
        split(parts, reports);
        // Numbers and the order of the event loop's tasks must agree.
        synchronized (window) {
            if (window.room() < parts.size()) {
                return false;
            }
            for (int i = 0; i < parts.size(); i++) {
                long number = window.tryOpen(i == parts.size() - 1 ? batch : batch - 1);
                Outgoing next = new Outgoing(number, parts.get(i));
                poller.execute(() -> {
                    outgoing.add(next);
                    sendNext();
                });
            }
        }
        return true;
    }

    private static void split(List<List<Report>> parts, List<Report> reports) {
        int size = 0;
        for (Report report : reports) {
            size += 160 + report.exceptions().size() * 256;
        }
        int half = reports.size() / 2;
        if (size <= REPORT_BYTES || half == 0) {
            parts.add(List.copyOf(reports));
        } else {
            split(parts, reports.subList(0, half));
            split(parts, reports.subList(half, reports.size()));
        }
    }

    /** Sends a heartbeat unless one waits. */
    void beat() {
        if (outgoing.stream().noneMatch(waiting -> waiting.number() == 0)) {
            outgoing.add(new Outgoing(0, List.of()));
            sendNext();
        }
    }

    private void sendNext() {
        Outgoing next = isSending ? null : outgoing.poll();
        if (next == null) {
            return;
        }
        isSending = true;
        ReportRequest request = new ReportRequest(
                device,
                link,
                next.number(),
                next.reports(),
                next.number() == 0 ? poller.handler().health() : null,
                false);
        poller.post(this, request, () -> {
            isSending = false;
            sendNext();
        });
    }
}
