// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.spi.Alert;
import io.cdnrefresh.spi.AlertSink;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.Metric.Kind;
import io.cdnrefresh.spi.MetricSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where alerts go: into the log at once, and to a receiver over HTTP, which nobody waits for. Thread-safe. */
final class AlertOutput implements AlertSink, MetricSource, AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger("io.cdnrefresh.alert");

    private final HttpClient client;
    private final String instance;
    private final AtomicLong logged = new AtomicLong();
    private final AlertHook.Counts counts = new AlertHook.Counts();
    private @Nullable AlertHook hook; // under this
    private boolean isLogging; // under this

    /**
     * Opens it.
     *
     * @param client the client of the process; stays the caller's
     * @param instance names this process to the receiver
     */
    AlertOutput(Config config, HttpClient client, String instance) {
        this.client = client;
        this.instance = instance;
        apply(config);
    }

    /** Uses other settings from now on; what still waited for the receiver goes to the new one. */
    synchronized void apply(Config config) {
        AlertHook old = hook;
        AlertHook.Settings settings = AlertHook.Settings.of(config, instance);
        isLogging = config.flag("alert.log");
        if (old != null && old.settings().equals(settings)) {
            return;
        }
        AlertHook now = settings.url().isEmpty() ? null : new AlertHook(settings, client, counts);
        hook = now;
        if (old != null) {
            old.close();
            if (now != null) {
                old.waiting().forEach(now::add);
            }
        }
    }

    @Override
    public void onAlert(Alert alert) {
        AlertHook receiver;
        boolean isLogged;
        synchronized (this) {
            receiver = hook;
            isLogged = isLogging;
        }
        if (isLogged) {
            log(alert);
        }
        if (receiver != null) {
            receiver.add(alert);
        }
    }

    private void log(Alert alert) {
        logged.incrementAndGet();
        String text = "alert severity={} name={} subject={} detail={} suppressed={}";
        Object[] values = {alert.severity(), alert.name(), alert.subject(), alert.detail(), alert.suppressed()};
        if (alert.severity() == Alert.Severity.ERROR) {
            logger.error(text, values);
        } else {
            logger.warn(text, values);
        }
    }

    @Override
    public List<Metric> metrics() {
        return List.of(
                Metric.of("refresh_alerts_sent_total", Kind.COUNTER, "Alerts that a sink has taken.")
                        .add(logged.get(), "sink", "log")
                        .add(counts.sent.get(), "sink", "webhook")
                        .build(),
                Metric.of("refresh_alerts_lost_total", Kind.COUNTER, "Alerts that a sink never took.")
                        .add(counts.lost.get(), "sink", "webhook")
                        .build(),
                Metric.of("refresh_alerts_waiting", Kind.GAUGE, "Different alerts that wait for their sink.")
                        .add(counts.waiting.get(), "sink", "webhook")
                        .build(),
                Metric.counter(
                        "refresh_alerts_failures_total", "Calls of the receiver that failed.", counts.failures.get()));
    }

    @Override
    public synchronized void close() {
        AlertHook old = hook;
        hook = null;
        if (old != null) {
            old.close();
        }
    }
}
