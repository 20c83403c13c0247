// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients that refresh objects and preload each once its refresh was answered, one call after the other, until they are
 * told to stop or their share is done. Keeps what was answered with 202. Owned by one test thread.
 */
final class KillLoad {
    private static final int CLIENTS = 4;
    private static final int BATCH = 10;
    private static final int MOST = 120;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** A task that was answered with 202. */
    record Accepted(String id, boolean isPreload, List<String> urls) {}

    private final EngineApi api;
    private final VersionedCache cache;
    private final String prefix;
    private final Map<String, Accepted> accepted = new ConcurrentHashMap<>();
    private final List<Thread> clients = new ArrayList<>();
    private final CountDownLatch warm = new CountDownLatch(CLIENTS);
    private volatile boolean isStopping;

    KillLoad(EngineApi api, VersionedCache cache, int round) {
        this.api = api;
        this.cache = cache;
        prefix = "http://www.example.com/" + round + "/";
        for (int c = 0; c < CLIENTS; c++) {
            int number = c;
            Thread client = new Thread(() -> submitAll(number), "client-" + c);
            client.setDaemon(true);
            clients.add(client);
        }
    }

    /** Starts the clients; returns when each has an answer. */
    void start() throws InterruptedException {
        clients.forEach(Thread::start);
        warm.await();
    }

    /** Ends the clients. */
    void stop() throws InterruptedException {
        isStopping = true;
        join();
    }

    /** Waits until every client has done its share. */
    void join() throws InterruptedException {
        for (Thread client : clients) {
            client.join();
        }
    }

    /** By id. */
    Map<String, Accepted> accepted() {
        return accepted;
    }

    /** The first client refreshes many objects at a time. */
    private void submitAll(int client) {
        try {
            for (int i = 0; i < MOST && !isStopping; i++) {
                List<String> urls = new ArrayList<>();
                for (int k = 0; k < (client == 0 ? BATCH : 1); k++) {
                    urls.add(prefix + client + "/" + i + "/" + k);
                }
                urls.forEach(cache::putOld);
                if (submit("url", urls)) {
                    submit("preload", urls.subList(0, 1));
                } else {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
                warm.countDown();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean submit(String type, List<String> urls) throws InterruptedException {
        Optional<String> id = api.trySubmit(type, urls);
        id.ifPresent(known -> accepted.put(known, new Accepted(known, type.equals("preload"), List.copyOf(urls))));
        return id.isPresent();
    }
}
