// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.bench;

import io.cdnrefresh.codec.CommandCodec;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import io.cdnrefresh.spi.Hello;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Encodes frames as the real transport does and counts them instead of sending them; one device, which never reports. */
final class CountingTransport implements EngineTransport {
    private final CountDownLatch isLive = new CountDownLatch(1);
    private @Nullable Handler handler;
    private final AtomicInteger commands = new AtomicInteger();
    private final AtomicInteger bytes = new AtomicInteger();

    /** Connects the device; waits until it gets frames. */
    void join() {
        Handler engine = handler;
        if (engine == null) {
            throw new IllegalStateException("not started");
        }
        engine.onHello(
                new Hello(
                        "edge-1",
                        "boot",
                        "default",
                        "edge",
                        "1",
                        0,
                        List.of(),
                        Set.of(TaskKind.values()),
                        Instant.now()),
                new HelloResponder() {
                    @Override
                    public void accept(int device, Runnable joined) {
                        joined.run();
                    }

                    @Override
                    public void refuse(String reason, Duration retryAfter) {
                        throw new IllegalStateException(reason);
                    }
                });
        try {
            isLive.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    int commands() {
        return commands.get();
    }

    int bytes() {
        return bytes.get();
    }

    @Override
    public void start(EngineEpoch engine, Handler newHandler) {
        handler = newHandler;
    }

    private record Bytes(byte[] bytes) implements Frame {
        @Override
        public void retain() {}

        @Override
        public void release() {}

        @Override
        public int sizeBytes() {
            return bytes.length;
        }
    }

    @Override
    public Frame encode(long firstSequence, List<Command> run) {
        Bytes frame = new Bytes(CommandCodec.encode(firstSequence, run));
        bytes.addAndGet(frame.bytes.length);
        commands.addAndGet(run.size());
        return frame;
    }

    @Override
    public void publish(Frame frame, DeviceSet devices) {}

    @Override
    public void resume(int device, FrameSource source) {
        for (Frame frame = source.next(); frame != null; frame = source.next()) {
            frame.release();
        }
        isLive.countDown();
    }

    @Override
    public void disconnect(int device, String reason) {}

    @Override
    public void shutdown(Duration deadline) {}
}
