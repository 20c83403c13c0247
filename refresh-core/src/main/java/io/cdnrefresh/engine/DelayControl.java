// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.OfflineQueues;
import io.cdnrefresh.spi.OfflineQueues.Entry;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.state.DeviceResults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the work of absent devices out of memory: parks what they owe, and brings it back when they return. The offline
 * queue is an index; the rows in the store say what is owed. Thread-safe; never blocks its callers.
 */
final class DelayControl {
    private static final Logger logger = LoggerFactory.getLogger(DelayControl.class);
    private static final Duration DRAIN_LEASE = Duration.ofSeconds(30);
    private static final int DRAIN_LIMIT = 500;

    private final OfflineQueues queues;
    private final TaskStore store;
    private final TaskQueries tasks;
    private final WorkerPool queries;
    private final EngineClock clock;
    private final DeviceRegistry devices;
    private final Feed feed;
    private final EngineEpoch epoch;
    private final String holder;
    /** Devices that this engine has parked something for, as far as it remembers. */
    private final Set<String> parkedHere = ConcurrentHashMap.newKeySet();

    private final Map<String, Long> draining = new ConcurrentHashMap<>();

    DelayControl(Sources sources, DeviceRegistry devices, Feed feed, EngineEpoch epoch) {
        this.feed = feed;
        queues = sources.queues;
        store = sources.store;
        tasks = sources.tasks;
        queries = sources.queries;
        clock = sources.clock;
        this.devices = devices;
        this.epoch = epoch;
        holder = epoch.toString();
    }

    /** What the work is parked in and read from. */
    record Sources(OfflineQueues queues, TaskStore store, TaskQueries tasks, WorkerPool queries, EngineClock clock) {}

    /** Parks what the task is owed, device by device. Called by its lane; {@code done} on any thread. */
    void park(LiveTask live, Consumer<Boolean> done) {
        List<CompletionStage<Long>> all = new ArrayList<>();
        Entry entry = new Entry(live.key(), live.step);
        live.devices().forEach(ordinal -> {
            Device device = devices.view().device(ordinal);
            if (device != null && live.results.isOwed(live.devices().indexOf(ordinal))) {
                parkedHere.add(device.id());
                feed.earlier().parked(ordinal);
                all.add(queues.park(device.id(), List.of(entry)).whenComplete((length, e) -> {
                    // again: a drain that ended meanwhile has found nothing and said so
                    parkedHere.add(device.id());
                    feed.earlier().parked(ordinal);
                }));
            }
        });
        CompletionStage<?> parked = CompletableFuture.completedStage(null);
        for (CompletionStage<Long> one : all) {
            parked = parked.thenCombine(one, (before, now) -> now);
        }
        parked.whenComplete((last, e) -> done.accept(e == null));
    }

    /** Tries again for connected devices that still owe something. Once in a while, on any thread. */
    void retry(Consumer<TaskRow> back) {
        for (String id : parkedHere) {
            Device device = devices.view().device(id);
            if (device != null && devices.isConnected(device.ordinal())) {
                drain(id, back);
            }
        }
    }

    /** The device is back: what is parked for it goes to {@code back}, on query threads. */
    void drain(String device, Consumer<TaskRow> back) {
        long now = clock.nanos();
        Long since = draining.putIfAbsent(device, now);
        if (since != null && now - since < DRAIN_LEASE.toNanos()) {
            return;
        }
        draining.put(device, now);
        queues.drain(device, holder, DRAIN_LEASE, DRAIN_LIMIT).whenComplete((entries, e) -> {
            if (e != null) {
                draining.remove(device);
                logger.warn("drain failed device={} cause={}", device, e.getMessage());
            } else if (entries.isEmpty()) {
                draining.remove(device);
                queues.length(device).thenAccept(length -> {
                    if (length == 0) {
                        drained(device);
                    }
                });
            } else if (!queries.tryRun(() -> bringBack(device, entries, back))) {
                putBack(device, entries);
            }
        });
    }

    /** Nothing is parked for the device: from here on it gets preloads again. */
    private void drained(String id) {
        parkedHere.remove(id);
        Device device = devices.view().device(id);
        if (device != null && feed.earlier().drained(device.ordinal())) {
            feed.lookAgain(device.ordinal());
        }
    }

    /** Drained entries that could not be looked at go to the end of the queue, to be tried again. */
    private void putBack(String device, List<Entry> entries) {
        queues.park(device, entries)
                .thenCompose(length -> queues.acknowledge(device, holder, entries))
                .whenComplete((nothing, e) -> draining.remove(device));
    }

    private void bringBack(String device, List<Entry> entries, Consumer<TaskRow> back) {
        List<Entry> done = new ArrayList<>();
        try {
            requireCurrent();
            for (Entry entry : entries) {
                TaskRow row = tasks.find(new TaskId(entry.task())).orElse(null);
                if (row == null || row.owner().engine() == epoch.engine()) {
                    done.add(entry);
                }
                if (row != null && row.owner().engine() == epoch.engine() && isOwed(row)) {
                    feed.earlier().add(row.id().value(), row.task(), owing(row));
                    back.accept(row);
                }
            }
        } catch (StoreException e) {
            logger.warn("drain stopped device={} cause={}", device, e.getMessage());
            putBack(device, entries);
            return;
        }
        // A crash from here on loses nothing: the rows still say what is owed, and a restart parks it again.
        // The rest comes with the next retry, so that a long queue does not fill the memory at once; what belongs to
        // another engine comes back to the queue when the lease is over.
        queues.acknowledge(device, holder, done).whenComplete((nothing, e) -> {
            draining.remove(device);
            if (e == null && entries.size() < DRAIN_LIMIT) {
                drain(device, back); // most likely to find that this was all
            }
        });
    }

    /**
     * Throws if a later life of this engine has taken over after the entries were drained: they are its own to bring back.
     * As long as there is none, whatever we take from the queue a later one finds in the store when it starts.
     */
    private void requireCurrent() {
        store.recover(epoch, Long.MAX_VALUE - 1, 1);
    }

    private static DeviceSet owing(TaskRow row) {
        DeviceResults results = DeviceResults.fromBytes(
                row.devices(), row.task().targets().size(), row.status().results());
        return row.devices().filter(ordinal -> results.isOwed(row.devices().indexOf(ordinal)));
    }

    private static boolean isOwed(TaskRow row) {
        return row.status().owed() > 0 && row.status().state() != TaskState.CANCELLED;
    }

    CompletionStage<Long> length(String device) {
        return queues.length(device);
    }
}
