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
import org.jspecify.annotations.Nullable;

/**
 * Writes log lines on a thread of its own, {@code log-writer}: whoever logs never waits for the terminal or the disk.
 * Holds at most {@value #CAPACITY} lines; what comes on top is dropped, counted, and the count is written.
 *
 * <p>Thread-safe.
 */
final class LogWriter extends UnsynchronizedAppenderBase<ILoggingEvent> {
    static final int CAPACITY = 8192;
    private static final int BATCH = 256;
    private static final long STOP_MILLIS = 2_000;

    private record Line(ILoggingEvent event, Object[] values) {}

    private final BlockingQueue<Line> waiting = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final @Nullable Encoder<ILoggingEvent> encoder;
    private final JsonLines json = new JsonLines();
    private final OutputStream out;
    private final Thread thread;
    private long told;
    private volatile boolean stopping;

    /** {@code encoder}: how lines are written; null = as JSON. */
    LogWriter(@Nullable Encoder<ILoggingEvent> encoder, OutputStream out) {
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

    /** Lines that found no room, since the start. */
    long dropped() {
        return dropped.get();
    }

    /** Batches of lines that could not be written, since the start. */
    long failures() {
        return failures.get();
    }

    /** Lines that are not written yet. */
    int waiting() {
        return waiting.size();
    }

    @Override
    protected void append(ILoggingEvent event) {
        event.prepareForDeferredProcessing();
        if (!waiting.offer(new Line(event, encoder == null ? JsonLines.values(event) : new Object[0]))) {
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
        List<Line> batch = new ArrayList<>(BATCH);
        while (!stopping || !waiting.isEmpty()) {
            try {
                Line first = waiting.poll(100, TimeUnit.MILLISECONDS);
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

    private void write(List<Line> batch) {
        try {
            for (Line line : batch) {
                out.write(encoder == null ? json.line(line.event, line.values) : encoder.encode(line.event));
            }
            long lost = dropped.get() - told;
            if (lost > 0) {
                told += lost;
                out.write(loss(lost).getBytes(StandardCharsets.UTF_8));
            }
            if (!batch.isEmpty()) {
                out.flush();
            }
        } catch (IOException | RuntimeException gone) {
            // nobody reads the log any more, or a line can not be written; the figures say so
            failures.incrementAndGet();
            addError("log output failed", gone);
        }
    }

    private String loss(long lost) {
        String line = encoder == null
                ? "{\"time\":\"" + java.time.Instant.now()
                        + "\",\"level\":\"warn\",\"event\":\"log lines dropped\",\"count\":" + lost + "}"
                : "log lines dropped count=" + lost;
        return line + System.lineSeparator();
    }
}
