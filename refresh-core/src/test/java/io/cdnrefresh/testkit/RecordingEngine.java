// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.testkit;

import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;

/**
 * An engine that writes down what its transport tells it. Device {@code d7} gets the ordinal 7. Thread-safe.
 *
 * <p>Unless told otherwise it accepts every device that has no link and lets it take part at once.
 */
final class RecordingEngine implements EngineTransport.Handler {
    /** One call of {@code onReports}. */
    record Reported(int device, List<Report> reports, Runnable acknowledge) {}

    /** One call of {@code onLagging}. */
    record Lagging(int device, long fromSequence) {}

    final List<Hello> hellos = new CopyOnWriteArrayList<>();
    final List<Reported> reported = new CopyOnWriteArrayList<>();
    final List<Lagging> lagging = new CopyOnWriteArrayList<>();
    final List<Integer> gone = new CopyOnWriteArrayList<>();
    final List<ProxyHealth> heartbeats = new CopyOnWriteArrayList<>();
    final Set<Integer> connected = ConcurrentHashMap.newKeySet();
    final EngineTransport transport;
    volatile BiConsumer<Hello, EngineTransport.HelloResponder> onHello = this::acceptAndResume;
    volatile IntConsumer onGone = device -> {};

    RecordingEngine(EngineTransport transport) {
        this.transport = transport;
    }

    static int ordinal(Hello hello) {
        return Integer.parseInt(hello.device().substring(1));
    }

    private void acceptAndResume(Hello hello, EngineTransport.HelloResponder responder) {
        int device = ordinal(hello);
        if (!connected.add(device)) {
            responder.refuse("a second connection", Duration.ofMillis(50));
            return;
        }
        responder.accept(device);
        transport.resume(device, () -> null);
    }

    @Override
    public void onHello(Hello hello, EngineTransport.HelloResponder responder) {
        hellos.add(hello);
        onHello.accept(hello, responder);
    }

    @Override
    public void onReports(int device, List<Report> reports, Runnable acknowledge) {
        reported.add(new Reported(device, reports, acknowledge));
    }

    @Override
    public void onHeartbeat(int device, ProxyHealth health) {
        heartbeats.add(health);
    }

    @Override
    public void onLagging(int device, long fromSequence) {
        lagging.add(new Lagging(device, fromSequence));
    }

    @Override
    public void onGone(int device, String reason) {
        onGone.accept(device);
        gone.add(device);
        connected.remove(device);
    }
}
