// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.OfflineQueues;
import io.cdnrefresh.spi.OfflineQueues.Entry;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.state.DeviceResults;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the work of absent devices out of memory: parks what they owe, and brings it back when they return. The offline
 * queues are an index; the rows in the store say what is owed. Thread-safe; never blocks its callers.
 */
final class DelayControl {
    private static final Logger logger = LoggerFactory.getLogger(DelayControl.class);
    private static final int RETRY_TICKS = 10;

    private final Sources sources;
    private final OfflineIndex index;
    private final DeviceRegistry devices;
    private final Feed feed;
    private final EngineEpoch epoch;
    private final int collapseAbove;
    private final Map<Integer, DeviceReturn> returns = new ConcurrentHashMap<>();
    /** Devices that this engine has parked something for, as far as it remembers. */
    private final Set<String> parkedHere = ConcurrentHashMap.newKeySet();

    /** When the oldest task was accepted that is parked for a device; 0 = not known. For people. */
    private final Map<String, Long> parkedSince = new ConcurrentHashMap<>();

    private volatile @Nullable Ways ways;
    private final LongAdder collapsed = new LongAdder();
    private int ticks;

    DelayControl(Sources sources, DeviceRegistry devices, Feed feed, EngineEpoch epoch, int collapseAbove) {
        this.sources = sources;
        this.feed = feed;
        this.devices = devices;
        this.epoch = epoch;
        this.collapseAbove = collapseAbove;
        index = new OfflineIndex(sources, devices, epoch, this::remember);
    }

    /** What the work is parked in and read from. */
    record Sources(OfflineQueues queues, TaskStore store, TaskQueries tasks, WorkerPool queries, EngineClock clock) {}

    /** So many parked tasks go back as something broader. */
    void collapsed(int tasks) {
        collapsed.add(tasks);
    }

    /** How work gets back into the engine. May wait for room: query threads only. */
    interface Ways {
        /** A row of the store enters memory, and what it owes is pushed. */
        void adopt(TaskRow row);

        /** The same, and this device has reported on it. */
        void adoptReported(TaskRow row, int device, Report report);

        /** Tasks of the engine's own; {@code done} on any thread, whether all of them are done. */
        void submitAll(List<RefreshTask> tasks, Consumer<Boolean> done);
    }

    /** Before anything else. */
    void connect(Ways to) {
        ways = to;
    }

    Ways ways() {
        return Objects.requireNonNull(ways, "ways");
    }

    OfflineIndex index() {
        return index;
    }

    /** Parks what the task is owed, device by device. Called by its lane; {@code done} on any thread. */
    void park(LiveTask live, Consumer<Boolean> done) {
        List<Device> owing = new ArrayList<>();
        live.devices().forEach(ordinal -> {
            Device device = devices.view().device(ordinal);
            if (device != null && live.results.isOwed(live.devices().indexOf(ordinal))) {
                owing.add(device);
                parkedAgain(ordinal, live.key());
                parkedSince.merge(device.id(), live.acceptedAt().toEpochMilli(), Math::min);
            }
        });
        index.park(owing, new Entry(live.key(), live.step)).whenComplete((last, e) -> done.accept(e == null));
    }

    /** What was brought back has left memory unanswered: the device is slower than tasks are kept. */
    private void parkedAgain(int ordinal, long task) {
        DeviceReturn begun = returns.isEmpty() ? null : returns.get(ordinal);
        if (begun != null) {
            begun.parkedAgain(task);
        }
    }

    private void remember(Device device) {
        parkedHere.add(device.id());
        feed.earlier().parked(device.ordinal());
    }

    /** The device is connected, or removed: what is parked for it comes back. Any thread. */
    void joined(String id) {
        Device device = devices.view().device(id);
        if (device == null) {
            return;
        }
        DeviceReturn begun = new DeviceReturn(this, device);
        if (returns.putIfAbsent(device.ordinal(), begun) == null) {
            begun.wake();
        }
    }

    /** The device is away: its return is over. Any thread. */
    void gone(int ordinal) {
        DeviceReturn begun = returns.get(ordinal);
        if (begun != null) {
            giveUp(begun, "the device is away");
        }
    }

    /** A device's final report. A lane's thread. */
    void reported(int ordinal, Report report) {
        DeviceReturn begun = returns.isEmpty() ? null : returns.get(ordinal);
        if (begun != null) {
            begun.reported(report);
        }
    }

    /** Whether nothing is parked for the device, as far as this engine knows. */
    boolean isHome(Device device) {
        return !returns.containsKey(device.ordinal()) && !parkedHere.contains(device.id()) && index.isComplete(device);
    }

    /** Once a second, on any thread. */
    void tick() {
        returns.values().forEach(DeviceReturn::tick);
        if (++ticks % RETRY_TICKS == 0) {
            index.check(() -> {}, this::retry);
            retry();
            if (ticks == RETRY_TICKS) {
                learnParked();
            }
        }
    }

    /** What an earlier life of the engine has parked for those who have not come since. */
    private void learnParked() {
        for (Device device : devices.view().devices()) {
            if (!devices.isConnected(device.ordinal())) {
                index.length(device.id()).thenAccept(length -> {
                    if (length > 0) {
                        parkedSince.putIfAbsent(device.id(), 0L);
                    }
                });
            }
        }
    }

    /** Since when something is parked for the device: Unix time, at the latest when it went away; 0 = nothing is. */
    long parkedSince(Device device) {
        Long since = parkedSince.get(device.id());
        return since == null ? 0 : since > 0 ? since : device.since().toEpochMilli();
    }

    private void retry() {
        for (String id : parkedHere) {
            Device device = devices.view().device(id);
            boolean isDue =
                    device != null && (devices.isConnected(device.ordinal()) || device.state() == DeviceState.REMOVED);
            if (isDue) {
                joined(id);
            }
        }
    }

    /** The queue has given everything that it had. */
    void finish(DeviceReturn begun) {
        Device device = begun.device();
        index.finish(device).whenComplete((left, e) -> {
            if (e != null) {
                giveUp(begun, String.valueOf(e.getMessage()));
                return;
            }
            begun.end();
            returns.remove(device.ordinal(), begun);
            if (left > 0 && begun.hasWorked()) {
                joined(device.id()); // parked meanwhile
            } else if (left == 0) {
                index.check(() -> empty(begun), this::retry);
            } // else an older life of this engine holds the lease: the next retry looks again
        });
    }

    private void empty(DeviceReturn begun) {
        Device device = begun.device();
        if (!index.isComplete(device)) {
            index.complete(device); // the next retry goes on
            return;
        }
        if (begun.hasWorked()) {
            logger.info("parked work is done {}", begun);
        }
        parkedHere.remove(device.id());
        parkedSince.remove(device.id());
        index.since().home(device);
        // from here on it gets preloads again
        if (feed.earlier().drained(device.ordinal())) {
            feed.lookAgain(device.ordinal());
        }
    }

    /** What is not acknowledged goes back into the queue; the next retry begins anew. */
    void giveUp(DeviceReturn begun, String cause) {
        if (!returns.remove(begun.device().ordinal(), begun)) {
            return;
        }
        begun.end();
        logger.info("return of parked work stopped {} cause={}", begun, cause);
        remember(begun.device());
        index.finish(begun.device()).whenComplete((left, e) -> {
            if (e != null) {
                logger.debug("drain lease not given back, it runs out {}", begun);
            }
        });
    }

    // what a return needs

    boolean run(Runnable step) {
        return sources.queries.tryRun(step);
    }

    /**
     * Throws if a later life of this engine has taken over after the entries were drained: they are its own to bring back.
     * As long as there is none, whatever we take from the queue a later one finds in the store when it starts.
     */
    void requireCurrent() {
        sources.store.recover(epoch, Long.MAX_VALUE - 1, 1);
    }

    List<TaskRow> find(List<TaskId> ids) {
        return sources.tasks.findAll(ids);
    }

    /** Whether the device still owes the task, and it is this engine's to see to that. */
    boolean owes(TaskRow row, int ordinal) {
        int place = row.devices().indexOf(ordinal);
        return place >= 0
                && row.owner().engine() == epoch.engine()
                && row.status().owed() > 0
                && row.status().state() != TaskState.CANCELLED
                && DeviceResults.fromBytes(
                                row.devices(),
                                row.task().targets().size(),
                                row.status().results())
                        .isOwed(place);
    }

    boolean isRemoved(Device device) {
        Device now = devices.view().device(device.id());
        return now != null && now.state() == DeviceState.REMOVED;
    }

    /** Whether URLs of the task have keys that differ from them. */
    boolean hasForms(RefreshTask task) {
        return devices.view().rulesFor(task).stream()
                .anyMatch(rule -> !rule.keyTemplate().isEmpty());
    }

    /** Parked tasks that went back as something broader. */
    long collapsed() {
        return collapsed.sum();
    }

    int collapseAbove() {
        return collapseAbove;
    }

    EngineClock clock() {
        return sources.clock;
    }
}
