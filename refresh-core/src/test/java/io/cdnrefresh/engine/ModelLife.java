// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.spi.CompletionListener;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.RefreshTimer;
import io.cdnrefresh.stats.EngineStats;
import io.cdnrefresh.testkit.ManualClock;
import io.cdnrefresh.testkit.ManualTimer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** One life of a model's engine process. One thread. */
final class ModelLife {
    /** A row that was committed without an answer is found within this time once the store is there. */
    private static final long FOUND_NANOS = 60_000_000_000L;

    final ModelNetwork.EngineEnd end;
    final ManualTimer timer;
    final EngineHost host;
    private final Coordinator coordinator;

    /** Starts at once. */
    /** Since when an acknowledged task has not been in memory: a doubtful insert is looked for every second. */
    private final Map<ModelLedger.Job, Long> missing = new HashMap<>();

    private final ManualClock clock;

    ModelLife(Parts parts, CompletionListener listener, ModelLedger ledger) {
        end = parts.end;
        clock = parts.clock;
        timer = new ManualTimer(parts.clock);
        coordinator = parts.coordinator;
        host = EngineHost.withoutThreads(new EngineSetup(
                new EngineSetup.Stores(parts.store, parts.store, parts.memory, true),
                parts.coordinator,
                end,
                parts.clock,
                timer,
                alert -> {},
                List.of(listener),
                options(),
                null));
        host.start();
        ledger.onClaim(end.epoch());
        ledger.log("engine starts " + end.epoch());
    }

    /** What it is made of. */
    record Parts(
            ModelStore store,
            MemoryStore memory,
            Coordinator coordinator,
            ModelNetwork.EngineEnd end,
            ManualClock clock) {}

    private static EngineOptions options() {
        return EngineOptions.DEFAULTS.toBuilder()
                .id(OptionalInt.of(1))
                .owner("model")
                .lanes(4)
                .savers(2)
                .queueCapacity(4_096)
                .maxTasks(10_000)
                .maxBatch(8)
                .resend(Duration.ofSeconds(1))
                .longestResend(Duration.ofSeconds(8))
                .update(Duration.ofMillis(200))
                .grace(Duration.ofSeconds(2))
                .barrier(Duration.ofSeconds(4))
                .offlineAfter(Duration.ofSeconds(5))
                .retention(Duration.ofMinutes(10))
                .build();
    }

    List<StageQueue<?>> stages() {
        return host.life().stages();
    }

    /** Whether everything of the earlier life has been read back. */
    boolean isRecovered() {
        EngineCore core = host.life().core();
        return core != null && core.recovery.isThrough();
    }

    /** The process is gone, and what it held is let go, as if its leases had run out. */
    void end() {
        coordinator.close();
    }

    /** Every task in memory has one timer, and every unfinished one of the ledger is in memory. */
    void checkTimers(ModelLedger ledger) {
        Set<Long> ids = new HashSet<>();
        for (RefreshTimer.Armed armed : timer.armed()) {
            if (armed.kind() == LaneParts.TASK_TIMER && !ids.add(armed.payload())) {
                ledger.violated("two timers: " + armed.payload());
            }
        }
        Map<String, Long> gauges = host.stats().numbers();
        long inCache = gauges.getOrDefault(EngineStats.TASKS_IN_CACHE, -1L);
        long timers = gauges.getOrDefault(EngineStats.TIMER_TASKS, -1L);
        if (inCache != timers || inCache != ids.size()) {
            ledger.violated("tasks_in_cache " + inCache + ", timer_tasks " + timers + ", armed " + ids.size());
        }
        for (ModelLedger.Job job : ledger.unfinished) {
            boolean isNear = job.task.options().notBefore() == null;
            if (!isNear || job.id == null || ids.contains(job.id.value())) {
                missing.remove(job);
            } else if (clock.nanos() - missing.computeIfAbsent(job, first -> clock.nanos()) > FOUND_NANOS) {
                ledger.violated("without a timer: " + job);
            }
        }
    }

    /** Does everything that it can do now. */
    void run() {
        do {
            host.runPending();
        } while (timer.fireDue() > 0);
    }
}
