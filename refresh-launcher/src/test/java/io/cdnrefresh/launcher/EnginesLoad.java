// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients behind a balancer: each refreshes objects that have just changed at their origin, at one engine after the other,
 * and preloads half of them at the engine that has answered. Keeps what was answered with 202. Thread-safe.
 */
final class EnginesLoad {
    /** A task that was answered with 202. */
    record Accepted(String id, boolean isPreload, String url) {}

    private final List<EngineNode> engines;
    private final List<VersionedCache> caches;
    private final long pauseNanos;
    private final Map<String, Accepted> accepted = new ConcurrentHashMap<>();
    private final AtomicInteger refused = new AtomicInteger();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean isStopping;

    /** {@code pauseNanos}: what each client waits between two tasks. */
    EnginesLoad(List<EngineNode> engines, List<VersionedCache> caches, int clientCount, long pauseNanos) {
        this.engines = engines;
        this.caches = caches;
        this.pauseNanos = pauseNanos;
        for (int c = 0; c < clientCount; c++) {
            int number = c;
            Thread client = new Thread(() -> submitAll(number), "client-" + c);
            client.setDaemon(true);
            clients.add(client);
        }
    }

    void start() {
        clients.forEach(Thread::start);
    }

    /** Ends the clients. */
    void stop() throws InterruptedException {
        isStopping = true;
        for (Thread client : clients) {
            client.join();
        }
    }

    /** By id. */
    Map<String, Accepted> accepted() {
        return accepted;
    }

    /** Submissions that were answered with anything but 202, or not at all. */
    int refused() {
        return refused.get();
    }

    private void submitAll(int client) {
        try {
            for (int i = 0; !isStopping; i++) {
                String url = "http://www.example.com/" + client + "/" + i;
                caches.forEach(cache -> cache.putOld(url));
                EngineApi engine = engines.get((client + i) % engines.size()).api();
                if (submit(engine, "url", url) && i % 2 == 0) {
                    submit(engine, "preload", url);
                }
                LockSupport.parkNanos(pauseNanos);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean submit(EngineApi engine, String type, String url) throws InterruptedException {
        Optional<String> id = engine.trySubmit(type, List.of(url));
        id.ifPresentOrElse(
                known -> accepted.put(known, new Accepted(known, type.equals("preload"), url)),
                refused::incrementAndGet);
        return id.isPresent();
    }
}
