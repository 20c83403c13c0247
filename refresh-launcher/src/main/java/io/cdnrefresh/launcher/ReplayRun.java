// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Sends recorded requests at the times at which they came, faster or slower. Times of answers count from when a request
 * should have been sent, so that a slow target is not spared. Runs once; owned by one thread.
 */
final class ReplayRun {
    private static final List<String> NOT_SENT = List.of("content-length", "connection", "upgrade", "expect");
    private static final long LONGEST_GAP_NANOS = TimeUnit.MINUTES.toNanos(1);

    /**
     * What is sent where.
     *
     * @param speed 2 = twice as fast
     * @param copies of each request
     * @param share 0 to 1
     * @param filter found in {@code METHOD /path?query}
     * @param most requests in all
     * @param perSecond requests a second at most
     * @param atOnce requests under way at most
     * @param patience with an answer
     * @param token bearer key; null = none
     */
    record Plan(
            URI to,
            double speed,
            int copies,
            double share,
            Pattern filter,
            int most,
            int perSecond,
            int atOnce,
            Duration patience,
            @Nullable String token) {
        /** Without the token. */
        @Override
        public String toString() {
            return "Plan[to=" + to + ", most=" + most + ", token=" + (token == null ? "none" : "***") + ']';
        }
    }

    /**
     * What came of it.
     *
     * @param read requests of the recording
     * @param skipped entries that were none, or that cannot be sent
     * @param statuses answers by status
     * @param failures missing answers by reason
     * @param latencyNanos of answers, sorted
     */
    record Summary(
            long read,
            long skipped,
            long sent,
            Duration took,
            Map<Integer, Integer> statuses,
            Map<String, Integer> failures,
            long[] latencyNanos) {
        long answered() {
            return latencyNanos.length;
        }

        private double millis(double share) {
            if (latencyNanos.length == 0) {
                return 0;
            }
            int index = (int) Math.ceil(share * latencyNanos.length) - 1;
            return Math.round(latencyNanos[Math.max(0, index)] / 10_000.0) / 100.0;
        }

        /** By the names that are shown. */
        Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("read", read);
            map.put("skipped", skipped);
            map.put("sent", sent);
            map.put("answered", answered());
            map.put("seconds", took.toMillis() / 1000.0);
            map.put("perSecond", Math.round(sent * 1e10 / Math.max(1, took.toNanos())) / 10.0);
            map.put("statuses", byName(statuses));
            map.put("failures", failures);
            map.put("p50Millis", millis(0.5));
            map.put("p90Millis", millis(0.9));
            map.put("p99Millis", millis(0.99));
            map.put("maxMillis", millis(1));
            return map;
        }

        private static Map<String, Integer> byName(Map<Integer, Integer> statuses) {
            Map<String, Integer> named = new TreeMap<>();
            statuses.forEach((status, count) -> named.put(status.toString(), count));
            return named;
        }
    }

    private final Plan plan;
    private final HttpClient client;
    private final Semaphore places;
    private final Map<Integer, Integer> statuses = new TreeMap<>(); // under this
    private final Map<String, Integer> failures = new TreeMap<>(); // under this
    private final List<Long> latencies = new ArrayList<>(); // under this

    ReplayRun(Plan plan) {
        // a recorded Host goes with its request; read by the JDK when its client is first used
        System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
        this.plan = plan;
        client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .build();
        places = new Semaphore(plan.atOnce);
    }

    /** Sends all; returns when all are answered or given up. */
    Summary run(RecordedRequests requests) throws IOException, InterruptedException {
        long beganNanos = System.nanoTime();
        long stepNanos = TimeUnit.SECONDS.toNanos(1) / plan.perSecond;
        long read = 0;
        long sent = 0;
        long unsendable = 0;
        long lastAtNanos = 0;
        long paceNanos = 0;
        for (RecordedRequest request = requests.next();
                request != null && sent < plan.most;
                request = requests.next()) {
            read++;
            if (!isWanted(request)) {
                continue;
            }
            HttpRequest http = build(request);
            if (http == null) {
                unsendable++;
                continue;
            }
            long gapNanos = lastAtNanos == 0 ? 0 : Math.max(0, request.atNanos() - lastAtNanos);
            lastAtNanos = request.atNanos();
            paceNanos += Math.min((long) (gapNanos / plan.speed), LONGEST_GAP_NANOS);
            for (int copy = 0; copy < plan.copies && sent < plan.most; copy++) {
                // at the recorded pace, and no faster than allowed
                send(http, beganNanos + Math.max(paceNanos, sent * stepNanos));
                sent++;
            }
        }
        places.acquire(plan.atOnce);
        Duration took = Duration.ofNanos(System.nanoTime() - beganNanos);
        synchronized (this) {
            long[] sorted = latencies.stream().mapToLong(Long::longValue).toArray();
            Arrays.sort(sorted);
            return new Summary(
                    read,
                    requests.skipped() + unsendable,
                    sent,
                    took,
                    Map.copyOf(statuses),
                    Map.copyOf(failures),
                    sorted);
        }
    }

    private boolean isWanted(RecordedRequest request) {
        return plan.filter.matcher(request.method() + " " + request.target()).find()
                && (plan.share >= 1 || ThreadLocalRandom.current().nextDouble() < plan.share);
    }

    private @Nullable HttpRequest build(RecordedRequest request) {
        try {
            HttpRequest.Builder http = HttpRequest.newBuilder(plan.to.resolve(request.target()))
                    .timeout(plan.patience)
                    .method(request.method(), BodyPublishers.ofByteArray(request.body()));
            List<String> headers = request.headers();
            for (int i = 0; i + 1 < headers.size(); i += 2) {
                if (!NOT_SENT.contains(headers.get(i).toLowerCase(java.util.Locale.ROOT))) {
                    http.setHeader(headers.get(i), headers.get(i + 1));
                }
            }
            if (plan.token != null) {
                http.setHeader("Authorization", "Bearer " + plan.token);
            }
            return http.build();
        } catch (IllegalArgumentException unsendable) {
            return null;
        }
    }

    private void send(HttpRequest request, long dueNanos) throws InterruptedException {
        long leftNanos = dueNanos - System.nanoTime();
        if (leftNanos > 0) {
            TimeUnit.NANOSECONDS.sleep(leftNanos);
        }
        places.acquire();
        var unused = client.sendAsync(request, BodyHandlers.discarding()).whenComplete((answer, failure) -> {
            onEnd(System.nanoTime() - dueNanos, answer, failure);
            places.release();
        });
    }

    private synchronized void onEnd(long latencyNanos, @Nullable HttpResponse<?> answer, @Nullable Throwable failure) {
        if (answer != null) {
            statuses.merge(answer.statusCode(), 1, Integer::sum);
            latencies.add(latencyNanos);
        } else if (failure != null) {
            Throwable cause = failure instanceof CompletionException wrapped && wrapped.getCause() != null
                    ? wrapped.getCause()
                    : failure;
            failures.merge(cause.getClass().getSimpleName(), 1, Integer::sum);
        }
    }
}
