// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.cache;

import io.cdnrefresh.spi.CacheServer.Listener;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/** Listeners that wait for a result. Each is told one, also when the driver is closed first. Thread-safe. */
final class OpenRequests {
    private final Set<Open<?>> open = ConcurrentHashMap.newKeySet();
    private volatile boolean isClosed;

    <R> Listener<R> track(Listener<R> listener, R onClose) {
        Open<R> entry = new Open<>(listener, onClose);
        open.add(entry);
        if (isClosed) {
            entry.abandon();
        }
        return entry;
    }

    void close() {
        isClosed = true;
        open.forEach(Open::abandon);
    }

    private final class Open<R> implements Listener<R> {
        private final AtomicReference<Listener<R>> listener;
        private final R onClose;

        private Open(Listener<R> listener, R onClose) {
            this.listener = new AtomicReference<>(listener);
            this.onClose = onClose;
        }

        @Override
        public void onResult(R result) {
            open.remove(this);
            Listener<R> waiting = listener.getAndSet(ignored -> {});
            waiting.onResult(result);
        }

        private void abandon() {
            onResult(onClose);
        }
    }
}
