// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.spi.ProxyTransport;
import io.cdnrefresh.spi.UnreadCommand;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LocalTransportTest {
    private final LocalTransport hub = LocalTransport.manual();
    private final List<String> seen = new ArrayList<>();
    private final EngineTransport engine = hub.engineSide();
    private final ProxyTransport proxy = hub.proxySide();

    private void start() {
        engine.start(new EngineEpoch(1, 1), new EngineTransport.Handler() {
            @Override
            public void onHello(Hello hello, EngineTransport.HelloResponder responder) {
                seen.add("hello");
                responder.accept(0);
                assertThatThrownBy(() -> responder.accept(0)).isInstanceOf(IllegalStateException.class);
            }

            @Override
            public void onReports(int device, List<Report> reports, Runnable acknowledge) {}

            @Override
            public void onHeartbeat(int device, ProxyHealth health) {
                seen.add("heartbeat");
            }

            @Override
            public void onLagging(int device, long fromSequence) {}

            @Override
            public void onGone(int device, String reason) {
                seen.add("gone");
            }
        });
        proxy.start(new ProxyTransport.Handler() {
            @Override
            public Hello onLink(EngineLink link) {
                return new Hello("d", "b", "g", "edge", "1", 0, List.of(), Set.of(), Instant.EPOCH);
            }

            @Override
            public void onJoined(EngineLink link) {
                seen.add("joined");
            }

            @Override
            public boolean onCommands(EngineLink link, long firstSequence, List<Command> commands) {
                return true;
            }

            @Override
            public boolean onUnread(EngineLink link, long sequence, UnreadCommand command) {
                return true;
            }

            @Override
            public void onAcknowledged(EngineLink link, long batch) {}

            @Override
            public void onLost(EngineLink link, String reason) {
                seen.add("lost");
            }

            @Override
            public ProxyHealth health() {
                return new ProxyHealth(Instant.EPOCH, 0, 0, 0, true);
            }
        });
    }

    @Test
    void manual_untilTold_nothingMoves() {
        start();
        assertThat(seen).isEmpty();
        assertThat(hub.runPending()).isPositive();
        assertThat(seen).containsExactly("hello", "joined");
        assertThat(hub.runPending()).isZero();
        hub.elapse();
        assertThat(seen).containsExactly("hello", "joined", "heartbeat");
    }

    @Test
    void cutLinks_manual_isBackAfterTheDelay() {
        start();
        hub.runPending();
        hub.cutLinks();
        hub.runPending();
        assertThat(seen).containsExactly("hello", "joined", "gone", "lost");
        hub.elapse();
        assertThat(seen).endsWith("hello", "joined");
        hub.close();
        assertThat(seen).endsWith("gone", "lost");
    }

    @Test
    void runPending_hubWithThread_isRefused() {
        try (LocalTransport own = LocalTransport.create()) {
            assertThatThrownBy(own::runPending).isInstanceOf(IllegalStateException.class);
        }
    }
}
