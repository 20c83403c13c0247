// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.encoder.Encoder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes log lines on a thread of its own, {@code log-writer}: whoever logs never waits for the terminal or the disk.
 * Holds at most {@value #CAPACITY} lines; what comes on top is dropped, counted, and the count is written.
 *
 * <p>Thread-safe.
 */
final class LogWriter extends UnsynchronizedAppenderBase<ILoggingEvent> {
    private static final int CAPACITY = 8192;
    private static final int BATCH = 256;
    private static final long STOP_MILLIS = 2_000;

    private final BlockingQueue<ILoggingEvent> waiting = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong dropped = new AtomicLong();
    private final Encoder<ILoggingEvent> encoder;
    private final OutputStream out;
    private final Thread thread;
    private volatile boolean stopping;

    LogWriter(Encoder<ILoggingEvent> encoder, OutputStream out) {
        this.encoder = encoder;
        this.out = out;
        this.thread = new Thread(this::run, "log-writer");
        this.thread.setDaemon(true);
    }

    @Override
    public void start() {
        super.start();
        thread.start();
    }

    @Override
    protected void append(ILoggingEvent event) {
        event.prepareForDeferredProcessing();
        if (!waiting.offer(event)) {
            dropped.incrementAndGet();
        }
    }

    @Override
    public void stop() {
        if (!isStarted()) {
            return;
        }
        super.stop();
        stopping = true;
        try {
            thread.join(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        List<ILoggingEvent> batch = new ArrayList<>(BATCH);
        while (!stopping || !waiting.isEmpty()) {
            try {
                ILoggingEvent first = waiting.poll(100, TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    waiting.drainTo(batch, BATCH - 1);
                }
                write(batch);
            } catch (InterruptedException e) {
                stopping = true;
            } finally {
                batch.clear();
            }
        }
    }

    private void write(List<ILoggingEvent> batch) {
        try {
            for (ILoggingEvent event : batch) {
                out.write(encoder.encode(event));
            }
            long lost = dropped.getAndSet(0);
            if (lost > 0) {
                out.write(
                        ("log lines dropped count=" + lost + System.lineSeparator()).getBytes(StandardCharsets.UTF_8));
            }
            if (!batch.isEmpty()) {
                out.flush();
            }
        } catch (IOException gone) {
            // nobody reads the log any more; there is nowhere to say so
            addError("log output failed", gone);
        }
    }
}
