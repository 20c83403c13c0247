// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.stats.EngineStats;
import io.cdnrefresh.stats.StatsRegistry;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Every queue and map of an engine with its size and its bound. The figures exist from the engine's making on; they are 0
 * until it has its claim.
 */
final class Gauges {
    /** A task has at most this many steps, one for each tier. */
    private static final int STEPS = 2;

    private final Watchdog watchdog;
    private final Supplier<@Nullable EngineCore> core;

    /** {@code core}: what the engine is made of, null before it has its claim. */
    Gauges(Watchdog watchdog, Supplier<@Nullable EngineCore> core) {
        this.watchdog = watchdog;
        this.core = core;
    }

    /** The stages' queues and what stays with the lanes. */
    void stages(EngineSetup setup, Notifier notifier) {
        long capacity = setup.options().queueCapacity();
        long savers = EngineCore.saverCount(setup) * capacity;
        long lanes = EngineCore.laneCount(setup.options()) * capacity;
        // intake stops at maxTasks, but what the savers and lanes have in hand by then still comes
        long tasks = setup.options().maxTasks() + savers + lanes;
        watch(EngineStats.INPUT_TASK_QUEUE, savers, running -> {
            long depth = 0;
            for (Saver saver : running.savers) {
                depth += saver.depth();
            }
            return depth;
        });
        watch(
                EngineStats.PUSHING_QUEUE,
                capacity + STEPS * tasks,
                running -> running.feed.queue().depth() + ofLanes(running, Lane::pushing));
        watch(
                EngineStats.REPORTING_QUEUE,
                lanes,
                running -> ofLanes(running, lane -> lane.queue().depth()));
        watch(EngineStats.SAVER_QUEUE, 2 * tasks, running -> ofLanes(running, Lane::saving));
        watch(EngineStats.TASKS_IN_CACHE, tasks, running -> running.table.size());
        watch(EngineStats.TIMER_TASKS, tasks, running -> ofLanes(running, Lane::armedTasks));
        watch("feed_queue", capacity, running -> running.feed.queue().depth());
        watch("feed_entries", STEPS * tasks, running -> running.feed.openEntries());
        watch("feed_waiting", STEPS * tasks, running -> running.feed.waitingEntries());
        watch("idempotency_under_way", savers + lanes, running -> running.intake.keysUnderWay());
        watch("limit_subjects", IntakeLimiter.bound(), running -> running.limiter.size());
        watch(
                "waiting_callers",
                EngineCore.laneCount(setup.options()) * (long) Waits.MAX_WAITS,
                running -> ofLanes(running, Lane::waiting));
        watchdog.watch("completions_awaited", tasks + savers, notifier::handles);
    }

    /** What is not of one epoch. */
    void workers(EngineWorkers workers, DeviceRegistry devices, StatsRegistry stats) {
        watchdog.watch(EngineStats.ALERT_QUEUE, workers.alerts.queue().capacity(), workers.alerts.queue()::depth);
        watchdog.watch("event_queue", workers.events.queue().capacity(), workers.events.queue()::depth);
        workers.register(stats);
        WorkerPool notifying = workers.notifier.workers();
        watchdog.watch(EngineStats.NOTIFY_QUEUE, notifying.capacity(), notifying::depth);
        watchdog.watch("query_queue", workers.queries.capacity(), workers.queries::depth);
        watchdog.watch("house_queue", workers.house.capacity(), workers.house::depth);
        watchdog.watch("devices_connected", Device.MAX_DEVICES, devices::connected);
        stats.gauge("pauses", () -> devices.view().pauses().rules().size());
        devices.fleet().register(stats);
        stats.gauge("backlog_collapsed", () -> {
            EngineCore running = core.get();
            return running == null ? 0 : running.delay.collapsed();
        });
        stats.gauge("commands_merged", () -> {
            EngineCore running = core.get();
            return running == null ? 0 : running.feed.merged().merged();
        });
    }

    /** What the queues of all stages together could not take or failed at. */
    void stageQueues(StatsRegistry stats, Supplier<List<StageQueue<?>>> stages) {
        stats.gauge(
                "stage_refused",
                () -> stages.get().stream().mapToLong(StageQueue::refused).sum());
        stats.gauge(
                "stage_failures",
                () -> stages.get().stream().mapToLong(StageQueue::failures).sum());
    }

    private void watch(String name, long bound, ToLongFunction<EngineCore> size) {
        watchdog.watch(name, bound, () -> {
            EngineCore running = core.get();
            return running == null ? 0 : size.applyAsLong(running);
        });
    }

    private static long ofLanes(EngineCore running, ToLongFunction<Lane> size) {
        long sum = 0;
        for (Lane lane : running.lanes) {
            sum += size.applyAsLong(lane);
        }
        return sum;
    }
}
