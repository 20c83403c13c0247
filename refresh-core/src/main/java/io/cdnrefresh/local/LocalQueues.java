// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import io.cdnrefresh.spi.OfflineQueues;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The offline queues of a hub as one coordinator uses them. */
final class LocalQueues implements OfflineQueues {
    private final LocalCoordinator coordinator;
    private final Queues queues;

    LocalQueues(LocalCoordinator coordinator, Queues queues) {
        this.coordinator = coordinator;
        this.queues = queues;
    }

    @Override
    public CompletionStage<Long> park(String device, List<Entry> entries) {
        return coordinator.answer(() -> queues.park(device, entries));
    }

    @Override
    public CompletionStage<List<Entry>> drain(String device, String holder, Duration lease, int limit) {
        long nowNanos = coordinator.nanos();
        return coordinator.answer(() -> queues.drain(device, holder, nowNanos, nowNanos + lease.toNanos(), limit));
    }

    @Override
    public CompletionStage<Void> acknowledge(String device, String holder, List<Entry> entries) {
        long nowNanos = coordinator.nanos();
        return coordinator
                .answer(() -> queues.acknowledge(device, holder, nowNanos, entries))
                .thenAccept(ignored -> {});
    }

    @Override
    public CompletionStage<Long> length(String device) {
        return coordinator.answer(() -> queues.length(device));
    }

    @Override
    public CompletionStage<Long> finish(String device, String holder) {
        long nowNanos = coordinator.nanos();
        return coordinator.answer(() -> queues.finish(device, holder, nowNanos));
    }

    @Override
    public CompletionStage<String> generation() {
        return coordinator.answer(queues::generation);
    }

    /** All queues. Guarded by itself. */
    static final class Queues {
        private final int bound;
        private String generation = UUID.randomUUID().toString();
        private final Map<String, Queue> byDevice = new HashMap<>();

        Queues(int bound) {
            this.bound = bound;
        }

        /** As when a server has lost its memory. */
        synchronized void lose() {
            byDevice.clear();
            generation = UUID.randomUUID().toString();
        }

        private synchronized String generation() {
            return generation;
        }

        private synchronized long park(String device, List<Entry> entries) {
            Queue queue = byDevice.computeIfAbsent(device, name -> new Queue());
            if (queue.length() >= bound) {
                return -1;
            }
            queue.waiting.addAll(entries);
            return queue.length();
        }

        private synchronized List<Entry> drain(
                String device, String holder, long nowNanos, long untilNanos, int limit) {
            Queue queue = byDevice.computeIfAbsent(device, name -> new Queue());
            if (queue.isLeased(nowNanos)) {
                if (!holder.equals(queue.holder)) {
                    return List.of();
                }
            } else {
                queue.takeBack();
            }
            queue.holder = holder;
            queue.untilNanos = untilNanos;
            List<Entry> drained = new ArrayList<>();
            while (drained.size() < limit && !queue.waiting.isEmpty()) {
                Entry entry = queue.waiting.removeFirst();
                if (queue.taken.add(entry)) {
                    drained.add(entry);
                }
            }
            return drained;
        }

        /** Takes an acknowledgement after the lease too, as long as nobody else drains: the work was done. */
        private synchronized boolean acknowledge(String device, String holder, long nowNanos, List<Entry> entries) {
            Queue queue = byDevice.get(device);
            if (queue == null || queue.isLeased(nowNanos) && !holder.equals(queue.holder)) {
                return false;
            }
            entries.forEach(queue.taken::remove);
            return true;
        }

        private synchronized long length(String device) {
            Queue queue = byDevice.get(device);
            return queue == null ? 0 : queue.length();
        }

        private synchronized long finish(String device, String holder, long nowNanos) {
            Queue queue = byDevice.get(device);
            if (queue == null) {
                return 0;
            }
            if (!queue.isLeased(nowNanos) || holder.equals(queue.holder)) {
                queue.takeBack();
                queue.holder = null;
            }
            if (queue.length() == 0) {
                byDevice.remove(device);
                return 0;
            }
            return queue.length();
        }
    }

    private static final class Queue {
        final Deque<Entry> waiting = new ArrayDeque<>();
        final Set<Entry> taken = new LinkedHashSet<>();

        @Nullable
        String holder;

        long untilNanos;

        boolean isLeased(long nowNanos) {
            return holder != null && nowNanos - untilNanos < 0;
        }

        void takeBack() {
            List<Entry> entries = new ArrayList<>(taken);
            for (int i = entries.size() - 1; i >= 0; i--) {
                waiting.addFirst(entries.get(i));
            }
            taken.clear();
        }

        long length() {
            return (long) waiting.size() + taken.size();
        }
    }
}
