// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.spi.ProxyTransport;
import io.cdnrefresh.spi.UnreadCommand;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A device that says of every command that it is done and verified. Of one engine. */
final class ReportingDevice implements ProxyTransport.Handler {
    /** Another process with the same name is another proxy. */
    private static final String BOOT = "boot-" + ProcessHandle.current().pid();

    private static final Logger logger = LoggerFactory.getLogger(ReportingDevice.class);
    /** Reports in one batch. */
    private static final int MOST = 1_024;

    final AtomicLong acknowledged = new AtomicLong();
    final CountDownLatch joined = new CountDownLatch(1);
    volatile long lastNanos;

    private final ProxyTransport transport;
    private final String name;

    // touched by one thread at a time: the calls of one link
    private final ArrayDeque<long[]> underWay = new ArrayDeque<>();
    private final List<Report> unsent = new ArrayList<>();
    private long news;
    private long batch;
    private long newest = -1;

    ReportingDevice(ProxyTransport transport, String name) {
        this.transport = transport;
        this.name = name;
    }

    @Override
    public Hello onLink(EngineLink link) {
        return new Hello(name, BOOT, "group", "edge", "1", 0, List.of(), EnumSet.allOf(TaskKind.class), Instant.now());
    }

    @Override
    public void onJoined(EngineLink link) {
        joined.countDown();
    }

    @Override
    public boolean onCommands(EngineLink link, long firstSequence, List<Command> commands) {
        Instant now = Instant.now();
        for (int i = 0; i < commands.size(); i++) {
            Command command = commands.get(i);
            long sequence = firstSequence + i;
            unsent.add(new Report(command.id(), command.step(), sequence, true, Outcome.VERIFIED, List.of(), now));
            if (sequence > newest) {
                newest = sequence;
                news++; // what was given before is not counted again
            }
        }
        send(link);
        return true;
    }

    /** Sends what is there; when too much is unacknowledged, the next acknowledgement brings the next try. */
    private void send(EngineLink link) {
        while (!unsent.isEmpty()) {
            List<Report> part = unsent.subList(0, Math.min(MOST, unsent.size()));
            if (!transport.report(link, batch + 1, part)) {
                return;
            }
            batch++;
            int count = part.size();
            part.clear();
            long fresh = unsent.isEmpty() ? news : Math.min(news, count);
            news -= fresh;
            underWay.add(new long[] {batch, fresh});
        }
    }

    @Override
    public boolean onUnread(EngineLink link, long sequence, UnreadCommand command) {
        throw new IllegalStateException("unread command " + command);
    }

    @Override
    public void onAcknowledged(EngineLink link, long upTo) {
        long count = 0;
        for (long[] head = underWay.peek(); head != null && head[0] <= upTo; head = underWay.peek()) {
            count += head[1];
            underWay.remove();
        }
        lastNanos = System.nanoTime();
        acknowledged.addAndGet(count);
        send(link);
    }

    @Override
    public void onLost(EngineLink link, String reason) {
        logger.warn("device lost its link reason={}", reason);
    }

    @Override
    public ProxyHealth health() {
        return new ProxyHealth(Instant.now(), 0, 0, 0, true);
    }
}
