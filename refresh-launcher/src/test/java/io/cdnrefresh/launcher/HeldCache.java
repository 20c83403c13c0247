// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.spi.CacheResult;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.CacheServer.PreloadCapable;
import io.cdnrefresh.spi.PreloadResult;
import io.cdnrefresh.spi.ProbeResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A cache that answers purges only once it is let go, and notes what it was asked. Thread-safe. */
final class HeldCache implements CacheServer, PreloadCapable {
    private final ArrayDeque<Runnable> held = new ArrayDeque<>();
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();
    private boolean isHolding = true; // under held

    /** Every call, in order: what and which URL. */
    List<String> asked() {
        return List.copyOf(asked);
    }

    /** Answers what waits, and from now on at once. */
    void letGo() {
        List<Runnable> all;
        synchronized (held) {
            isHolding = false;
            all = new ArrayList<>(held);
            held.clear();
        }
        all.forEach(Runnable::run);
    }

    /** Keeps answers back again. */
    void hold() {
        synchronized (held) {
            isHolding = true;
        }
    }

    @Override
    public void purge(PurgeRequest request, Listener<CacheResult> listener) {
        asked.add("purge " + request.target().wire());
        Runnable answer = () -> listener.onResult(new CacheResult.Gone(Instant.now(), true, Duration.ofMillis(1)));
        synchronized (held) {
            if (isHolding) {
                held.add(answer);
                return;
            }
        }
        answer.run();
    }

    @Override
    public void probe(PurgeRequest request, Listener<ProbeResult> listener) {
        listener.onResult(ProbeResult.Absent.ONE);
    }

    @Override
    public void preload(PreloadRequest request, Listener<PreloadResult> listener) {
        asked.add("preload " + request.object().target().wire());
        listener.onResult(new PreloadResult.Loaded(200, 1));
    }

    @Override
    public void close() {}
}
