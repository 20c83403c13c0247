// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of one event loop of the generator and what they have measured. Owned by the loop once it runs.
 *
 * <p>Closed: every connection sends as soon as it is answered. Open: every connection has its times; what is late because
 * the answer before was late is sent at once, and its latency counts from when it should have been sent.
 */
final class LoadLoop {
    private static final Logger logger = LoggerFactory.getLogger(LoadLoop.class);
    private static final AtomicLong RUNS = new AtomicLong(System.nanoTime() >>> 10);

    final List<LoadConnection> connections = new ArrayList<>();
    final Histogram latencies = new Histogram(60_000_000_000L, 3);
    long answers;
    long refused;
    long errors;
    volatile long firstNanos;
    volatile long lastNanos;

    private final EventLoop loop;
    private final CountDownLatch connected;
    private final CountDownLatch idle = new CountDownLatch(1);
    private final PriorityQueue<LoadConnection> due =
            new PriorityQueue<>(Comparator.comparingLong((LoadConnection connection) -> connection.nextNanos));
    /** Between two requests of one connection; 0 = closed. */
    private long periodNanos;

    private long endNanos;
    private int busy;
    private long next = (RUNS.getAndIncrement() & 0xff_ffff) << 40;

    LoadLoop(EventLoop loop, CountDownLatch connected) {
        this.loop = loop;
        this.connected = connected;
    }

    EventLoop loop() {
        return loop;
    }

    /** So many numbers that nobody else has. */
    long numbers(int count) {
        long first = next;
        next += count;
        return first;
    }

    void connected(LoadConnection connection) {
        connections.add(connection);
        connected.countDown();
    }

    /** Begins at once; {@code period} 0 = closed. */
    void start(long begin, long end, long period) {
        loop.execute(() -> {
            periodNanos = period;
            endNanos = end;
            firstNanos = System.nanoTime();
            for (int i = 0; i < connections.size(); i++) {
                LoadConnection connection = connections.get(i);
                if (period == 0) {
                    send(connection, System.nanoTime());
                } else {
                    connection.nextNanos = begin + period * i / connections.size();
                    due.add(connection);
                }
            }
            if (period > 0) {
                pace();
            }
        });
    }

    private void send(LoadConnection connection, long intended) {
        busy++;
        connection.send(intended);
    }

    /** Sends what is due. */
    private void pace() {
        long nowNanos = System.nanoTime();
        for (LoadConnection head = due.peek(); head != null; head = due.peek()) {
            if (head.nextNanos - nowNanos > 0) {
                var unused = loop.schedule(this::pace, head.nextNanos - nowNanos, TimeUnit.NANOSECONDS);
                return;
            }
            due.remove();
            sendDue(head);
        }
    }

    private void sendDue(LoadConnection connection) {
        long intended = connection.nextNanos;
        connection.nextNanos += periodNanos;
        if (intended - endNanos < 0) {
            send(connection, intended);
        } else if (busy == 0) {
            idle.countDown();
        }
    }

    void answered(LoadConnection connection, long intended, int status) {
        long nowNanos = System.nanoTime();
        lastNanos = nowNanos;
        busy--;
        if (status == 202) {
            answers++;
            latencies.recordValue(Math.min(nowNanos - intended, latencies.getHighestTrackableValue()));
        } else {
            refused++;
        }
        if (periodNanos == 0) {
            if (nowNanos - endNanos < 0) {
                send(connection, nowNanos);
            } else if (busy == 0) {
                idle.countDown();
            }
        } else if (connection.nextNanos - nowNanos <= 0) {
            sendDue(connection);
        } else {
            boolean isFirst = due.isEmpty() || due.peek().nextNanos - connection.nextNanos > 0;
            due.add(connection);
            if (isFirst) {
                var unused = loop.schedule(this::pace, connection.nextNanos - nowNanos, TimeUnit.NANOSECONDS);
            }
        }
    }

    void failed(String reason) {
        busy--;
        if (errors++ == 0) {
            logger.warn("connection failed reason={}", reason);
        }
        if (busy == 0) {
            idle.countDown();
        }
    }

    /** Waits until everything is answered. */
    void awaitEnd(long limitNanos) throws InterruptedException {
        if (!idle.await(limitNanos, TimeUnit.NANOSECONDS)) {
            logger.warn("requests without an answer count={}", busy);
        }
    }
}
