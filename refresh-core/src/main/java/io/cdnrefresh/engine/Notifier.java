// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskOptions;
import io.cdnrefresh.model.TaskProgress;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.spi.CompletionListener;
import io.cdnrefresh.spi.StoreException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of ends, on threads of its own, after they are committed. When its queue is full the lanes keep what is untold.
 * With one thread the listeners hear of ends in the order of the commits of each lane.
 */
final class Notifier {
    private static final Logger logger = LoggerFactory.getLogger(Notifier.class);

    private final List<CompletionListener> listeners;
    private final ConcurrentHashMap<Long, CompletableFuture<TaskProgress>> handles = new ConcurrentHashMap<>();
    private final WorkerPool workers;
    private final @Nullable Callbacks callbacks;
    private final LongAdder failures = new LongAdder();

    /** {@code callbacks} null: nobody is told by webhook. */
    Notifier(List<CompletionListener> listeners, WorkerPool workers, @Nullable Callbacks callbacks) {
        this.listeners = List.copyOf(listeners);
        this.callbacks = callbacks;
        this.workers = workers;
    }

    WorkerPool workers() {
        return workers;
    }

    /** How many times a listener has thrown. */
    long failures() {
        return failures.sum();
    }

    /** Whether anybody wants to hear of the task's end: what is told has to be counted first. */
    boolean isWanted(TaskId id) {
        return !listeners.isEmpty() || handles.containsKey(id.value());
    }

    /** Whether somebody is to hear of such a task's end, whatever dies: also of ends of an earlier life. */
    boolean tellsFirst(TaskOptions options) {
        return !listeners.isEmpty() || hasCallback(options);
    }

    /** Whether the task's end goes out as a webhook. */
    boolean hasCallback(TaskOptions options) {
        return callbacks != null && options.callback() != null;
    }

    /**
     * False: not now. {@code told} runs once everybody has been told and the webhooks, if there is a note of them, are
     * written down.
     */
    boolean tell(TaskProgress progress, @Nullable CallbackNote note, Runnable told) {
        return workers.tryRun(() -> {
            try {
                deliver(progress);
            } finally { // even when a listener's Error ends the work: nobody is told twice
                if (note == null || callbacks == null) {
                    told.run();
                } else {
                    callbacks.add(note, told);
                }
            }
        });
    }

    /** The task's end can never be stored: who waits for it waits no longer. */
    void refused(TaskId id) {
        CompletableFuture<TaskProgress> handle = handles.remove(id.value());
        if (handle == null) {
            return;
        }
        StoreException fault =
                new StoreException(Category.PERMANENT, "the end of task " + id + " can not be stored", null);
        // never on the caller's thread, a lane: what depends on the handle may block
        if (!workers.tryRun(() -> handle.completeExceptionally(fault))) {
            handles.put(id.value(), handle); // ended with the engine
        }
    }

    /** Completed by the end of the task; to be asked for before the task can end. */
    CompletableFuture<TaskProgress> handle(TaskId id) {
        return handles.computeIfAbsent(id.value(), any -> new CompletableFuture<>());
    }

    int handles() {
        return handles.size();
    }

    void dropHandle(TaskId id) {
        handles.remove(id.value());
    }

    private void deliver(TaskProgress progress) {
        CompletableFuture<TaskProgress> handle = handles.remove(progress.id().value());
        if (handle != null) {
            handle.complete(progress);
        }
        for (CompletionListener listener : listeners) {
            try {
                listener.onCompletion(progress);
            } catch (RuntimeException | LinkageError | AssertionError e) {
                failures.increment();
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
