// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import io.cdnrefresh.spi.Hello;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A transport whose devices have proven every command in the moment in which it is sent. Thread-safe. */
final class InstantTransport implements EngineTransport {
    final Gate gate = new Gate();
    /** Devices that never report. */
    final Set<Integer> silent = ConcurrentHashMap.newKeySet();

    private final Map<Integer, String> devices = new ConcurrentHashMap<>();
    private volatile @Nullable Handler handler;

    /** Says hello as a new device and waits until it is taken. */
    void join(String device) throws InterruptedException {
        CountDownLatch isIn = new CountDownLatch(1);
        Hello hello = new Hello(
                device, "boot", "default", "edge", "1", 0, List.of(), EnumSet.allOf(TaskKind.class), Instant.now());
        handler().onHello(hello, new HelloResponder() {
            @Override
            public void accept(int ordinal, Runnable joined) {
                devices.put(ordinal, device);
                joined.run();
                isIn.countDown();
            }

            @Override
            public void refuse(String reason, Duration retryAfter) {
                throw new AssertionError(reason);
            }
        });
        if (!isIn.await(20, TimeUnit.SECONDS)) {
            throw new AssertionError("no answer to the hello");
        }
    }

    @Override
    public void start(EngineEpoch engine, Handler taker) {
        handler = taker;
    }

    private Handler handler() {
        return Objects.requireNonNull(handler, "handler");
    }

    @Override
    public Frame encode(long firstSequence, List<Command> commands) {
        return new PlainFrame(firstSequence, commands);
    }

    @Override
    public void publish(Frame frame, DeviceSet to) {
        gate.pass();
        to.forEach(device -> report(device, (PlainFrame) frame));
    }

    private void report(int device, PlainFrame frame) {
        if (silent.contains(device)) {
            return;
        }
        List<Report> reports = new ArrayList<>();
        for (int i = 0; i < frame.commands().size(); i++) {
            Command command = frame.commands().get(i);
            reports.add(new Report(
                    command.id(), command.step(), frame.first() + i, true, Outcome.VERIFIED, List.of(), Instant.now()));
        }
        handler().onReports(device, reports, () -> {});
    }

    @Override
    public void resume(int device, FrameSource source) {
        for (Frame frame = source.next(); frame != null; frame = source.next()) {
            report(device, (PlainFrame) frame);
        }
    }

    @Override
    public void disconnect(int device, String reason) {
        handler().onLagging(device, 0);
    }

    @Override
    public void shutdown(Duration deadline) {
        devices.keySet().forEach(device -> handler().onGone(device, "shutdown"));
    }
}
