// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cdnrefresh.RefreshEngine;
import io.cdnrefresh.codec.HelloCodec;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceEvent;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.Scope;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.spi.ProxyTransport;
import io.cdnrefresh.spi.UnreadCommand;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A device whose socket is never read makes nobody wait: a whole engine over real sockets. */
class DeafDeviceTest {
    private static final int MANY = 10_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static RefreshTask task(int number, String tail, Scope scope) {
        return RefreshTask.purge("http://a.test/" + number + tail)
                .withOptions(TaskOptions.DEFAULTS.toBuilder().scope(scope).build());
    }

    /** A device that has proven at once whatever it is sent. */
    private static final class Hearing implements ProxyTransport.Handler {
        private final AtomicInteger commands = new AtomicInteger();
        private final ProxyTransport transport;

        // one link, one thread at a time
        private final ArrayDeque<List<Report>> unsent = new ArrayDeque<>();
        private long lastBatch;

        Hearing(ProxyTransport transport) {
            this.transport = transport;
        }

        @Override
        public Hello onLink(EngineLink link) {
            return hello("hearing");
        }

        @Override
        public void onJoined(EngineLink link) {
            lastBatch = 0;
        }

        @Override
        public boolean onCommands(EngineLink link, long firstSequence, List<Command> some) {
            List<Report> reports = new ArrayList<>();
            for (int i = 0; i < some.size(); i++) {
                Command command = some.get(i);
                reports.add(new Report(
                        command.id(),
                        command.step(),
                        firstSequence + i,
                        true,
                        Outcome.VERIFIED,
                        List.of(),
                        Instant.now()));
            }
            commands.addAndGet(some.size());
            unsent.add(reports);
            send(link);
            return true;
        }

        /** What the link cannot take now waits for an acknowledgement. */
        private void send(EngineLink link) {
            while (!unsent.isEmpty() && transport.report(link, lastBatch + 1, unsent.peek())) {
                lastBatch++;
                unsent.remove();
            }
        }

        @Override
        public boolean onUnread(EngineLink link, long sequence, UnreadCommand command) {
            return true;
        }

        @Override
        public void onAcknowledged(EngineLink link, long upTo) {
            send(link);
        }

        @Override
        public void onLost(EngineLink link, String reason) {}

        @Override
        public ProxyHealth health() {
            return new ProxyHealth(Instant.now(), 0, 0, 0, true);
        }
    }

    private static Hello hello(String device) {
        return new Hello(device, "boot", "group", "edge", "1", 0, List.of(), Set.of(TaskKind.URL), Instant.now());
    }

    @Test
    void publish_oneSocketIsNotRead_theOtherDevicesTasksEnd() throws Exception {
        AtomicInteger told = new AtomicInteger();
        Set<String> connected = ConcurrentHashMap.newKeySet();
        NettyLoops loops = NettyLoops.create();
        RpcEngineTransport transport = RpcEngineTransport.builder().loops(loops).build();
        try (RefreshEngine engine = RefreshEngine.builder()
                .transport(transport)
                .completionListener(progress -> told.incrementAndGet())
                .build()) {
            engine.subscribe(DeviceEvent.class, event -> connected.add(event.device()));
            engine.start();
            RpcProxyTransport proxySide = RpcProxyTransport.builder()
                    .loops(loops)
                    .engines(List.of("127.0.0.1:" + transport.port()))
                    .build();
            Hearing hearing = new Hearing(proxySide);
            proxySide.start(hearing);
            try (RawPeer deaf = new RawPeer(transport.port())) {
                deaf.read(FrameType.WELCOME);
                byte[] hello = HelloCodec.encode(hello("deaf"));
                deaf.send(
                        FrameType.HELLO, new Payloads.HelloFrame(Protocol.CURRENT, true, new byte[0], hello).encode());
                deaf.read(FrameType.ACCEPT);
                await().atMost(LIMIT).until(() -> connected.containsAll(List.of("hearing", "deaf")));

                // more than the buffers of a socket hold, for both
                String tail = "?" + "x".repeat(2_000);
                for (int i = 0; i < MANY; i++) {
                    engine.submit(task(i, tail, Scope.ALL));
                }
                await().atMost(LIMIT).until(() -> hearing.commands.get() >= MANY);
                assertThat(told).hasValue(0);

                Scope one = new Scope(List.of(), List.of(), List.of("hearing"), List.of());
                for (int i = 0; i < MANY; i++) {
                    engine.submit(task(i, "", one));
                }
                await().atMost(LIMIT).until(() -> told.get() == MANY);
            }
            proxySide.shutdown(Duration.ofSeconds(5));
        } finally {
            loops.close();
        }
    }
}
