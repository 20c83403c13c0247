// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The engines as the proxy sees them, played by the test: keeps reports by link, acknowledges when told. */
final class FakeEngines implements ProxyTransport {
    final Map<EngineLink, List<Report>> reports = new HashMap<>();
    final Map<EngineLink, Long> lastBatch = new HashMap<>();
    boolean isRefusing;
    private final Set<EngineLink> up = new HashSet<>();
    private @Nullable Handler handler;
    private long connections;
    boolean isShutDown;

    @Override
    public void start(Handler proxy) {
        handler = proxy;
    }

    Handler proxy() {
        return Objects.requireNonNull(handler);
    }

    EngineLink connect(int engine, long epoch) {
        EngineLink link = new EngineLink(new EngineEpoch(engine, epoch), "test", ++connections);
        hello(link);
        return link;
    }

    Hello hello(EngineLink link) {
        Hello hello = proxy().onLink(link);
        up.add(link);
        reports.put(link, new ArrayList<>());
        proxy().onJoined(link);
        return hello;
    }

    EngineLink newLink(int engine, long epoch) {
        return new EngineLink(new EngineEpoch(engine, epoch), "test", ++connections);
    }

    void lose(EngineLink link) {
        up.remove(link);
        proxy().onLost(link, "test");
    }

    boolean send(EngineLink link, long firstSequence, Command... commands) {
        return proxy().onCommands(link, firstSequence, List.of(commands));
    }

    void acknowledge(EngineLink link) {
        proxy().onAcknowledged(link, lastBatch.getOrDefault(link, 0L));
    }

    List<Report> of(EngineLink link) {
        return reports.getOrDefault(link, List.of());
    }

    @Override
    public boolean report(EngineLink link, long batch, List<Report> batchReports) {
        if (isRefusing || !up.contains(link)) {
            return false;
        }
        long expected = lastBatch.getOrDefault(link, 0L) + 1;
        if (batch != expected) {
            throw new IllegalStateException("batch: " + batch + " (expected: " + expected + ")");
        }
        lastBatch.put(link, batch);
        Objects.requireNonNull(reports.get(link)).addAll(batchReports);
        return true;
    }

    @Override
    public void heartbeat() {}

    @Override
    public void shutdown(Duration deadline) {
        isShutDown = true;
    }
}
