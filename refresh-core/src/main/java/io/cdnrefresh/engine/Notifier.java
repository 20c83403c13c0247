// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.ring.StageHandler;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.spi.CompletionListener;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of ends, on its own thread, after they are committed. When its queue is full the lanes keep what is untold. */
final class Notifier implements StageHandler<TaskProgress> {
    private static final Logger logger = LoggerFactory.getLogger(Notifier.class);

    private final List<CompletionListener> listeners;
    private final ConcurrentHashMap<Long, CompletableFuture<TaskProgress>> handles = new ConcurrentHashMap<>();
    private final StageQueue<TaskProgress> queue;

    Notifier(List<CompletionListener> listeners, int capacity) {
        this.listeners = List.copyOf(listeners);
        queue = new StageQueue<>("notify", capacity, this);
    }

    StageQueue<TaskProgress> queue() {
        return queue;
    }

    /** False: not now. */
    boolean tell(TaskProgress progress) {
        return queue.offer(progress);
    }

    /** Completed by the end of the task; to be asked for before the task can end. */
    CompletableFuture<TaskProgress> handle(TaskId id) {
        return handles.computeIfAbsent(id.value(), any -> new CompletableFuture<>());
    }

    void dropHandle(TaskId id) {
        handles.remove(id.value());
    }

    @Override
    public void onEvent(TaskProgress progress, boolean isEndOfBatch) {
        CompletableFuture<TaskProgress> handle = handles.remove(progress.id().value());
        if (handle != null) {
            handle.complete(progress);
        }
        for (CompletionListener listener : listeners) {
            try {
                listener.onCompletion(progress);
            } catch (RuntimeException e) {
                logger.warn("completion listener failed task={}", progress.id(), e);
            }
        }
    }

    /** Those who still wait are told that the engine has stopped. */
    void abandon() {
        handles.values()
                .forEach(handle -> handle.completeExceptionally(
                        new IllegalStateException("the engine has stopped before the task ended")));
        handles.clear();
    }
}
