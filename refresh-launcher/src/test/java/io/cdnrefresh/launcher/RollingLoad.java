// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Clients that submit one task after the other while engines are restarted: some through a balancer, which never repeat,
 * and some at the engines themselves, which repeat at the next engine what was refused or cut. Thread-safe.
 */
final class RollingLoad {
    private static final int CLIENTS = 2;
    private static final long PAUSE_NANOS = 60_000_000;

    private final EngineApi balancer;
    private final List<EngineApi> engines;
    private final Queue<String> accepted = new ConcurrentLinkedQueue<>();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicInteger> firstTries = new ConcurrentHashMap<>();
    private final List<Thread> clients = new java.util.ArrayList<>();
    private volatile boolean isStopping;

    RollingLoad(EngineApi balancer, List<EngineApi> engines) {
        this.balancer = balancer;
        this.engines = engines;
        for (int c = 0; c < CLIENTS; c++) {
            int number = c;
            clients.add(new Thread(() -> throughBalancer(number), "balanced-" + c));
            clients.add(new Thread(() -> direct(number), "direct-" + c));
        }
        clients.forEach(client -> client.setDaemon(true));
    }

    void start() {
        clients.forEach(Thread::start);
    }

    void stop() throws InterruptedException {
        isStopping = true;
        for (Thread client : clients) {
            client.join();
        }
    }

    /** Ids of all tasks that were answered with 202. */
    Queue<String> accepted() {
        return accepted;
    }

    /** What must not happen. */
    Queue<String> failures() {
        return failures;
    }

    /** How first tries at the engines themselves ended, with how many of each. */
    Map<String, AtomicInteger> firstTries() {
        return new TreeMap<>(firstTries);
    }

    private void throughBalancer(int client) {
        for (int i = 0; !isStopping; i++) {
            String said = submit(balancer, "balanced-" + client + "/" + i);
            if (!said.equals("202")) {
                failures.add("through the balancer: " + said);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void direct(int client) {
        for (int i = 0; !isStopping; i++) {
            String path = "direct-" + client + "/" + i;
            String first = submit(engines.get(i % engines.size()), path);
            firstTries.computeIfAbsent(first, any -> new AtomicInteger()).incrementAndGet();
            String last = first;
            for (int retry = 1; retry < engines.size() && !last.equals("202"); retry++) {
                last = submit(engines.get((i + retry) % engines.size()), path);
            }
            if (!last.equals("202")) {
                failures.add("after retries: " + last);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private String submit(EngineApi api, String path) {
        try {
            HttpResponse<String> answer =
                    api.post("/v1/engine/task", "{\"targets\":[\"http://www.example.com/" + path + "\"]}");
            String id = id(answer);
            if (id != null) {
                accepted.add(id);
                return "202";
            }
            boolean isPolite = answer.statusCode() == 503
                    && answer.headers().firstValue("Retry-After").isPresent();
            return isPolite ? "503 with Retry-After" : answer.statusCode() + " " + answer.body();
        } catch (ConnectException closed) {
            return "port closed";
        } catch (IOException cut) {
            return "connection closed";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private static @Nullable String id(HttpResponse<String> answer) {
        return answer.statusCode() == 202 ? answer.body().replaceAll("(?s).*\"id\":\"(\\d+)\".*", "$1") : null;
    }
}
