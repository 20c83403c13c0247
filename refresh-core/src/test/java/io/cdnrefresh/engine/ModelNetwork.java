// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyTransport;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The network of a model: links between one engine and proxies, whose messages move only when they are told to, and are
 * lost and repeated as the contract of the transports allows. One thread.
 */
final class ModelNetwork {
    private static final int WINDOW = 64;

    /** Open links, and dead ones that the engine has not noticed yet. */
    final List<Link> links = new ArrayList<>();

    /** Learns of every report that a proxy gives. */
    private final BiConsumer<ProxyEnd, Report> onReport;
    /** Learns of every command that is published or pulled for a device. */
    private final Sent onSent;

    private @Nullable EngineEnd engine;
    private long connections;

    ModelNetwork(BiConsumer<ProxyEnd, Report> onReport, Sent onSent) {
        this.onReport = onReport;
        this.onSent = onSent;
    }

    /** Takes what an engine sends. */
    interface Sent {
        void onSent(EngineEnd from, String device, Command command);
    }

    EngineEnd newEngine() {
        return new EngineEnd();
    }

    /** The proxy dials the engine, if it can and has no link. */
    void dial(ProxyEnd proxy) {
        EngineEnd to = engine;
        if (to == null || proxy.handler == null || links.stream().anyMatch(l -> l.proxy == proxy && !l.isClosed)) {
            return;
        }
        EngineLink view = new EngineLink(to.epoch(), "model", ++connections);
        Hello hello;
        try {
            hello = proxy.handler().onLink(view);
        } catch (IllegalStateException olderEpoch) {
            return;
        }
        links.add(new Link(to, proxy, view, hello));
    }

    /** The engine is gone: every link is cut, and nobody is told on its side. */
    void engineDied() {
        EngineEnd dead = engine;
        engine = null;
        for (Link link : List.copyOf(links)) {
            if (link.engine == dead) {
                link.cutProxySide();
                links.remove(link);
            }
        }
    }

    /** What the proxy had under way is lost. */
    void proxyDied(ProxyEnd proxy) {
        proxy.handler = null;
        for (Link link : links) {
            if (link.proxy == proxy) {
                link.cutProxySide();
            }
        }
    }

    private record Reports(long batch, List<Report> reports) {}

    private enum State {
        DIALLED,
        JOINED,
        RESUMING,
        LIVE,
        LAGGING
    }

    /** One connection. */
    final class Link implements EngineTransport.HelloResponder {
        final EngineEnd engine;
        final ProxyEnd proxy;
        private final EngineLink view;
        private @Nullable Hello hello;
        private State state = State.DIALLED;
        private int device = -1;
        /** The proxy's side is gone; the engine may not know it yet. */
        boolean isClosed;

        private boolean isGoneTold;
        private @Nullable FrameSource source;
        private final ArrayDeque<PlainFrame> commands = new ArrayDeque<>();
        private final ArrayDeque<Reports> reports = new ArrayDeque<>();
        private final List<PlainFrame> delivered = new ArrayList<>();
        private final List<Reports> reported = new ArrayList<>();
        private final java.util.TreeSet<Long> durable = new java.util.TreeSet<>();
        private long received;
        private long acknowledged;
        private long told;

        Link(EngineEnd engine, ProxyEnd proxy, EngineLink view, Hello hello) {
            this.engine = engine;
            this.proxy = proxy;
            this.view = view;
            this.hello = hello;
        }

        @Override
        public void accept(int newDevice, Runnable joined) {
            device = newDevice;
            Link replaced = engine.joined.put(newDevice, this);
            if (replaced != null) {
                replaced.isGoneTold = true;
                replaced.cutProxySide();
                links.remove(replaced);
            }
            joined.run();
            if (isClosed) {
                return; // onGone follows, once the engine notices
            }
            state = State.JOINED;
            proxy.handler().onJoined(view);
        }

        @Override
        public void refuse(String reason, Duration retryAfter) {
            cutProxySide();
            links.remove(this);
        }

        /** Brings the proxy its next message; false if there was none or it is not taken. */
        boolean toProxy() {
            if (isClosed) {
                return false;
            }
            long known = acknowledged;
            if (known > told) {
                told = known;
                proxy.handler().onAcknowledged(view, known);
                return true;
            }
            PlainFrame frame = commands.peek();
            if (frame == null) {
                frame = pull();
            }
            if (frame == null || !proxy.handler().onCommands(view, frame.first(), frame.commands())) {
                return false;
            }
            commands.remove(frame);
            delivered.add(frame);
            if (delivered.size() > 64) {
                delivered.remove(0);
            }
            return true;
        }

        private @Nullable PlainFrame pull() {
            FrameSource from = source;
            if (state != State.RESUMING || from == null) {
                return null;
            }
            PlainFrame frame = (PlainFrame) from.next();
            if (frame == null) {
                state = State.LIVE;
                source = null;
            } else {
                frame.commands().forEach(command -> onSent.onSent(engine, proxy.device, command));
                commands.add(frame);
            }
            return frame;
        }

        /** Brings the engine its next message; false if there was none. */
        boolean toEngine() {
            Hello first = hello;
            if (first != null) {
                hello = null;
                engine.handler().onHello(first, this);
                return true;
            }
            if (isClosed) {
                return notice();
            }
            Reports next = device < 0 ? null : reports.poll();
            if (next == null) {
                return false;
            }
            if (next.batch != ++received) {
                throw new AssertionError("batch " + next.batch + " after " + (received - 1));
            }
            reported.add(next);
            if (reported.size() > 64) {
                reported.remove(0);
            }
            engine.handler().onReports(device, next.reports, () -> durable(next.batch));
            return true;
        }

        private void durable(long batch) {
            durable.add(batch);
            while (durable.remove(acknowledged + 1)) {
                acknowledged++;
            }
        }

        /** The engine sees that the link is gone. */
        private boolean notice() {
            if (device < 0 && state == State.DIALLED && engine.isWaitingFor(this)) {
                return false; // accepted or refused later
            }
            if (!links.remove(this)) {
                return false;
            }
            if (device >= 0 && !isGoneTold && engine.joined.remove(device, this)) {
                isGoneTold = true;
                engine.handler().onGone(device, "cut");
            }
            return true;
        }

        /** Loses everything under way; the proxy sees it at once, the engine when it is told. */
        void cutProxySide() {
            if (!isClosed) {
                isClosed = true;
                commands.clear();
                reports.clear();
                source = null;
                if (proxy.handler != null) {
                    proxy.handler().onLost(view, "cut");
                }
            }
        }

        /** Drops the frames from some point on, as a full link does. */
        void lag(int keep) {
            if (isClosed || state != State.LIVE || commands.size() <= keep) {
                return;
            }
            long from = Long.MAX_VALUE;
            while (commands.size() > keep) {
                from = Math.min(from, commands.removeLast().first());
            }
            state = State.LAGGING;
            engine.handler().onLagging(device, from);
        }

        /** Gives the proxy a frame once more that it has had. */
        void repeatFrame(int index) {
            if (!isClosed && !delivered.isEmpty()) {
                PlainFrame frame = delivered.get(index % delivered.size());
                var unused = proxy.handler().onCommands(view, frame.first(), frame.commands());
            }
        }

        /** Gives the engine reports once more that it has had. */
        void repeatReports(int index) {
            if (!isClosed && !reported.isEmpty()) {
                engine.handler().onReports(device, reported.get(index % reported.size()).reports, () -> {});
            }
        }
    }

    /** An engine's end. */
    final class EngineEnd implements EngineTransport {
        private final Map<Integer, Link> joined = new HashMap<>();
        private @Nullable EngineEpoch epoch;
        private EngineTransport.@Nullable Handler handler;

        EngineEpoch epoch() {
            return Objects.requireNonNull(epoch);
        }

        private EngineTransport.Handler handler() {
            return Objects.requireNonNull(handler);
        }

        private boolean isWaitingFor(Link link) {
            return ModelNetwork.this.engine == this && !joined.containsValue(link);
        }

        @Override
        public void start(EngineEpoch newEpoch, EngineTransport.Handler newHandler) {
            epoch = newEpoch;
            handler = newHandler;
            engine = this;
        }

        @Override
        public Frame encode(long firstSequence, List<Command> commands) {
            return new PlainFrame(firstSequence, commands);
        }

        @Override
        public void publish(Frame frame, DeviceSet devices) {
            PlainFrame shared = (PlainFrame) frame;
            devices.forEach(device -> {
                Link link = joined.get(device);
                if (link != null && link.state == State.LIVE && !link.isClosed) {
                    shared.commands().forEach(command -> onSent.onSent(this, link.proxy.device, command));
                    link.commands.add(shared);
                }
            });
        }

        @Override
        public void resume(int device, FrameSource newSource) {
            Link link = joined.get(device);
            if (link != null && !link.isClosed) {
                link.source = newSource;
                link.state = State.RESUMING;
            }
        }

        @Override
        public void disconnect(int device, String reason) {
            Link link = joined.get(device);
            if (link != null) {
                link.cutProxySide();
            }
        }

        @Override
        public void shutdown(Duration deadline) {}
    }

    /** One life of a proxy. */
    final class ProxyEnd implements ProxyTransport {
        final String device;
        private ProxyTransport.@Nullable Handler handler;

        ProxyEnd(String device) {
            this.device = device;
        }

        private ProxyTransport.Handler handler() {
            return Objects.requireNonNull(handler);
        }

        @Override
        public void start(ProxyTransport.Handler newHandler) {
            handler = newHandler;
        }

        @Override
        public boolean report(EngineLink view, long batch, List<Report> reports) {
            for (Link link : links) {
                if (link.view.equals(view) && !link.isClosed && batch - link.told <= WINDOW) {
                    reports.forEach(report -> onReport.accept(this, report));
                    link.reports.add(new Reports(batch, List.copyOf(reports)));
                    return true;
                }
            }
            return false;
        }

        @Override
        public void heartbeat() {}

        @Override
        public void shutdown(Duration deadline) {}
    }
}
