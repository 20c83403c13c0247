// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Accepts device {@code d7} as ordinal 7, acknowledges every report at once, counts. Thread-safe. */
final class ScriptedEngine implements EngineTransport.Handler {
    final Set<Integer> connected = ConcurrentHashMap.newKeySet();
    final List<String> gone = new CopyOnWriteArrayList<>();
    final AtomicInteger reports = new AtomicInteger();
    private final EngineTransport transport;

    ScriptedEngine(EngineTransport transport) {
        this.transport = transport;
    }

    @Override
    public void onHello(Hello hello, EngineTransport.HelloResponder responder) {
        int device = Integer.parseInt(hello.device().substring(1));
        responder.accept(device, () -> connected.add(device));
        transport.resume(device, () -> null);
    }

    @Override
    public void onReports(int device, List<Report> batch, Runnable acknowledge) {
        reports.addAndGet(batch.size());
        acknowledge.run();
    }

    @Override
    public void onHeartbeat(int device, ProxyHealth health) {}

    @Override
    public void onLagging(int device, long fromSequence) {}

    @Override
    public void onGone(int device, String reason) {
        connected.remove(device);
        gone.add(reason);
    }
}
