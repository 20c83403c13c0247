// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.spi.OfflineQueues;
import io.cdnrefresh.spi.OfflineQueues.Entry;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.state.DeviceResults;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The index of what absent devices owe: one queue a device, filled as tasks leave memory, and built again from the rows of
 * the store when the coordinator may have lost some of it, or had no room. Thread-safe; never blocks its callers.
 *
 * <p>An engine parks and brings back what it owns: its queue of a device is called {@code device/engine}.
 */
final class OfflineIndex {
    private static final Logger logger = LoggerFactory.getLogger(OfflineIndex.class);
    private static final Duration DRAIN_LEASE = Duration.ofSeconds(30);
    private static final int PAGE = 500;

    private final DelayControl.Sources sources;
    private final OfflineQueues queues;
    private final DeviceRegistry devices;
    private final EngineEpoch epoch;
    private final String holder;
    private final Consumer<Device> onParked;
    /** Devices whose queue has not everything. */
    private final Set<String> incomplete = ConcurrentHashMap.newKeySet();

    private final ParkedSince since = new ParkedSince();
    private final AtomicBoolean isBuilding = new AtomicBoolean();
    private volatile @Nullable String generation;

    /** {@code onParked} is told before and after something is parked for a device. */
    OfflineIndex(DelayControl.Sources sources, DeviceRegistry devices, EngineEpoch epoch, Consumer<Device> onParked) {
        this.sources = sources;
        this.devices = devices;
        this.epoch = epoch;
        this.onParked = onParked;
        queues = sources.queues();
        holder = epoch.toString();
    }

    private String queue(String device) {
        return device + "/" + epoch.engine();
    }

    /** Parks one task for devices; completes when all of it is parked, or known to be missing. */
    CompletionStage<?> park(List<Device> owing, Entry entry) {
        // what is parked under an unknown generation could be lost unnoticed
        CompletionStage<?> known = generation == null ? learnGeneration() : CompletableFuture.completedStage(null);
        CompletionStage<?> parked = known;
        for (Device device : owing) {
            parked = parked.thenCombine(known.thenCompose(any -> park(device, List.of(entry))), (before, now) -> now);
        }
        return parked;
    }

    private CompletionStage<Long> park(Device device, List<Entry> entries) {
        onParked.accept(device);
        since.parked(device, entries);
        return queues.park(queue(device.id()), entries).thenApply(length -> {
            if (length < 0 && incomplete.add(device.id())) {
                logger.warn("offline queue is full, the rest is in the store only device={}", device.id());
            }
            onParked.accept(device); // again: a return that ended meanwhile has found nothing and said so
            return length;
        });
    }

    private CompletionStage<String> learnGeneration() {
        return queues.generation().thenApply(now -> {
            synchronized (isBuilding) {
                generation = generation == null ? now : generation;
            }
            return now;
        });
    }

    CompletionStage<List<Entry>> drain(Device device, int limit) {
        return queues.drain(queue(device.id()), holder, DRAIN_LEASE, limit);
    }

    void acknowledge(Device device, List<Entry> entries) {
        queues.acknowledge(queue(device.id()), holder, List.copyOf(entries));
    }

    CompletionStage<Long> finish(Device device) {
        return queues.finish(queue(device.id()), holder);
    }

    /** Since when something is parked. */
    ParkedSince since() {
        return since;
    }

    CompletionStage<Long> length(String device) {
        return queues.length(queue(device));
    }

    /** Whether the device's queue has everything, as far as is known. */
    boolean isComplete(Device device) {
        return !incomplete.contains(device.id()) && !isBuilding.get();
    }

    /**
     * Whether the index is still the one that was filled; else it is built again.
     *
     * @param same runs if it is
     * @param built runs when it has been built again
     */
    void check(Runnable same, Runnable built) {
        queues.generation().whenComplete((now, e) -> {
            if (e != null) {
                logger.debug("generation not known cause={}", e.getMessage());
            } else if (generation == null || now.equals(generation)) {
                same.run();
            } else {
                logger.warn("offline queues may be incomplete, built again from the store engine={}", epoch);
                build(now, null, built);
            }
        });
    }

    /** Parks what the rows say the device owes, when its queue had no room for all of it. */
    void complete(Device device) {
        String now = generation;
        if (now != null && incomplete.contains(device.id())) {
            build(now, device.id(), () -> {});
        }
    }

    private void build(String as, @Nullable String only, Runnable built) {
        if (!isBuilding.compareAndSet(false, true)) {
            return;
        }
        if (only != null) {
            incomplete.remove(only);
        }
        if (!sources.queries().tryRun(() -> build(new Build(as, only, built), 0))) {
            stopped(only, "the engine is busy");
        }
    }

    /** As which generation, for whom (null = for all), and what comes then. */
    private record Build(String as, @Nullable String only, Runnable built) {}

    private void build(Build build, long after) {
        List<TaskRow> page;
        Map<Device, List<Entry>> byDevice = new HashMap<>();
        try {
            page = sources.store().recover(epoch, after, PAGE);
            for (TaskRow row : page) {
                if (row.status().state().isFinal() && row.status().owed() > 0) {
                    Entry entry = new Entry(row.id().value(), row.status().step());
                    for (Device device : owing(row, build.only)) {
                        byDevice.computeIfAbsent(device, any -> new ArrayList<>())
                                .add(entry);
                    }
                }
            }
        } catch (StoreException e) {
            stopped(build.only, String.valueOf(e.getMessage()));
            return;
        }
        CompletionStage<?> parked = CompletableFuture.completedStage(null);
        for (Map.Entry<Device, List<Entry>> each : byDevice.entrySet()) {
            parked = parked.thenCombine(park(each.getKey(), each.getValue()), (before, now) -> now);
        }
        long next = page.isEmpty() ? 0 : page.get(page.size() - 1).id().value();
        parked.whenComplete((last, e) -> {
            if (e != null) {
                stopped(build.only, String.valueOf(e.getMessage()));
            } else if (next == 0) {
                built(build);
            } else if (!sources.queries().tryRun(() -> build(build, next))) {
                stopped(build.only, "the engine is busy");
            }
        });
    }

    private void built(Build build) {
        synchronized (isBuilding) {
            generation = build.as;
        }
        isBuilding.set(false);
        logger.info("offline queues built again engine={} device={}", epoch, build.only == null ? "all" : build.only);
        build.built.run();
    }

    /** The generation stays as it was: the next look at it finds the difference again. */
    private void stopped(@Nullable String only, String cause) {
        if (only != null) {
            incomplete.add(only);
        }
        isBuilding.set(false);
        logger.warn("offline queues not built again, tried once more later cause={}", cause);
    }

    private List<Device> owing(TaskRow row, @Nullable String only) {
        DeviceResults results = DeviceResults.fromBytes(
                row.devices(), row.task().targets().size(), row.status().results());
        List<Device> owing = new ArrayList<>();
        row.devices().forEach(ordinal -> {
            Device device = devices.view().device(ordinal);
            if (device != null
                    && (only == null || only.equals(device.id()))
                    && results.isOwed(row.devices().indexOf(ordinal))) {
                owing.add(device);
            }
        });
        return owing;
    }
}
