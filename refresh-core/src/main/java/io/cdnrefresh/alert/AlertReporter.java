// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.alert;

import io.cdnrefresh.ring.StageHandler;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.spi.Alert;
import io.cdnrefresh.spi.Alert.Severity;
import io.cdnrefresh.spi.AlertSink;
import io.cdnrefresh.spi.EngineClock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings alerts to the sink without ever making the one who raises them wait. Equal alerts (same name and subject) within
 * the interval are counted and given to the sink as one. A full queue drops alerts and counts them. Thread-safe.
 */
public final class AlertReporter implements StageHandler<Alert> {
    private static final Logger logger = LoggerFactory.getLogger(AlertReporter.class);
    private static final int CAPACITY = 1_024;
    private static final int MAX_REMEMBERED = 4_096;

    private final AlertSink sink;
    private final EngineClock clock;
    private final long intervalNanos;
    private final StageQueue<Alert> queue = new StageQueue<>("alert", CAPACITY, this);
    private final LongAdder dropped = new LongAdder();

    // confined to the alert thread
    private final Map<String, Repeats> seen = new LinkedHashMap<>();

    /** Creates a reporter; {@code interval} is the least time between two equal alerts at the sink. */
    public AlertReporter(AlertSink sink, EngineClock clock, Duration interval) {
        this.sink = sink;
        this.clock = clock;
        intervalNanos = interval.toNanos();
    }

    /** The queue of this stage. */
    public StageQueue<Alert> queue() {
        return queue;
    }

    /** Raises an alert. Never waits. */
    public void raise(Severity severity, String name, String subject, String detail) {
        if (!queue.offer(new Alert(clock.now(), severity, name, subject, detail, 0))) {
            dropped.increment();
        }
    }

    /** Alerts that were dropped because the queue was full. */
    public long dropped() {
        return dropped.sum();
    }

    @Override
    public void onEvent(Alert alert, boolean isEndOfBatch) {
        long now = clock.nanos();
        String key = alert.name() + ' ' + alert.subject();
        Repeats repeats = seen.get(key);
        if (repeats == null) {
            forgetOldest();
            seen.put(key, new Repeats(now));
            deliver(alert, 0);
        } else if (now - repeats.deliveredNanos >= intervalNanos) {
            deliver(alert, repeats.suppressed);
            repeats.deliveredNanos = now;
            repeats.suppressed = 0;
            repeats.last = null;
        } else {
            repeats.suppressed++;
            repeats.last = alert;
        }
    }

    @Override
    public void onIdle() {
        long now = clock.nanos();
        for (Repeats repeats : seen.values()) {
            Alert last = repeats.last;
            if (last != null && now - repeats.deliveredNanos >= intervalNanos) {
                deliver(last, repeats.suppressed - 1);
                repeats.deliveredNanos = now;
                repeats.suppressed = 0;
                repeats.last = null;
            }
        }
    }

    private void forgetOldest() {
        if (seen.size() >= MAX_REMEMBERED) {
            seen.remove(seen.keySet().iterator().next());
        }
    }

    private void deliver(Alert alert, long suppressed) {
        try {
            sink.onAlert(
                    new Alert(alert.at(), alert.severity(), alert.name(), alert.subject(), alert.detail(), suppressed));
        } catch (RuntimeException e) {
            logger.warn("alert sink failed name={}", alert.name(), e);
        }
    }

    private static final class Repeats {
        long deliveredNanos;
        long suppressed;

        @Nullable
        Alert last;

        Repeats(long deliveredNanos) {
            this.deliveredNanos = deliveredNanos;
        }
    }
}
