// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.spi.ProxyTransport;
import io.cdnrefresh.spi.UnreadCommand;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Answers every command with one report, counts. Thread-safe. */
final class ScriptedProxy implements ProxyTransport.Handler {
    final List<EngineLink> joined = new CopyOnWriteArrayList<>();
    final List<String> lost = new CopyOnWriteArrayList<>();
    final List<Long> unread = new CopyOnWriteArrayList<>();
    final AtomicInteger commands = new AtomicInteger();
    final AtomicLong acknowledged = new AtomicLong();
    private final AtomicLong batch = new AtomicLong();
    private final ProxyTransport transport;
    private final String device;

    ScriptedProxy(ProxyTransport transport, String device) {
        this.transport = transport;
        this.device = device;
    }

    static Hello hello(String device) {
        return new Hello(device, "boot", "group", "edge", "1", 0, List.of(), Set.of(), Instant.EPOCH);
    }

    @Override
    public Hello onLink(EngineLink link) {
        return hello(device);
    }

    @Override
    public void onJoined(EngineLink link) {
        joined.add(link);
    }

    @Override
    public boolean onCommands(EngineLink link, long firstSequence, List<Command> some) {
        commands.addAndGet(some.size());
        List<Report> reports = some.stream()
                .map(c -> new Report(c.id(), c.step(), 1, true, Outcome.VERIFIED, List.of(), Instant.EPOCH))
                .toList();
        return transport.report(link, batch.incrementAndGet(), reports);
    }

    @Override
    public boolean onUnread(EngineLink link, long sequence, UnreadCommand command) {
        unread.add(sequence);
        return true;
    }

    @Override
    public void onAcknowledged(EngineLink link, long upTo) {
        acknowledged.set(upTo);
    }

    @Override
    public void onLost(EngineLink link, String reason) {
        lost.add(reason);
    }

    @Override
    public ProxyHealth health() {
        return new ProxyHealth(Instant.EPOCH, 0, 0, 0, true);
    }
}
