// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Range;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.spi.ProxyTransport;
import io.cdnrefresh.spi.UnreadCommand;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A proxy that writes down what its transport tells it. Thread-safe. */
final class RecordingProxy implements ProxyTransport.Handler {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00.123456789Z");

    final List<EngineLink> links = new CopyOnWriteArrayList<>();
    final List<EngineLink> joined = new CopyOnWriteArrayList<>();
    final List<EngineLink> lost = new CopyOnWriteArrayList<>();
    final List<Long> sequences = Collections.synchronizedList(new ArrayList<>());
    final List<Command> commands = Collections.synchronizedList(new ArrayList<>());
    final List<Long> acknowledged = new CopyOnWriteArrayList<>();
    final AtomicInteger refusals = new AtomicInteger();
    final ProxyTransport transport;
    final Hello hello;
    volatile boolean takes = true;
    volatile long oldestEpoch;

    RecordingProxy(ProxyTransport transport, String device) {
        this.transport = transport;
        hello = new Hello(
                device,
                "boot-" + device,
                "group-ä",
                "edge",
                "1.2.3",
                17,
                List.of(new Range(19, 19), new Range(21, 400_000_000_000L)),
                EnumSet.of(TaskKind.URL, TaskKind.PRELOAD),
                NOW);
    }

    EngineLink link() {
        return joined.get(joined.size() - 1);
    }

    @Override
    public Hello onLink(EngineLink link) {
        links.add(link);
        if (link.engine().epoch() < oldestEpoch) {
            throw new IllegalStateException("epoch: " + link.engine() + " (expected: " + oldestEpoch + " or later)");
        }
        return hello;
    }

    @Override
    public void onJoined(EngineLink link) {
        joined.add(link);
    }

    @Override
    public boolean onCommands(EngineLink link, long firstSequence, List<Command> batch) {
        if (!takes) {
            refusals.incrementAndGet();
            return false;
        }
        for (int i = 0; i < batch.size(); i++) {
            sequences.add(firstSequence + i);
        }
        commands.addAll(batch);
        return true;
    }

    @Override
    public boolean onUnread(EngineLink link, long sequence, UnreadCommand command) {
        throw new AssertionError("unread: " + command);
    }

    @Override
    public void onAcknowledged(EngineLink link, long batch) {
        acknowledged.add(batch);
    }

    @Override
    public void onLost(EngineLink link, String reason) {
        lost.add(link);
    }

    @Override
    public ProxyHealth health() {
        return new ProxyHealth(NOW, 3, 2, 1, true);
    }
}
