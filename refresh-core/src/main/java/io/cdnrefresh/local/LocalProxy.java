// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyTransport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A proxy's end of a {@link LocalTransport}. Fields belong to the hub's runner, but for the map of links. */
final class LocalProxy implements ProxyTransport {
    private final LocalTransport hub;
    private final Map<EngineLink, LocalLink> links = new ConcurrentHashMap<>();
    private volatile @Nullable Handler handler;

    LocalProxy(LocalTransport hub) {
        this.hub = hub;
    }

    @Override
    public void start(Handler newHandler) {
        if (handler != null) {
            throw new IllegalStateException("start: called twice");
        }
        handler = newHandler;
        hub.runner().execute(() -> {
            hub.attach(this);
            hub.runner().schedule(hub.heartbeat(), this::beatAgain);
        });
    }

    Handler handler() {
        return requireNonNull(handler, "start was not called");
    }

    void dial(LocalEngine engine) {
        if (!hub.isAttached(engine, this) || links.values().stream().anyMatch(link -> link.engine() == engine)) {
            return;
        }
        EngineLink view =
                new EngineLink(engine.epoch(), "local:" + engine.epoch().engine(), hub.nextConnection());
        Hello hello;
        try {
            hello = handler().onLink(view);
        } catch (IllegalStateException olderEpoch) {
            dialLater(engine, hub.redialDelay());
            return;
        }
        LocalLink link = new LocalLink(hub, engine, this, view);
        links.put(view, link);
        engine.handler().onHello(hello, link);
    }

    void dialLater(LocalEngine engine, Duration delay) {
        hub.runner().schedule(delay, () -> dial(engine));
    }

    void lost(LocalLink link, String reason, Duration redialAfter) {
        if (links.remove(link.view(), link)) {
            dialLater(link.engine(), redialAfter);
            handler().onLost(link.view(), reason);
        }
    }

    @Override
    public boolean report(EngineLink link, long batch, List<Report> reports) {
        LocalLink local = links.get(link);
        return local != null && local.report(batch, List.copyOf(reports));
    }

    @Override
    public void heartbeat() {
        hub.runner().execute(this::beat);
    }

    private void beat() {
        links.values().forEach(link -> link.beat(handler().health()));
    }

    private void beatAgain() {
        if (hub.isAttached(this)) {
            beat();
            hub.runner().schedule(hub.heartbeat(), this::beatAgain);
        }
    }

    void cut(String reason) {
        List.copyOf(links.values()).forEach(link -> link.close(reason, hub.redialDelay()));
    }

    void cut(LocalEngine engine, String reason) {
        for (LocalLink link : List.copyOf(links.values())) {
            if (link.engine() == engine) {
                link.close(reason, hub.redialDelay());
            }
        }
    }

    @Override
    public void shutdown(Duration deadline) {
        hub.runAndWait(this::stop, deadline);
    }

    void stop() {
        hub.detach(this);
        cut("proxy shut down");
    }
}
