// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.netty.client.HttpCall;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.client.HttpReply;
import io.cdnrefresh.spi.Alert;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends alerts to one receiver, some at a time, from a thread of its own, {@code alert-hook}. While the receiver is away
 * equal alerts become one that counts the others exactly; above a bound of different ones they are lost, which is counted.
 * Thread-safe; {@link #add} never waits.
 */
final class AlertHook implements AutoCloseable {
    /** Different alerts that may wait. */
    static final int MOST = 512;

    private static final Logger logger = LoggerFactory.getLogger(AlertHook.class);
    private static final int BATCH = 64;
    private static final long STOP_MILLIS = 1_000;
    private static final long FIRST_PAUSE_MILLIS = 500;
    private static final long LONGEST_PAUSE_MILLIS = 30_000;
    /** For how long Alertmanager takes an alert to hold on; while its cause lasts it comes again each minute. */
    private static final Duration HOLDS = Duration.ofMinutes(5);

    /**
     * Where and how.
     *
     * @param format {@code alertmanager} or {@code json}
     * @param token sent as bearer token; empty = none
     * @param instance names this process
     */
    record Settings(String url, String format, String token, Duration timeout, String instance) {
        static Settings of(Config config, String instance) {
            return new Settings(
                    config.text("alert.url"),
                    config.text("alert.format"),
                    config.text("alert.token"),
                    config.time("alert.timeout"),
                    instance);
        }

        /** Without the URL's path: that of many receivers is a secret. */
        @Override
        public String toString() {
            String host = url.isEmpty() ? "" : URI.create(url).getHost();
            return "Settings[host=" + host + ", format=" + format + ", token=" + (token.isEmpty() ? "" : "***")
                    + ", timeout=" + timeout + ", instance=" + instance + "]";
        }
    }

    /** What became of alerts, over all receivers of the process. */
    static final class Counts {
        final AtomicLong sent = new AtomicLong();
        final AtomicLong lost = new AtomicLong();
        final AtomicLong failures = new AtomicLong();
        final AtomicLong waiting = new AtomicLong();
    }

    private final Settings settings;
    private final HttpClient client;
    private final Counts counts;
    private final Map<String, Alert> waiting = new LinkedHashMap<>(); // under itself
    private final Thread thread;
    private boolean isClosed; // under waiting

    AlertHook(Settings settings, HttpClient client, Counts counts) {
        this.settings = settings;
        this.client = client;
        this.counts = counts;
        thread = new Thread(this::run, "alert-hook");
        thread.setDaemon(true);
        thread.start();
    }

    Settings settings() {
        return settings;
    }

    /** Takes an alert. */
    void add(Alert alert) {
        synchronized (waiting) {
            String key = alert.name() + ' ' + alert.subject();
            Alert same = waiting.get(key);
            if (same == null && waiting.size() >= MOST || isClosed) {
                counts.lost.addAndGet(1 + alert.suppressed());
                return;
            }
            waiting.put(key, same == null ? alert : both(same, alert));
            counts.waiting.set(waiting.size());
            waiting.notifyAll();
        }
    }

    /** The newer one, which stands for the older one as well. */
    private static Alert both(Alert older, Alert newer) {
        return new Alert(
                newer.at(),
                newer.severity(),
                newer.name(),
                newer.subject(),
                newer.detail(),
                older.suppressed() + 1 + newer.suppressed());
    }

    /** What has not been taken. */
    List<Alert> waiting() {
        synchronized (waiting) {
            return List.copyOf(waiting.values());
        }
    }

    private void run() {
        long pauseMillis = FIRST_PAUSE_MILLIS;
        try {
            for (List<Alert> batch = next(); !batch.isEmpty(); batch = next()) {
                String trouble;
                try {
                    trouble = send(batch);
                } catch (InterruptedException e) {
                    putBack(batch);
                    throw e;
                }
                if (trouble.isEmpty()) {
                    counts.sent.addAndGet(batch.size());
                    pauseMillis = FIRST_PAUSE_MILLIS;
                    continue;
                }
                counts.failures.incrementAndGet();
                logger.warn("receiver of alerts failed, tried again pauseMillis={} cause={}", pauseMillis, trouble);
                putBack(batch);
                pause(pauseMillis);
                pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, pauseMillis * 2);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for alerts; empty at the end. */
    private List<Alert> next() throws InterruptedException {
        synchronized (waiting) {
            while (waiting.isEmpty() && !isClosed) {
                waiting.wait();
            }
            List<Alert> batch = new ArrayList<>();
            var each = waiting.values().iterator();
            while (!isClosed && each.hasNext() && batch.size() < BATCH) {
                batch.add(each.next());
                each.remove();
            }
            counts.waiting.set(waiting.size());
            return batch;
        }
    }

    private void putBack(List<Alert> batch) {
        synchronized (waiting) {
            for (Alert alert : batch) {
                Alert newer = waiting.remove(alert.name() + ' ' + alert.subject());
                if (newer == null && waiting.size() >= MOST) {
                    counts.lost.addAndGet(1 + alert.suppressed());
                } else {
                    waiting.put(alert.name() + ' ' + alert.subject(), newer == null ? alert : both(alert, newer));
                }
            }
            counts.waiting.set(waiting.size());
        }
    }

    private void pause(long millis) throws InterruptedException {
        synchronized (waiting) {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            for (long left = millis;
                    left > 0 && !isClosed;
                    left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())) {
                waiting.wait(left);
            }
        }
    }

    /** Sends and waits for the answer; what went wrong, empty if nothing did. */
    private String send(List<Alert> batch) throws InterruptedException {
        URI url = URI.create(settings.url);
        boolean isSecure = "https".equals(url.getScheme());
        int port = url.getPort() > 0 ? url.getPort() : isSecure ? 443 : 80;
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        HttpCall.Builder call = HttpCall.to(
                        "POST", url.getHost(), port, url.getRawQuery() == null ? path : path + "?" + url.getRawQuery())
                .header("Content-Type", "application/json")
                .body(body(batch).getBytes(StandardCharsets.UTF_8))
                .timeout(settings.timeout);
        if (isSecure) {
            call.secure();
        }
        if (!settings.token.isEmpty()) {
            call.header("Authorization", "Bearer " + settings.token);
        }
        CompletableFuture<HttpReply> answer = new CompletableFuture<>();
        client.execute(call.build(), answer::complete);
        try {
            HttpReply reply = answer.get(settings.timeout.toMillis() * 2 + 5_000, TimeUnit.MILLISECONDS);
            if (reply instanceof HttpReply.Response response) {
                return response.status() / 100 == 2 ? "" : "status " + response.status();
            }
            return reply.toString();
        } catch (ExecutionException | TimeoutException e) {
            return "no answer";
        }
    }

    private String body(List<Alert> batch) {
        List<Map<String, @Nullable Object>> all =
                batch.stream().map(this::shown).toList();
        return Json.write(settings.format.equals("alertmanager") ? all : Map.of("alerts", all));
    }

    private Map<String, @Nullable Object> shown(Alert alert) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        String severity = alert.severity() == Alert.Severity.ERROR ? "critical" : "warning";
        if (settings.format.equals("alertmanager")) {
            Map<String, @Nullable Object> labels = new LinkedHashMap<>();
            labels.put("alertname", alert.name());
            labels.put("severity", severity);
            labels.put("subject", alert.subject());
            labels.put("instance", settings.instance);
            labels.put("service", "cdn-refresh");
            Map<String, @Nullable Object> annotations = new LinkedHashMap<>();
            annotations.put("description", alert.detail());
            annotations.put("suppressed", String.valueOf(alert.suppressed()));
            shown.put("labels", labels);
            shown.put("annotations", annotations);
            shown.put("startsAt", alert.at().toString());
            shown.put("endsAt", alert.at().plus(HOLDS).toString());
            return shown;
        }
        shown.put("at", alert.at().toString());
        shown.put("severity", alert.severity().name().toLowerCase(Locale.ROOT));
        shown.put("name", alert.name());
        shown.put("subject", alert.subject());
        shown.put("detail", alert.detail());
        shown.put("suppressed", alert.suppressed());
        shown.put("instance", settings.instance);
        return shown;
    }

    @Override
    public void close() {
        synchronized (waiting) {
            isClosed = true;
            waiting.notifyAll();
        }
        thread.interrupt();
        try {
            thread.join(STOP_MILLIS); // what it was sending waits again after that
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
