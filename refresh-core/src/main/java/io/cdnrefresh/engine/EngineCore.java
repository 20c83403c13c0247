// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.FlowLimits;
import io.cdnrefresh.model.IntakeLimits;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskState;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.spi.Alert.Severity;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.RefreshTimer;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.spi.TaskRow;
import io.cdnrefresh.state.TaskTable;
import io.cdnrefresh.stats.RateMeter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.collections.LongHashSet;

/** The stages of one life of an engine, put together: everything that needs its epoch. Started and stopped as a whole. */
final class EngineCore implements Lane.Others, RefreshTimer.Handler {
    /** Timer kind: housekeeping; the payload is 0. */
    static final int TICK_TIMER = 3;

    final EngineEpoch epoch;
    final TaskTable<LiveTask> table = new TaskTable<>();
    final Feed feed;
    final Saver[] savers;
    final Lane[] lanes;
    final DelayControl delay;
    final IntakeLimiter limiter;
    final TaskIntake intake;
    final TaskReads reads;
    final Recovery recovery;
    final TableSyncer syncer;
    final TenantShares shares;
    final Lags lags;
    final ReportIntake reports;
    final GateKeeper gate;
    private final EngineTransport transport;
    private final WorkerPool queries;
    private final DeviceRegistry devices;
    private final EngineClock clock;
    private final Runnable onTick;

    EngineCore(EngineSetup setup, EngineEpoch epoch, Shared shared, Runnable onTick) {
        this.epoch = epoch;
        this.onTick = onTick;
        queries = shared.queries;
        devices = shared.devices;
        clock = setup.clock();
        transport = setup.transport();
        EngineOptions options = setup.options();
        int laneCount = laneCount(options);
        FlowControl flow = new FlowControl(clock, options.flow());
        feed = new Feed(setup.transport(), devices, flow, clock, options.queueCapacity());
        delay = new DelayControl(
                new DelayControl.Sources(
                        setup.coordinator().offlineQueues(),
                        setup.stores().tasks(),
                        setup.stores().queries(),
                        queries,
                        clock),
                devices,
                feed,
                epoch,
                options.collapseAbove());
        delay.connect(new Returns(this, shared.notifier));
        Saver.Storage storage = new Saver.Storage(setup.stores().tasks(), epoch, clock);
        savers = new Saver[saverCount(setup)];
        for (int i = 0; i < savers.length; i++) {
            savers[i] = new Saver("saver-" + i, options.queueCapacity(), options.maxBatch(), storage, shared.health);
        }
        shares = new TenantShares(options.maxTasks());
        lags = new Lags(clock);
        LaneParts parts = new LaneParts(
                epoch,
                clock,
                setup.timer(),
                table,
                shares,
                feed,
                devices,
                delay,
                shared.notifier,
                timing(options),
                lags);
        lanes = new Lane[laneCount];
        for (int i = 0; i < laneCount; i++) {
            // saver = region & (savers - 1), lane = region & (lanes - 1), savers <= lanes: all of a lane has one saver
            lanes[i] = new Lane(
                    new Lane.Place(i, laneCount, options.queueCapacity()), parts, savers[i & savers.length - 1], this);
        }
        limiter = new IntakeLimiter(
                options.limits(), tenant -> devices.view().access().limits(tenant), setup.coordinator(), clock, epoch);
        intake = new TaskIntake(
                parts,
                lanes,
                savers,
                shared.health,
                new TaskIntake.Limits(
                        options.maxTasks(),
                        options.queueCapacity() / 4,
                        setup.stores().isDurable(),
                        limiter,
                        () -> shared.alerts.raise(
                                Severity.ERROR,
                                "clock-behind",
                                epoch.toString(),
                                "the clock has stepped back by more than 5 s: no new tasks until it has caught up")));
        reads = new TaskReads(
                new TaskReads.Own(epoch.engine(), clock), lanes, setup.stores().queries(), queries, devices);
        recovery = new Recovery(storage, setup.stores().queries(), lanes, table, options.maxTasks(), intake.ids());
        syncer = new TableSyncer(
                epoch, lanes, table, new TableSyncer.Rows(setup.stores().queries(), queries), shared.alerts);
        GateKeeper.Sides sides =
                new GateKeeper.Sides(transport, setup.coordinator().membership());
        gate = new GateKeeper(sides, devices, feed, delay, GateKeeper.Terms.of(setup, recovery), shared.alerts);
        reports = new ReportIntake(
                lanes,
                feed,
                devices,
                shared.reportMeter,
                new ReportIntake.Links(this::joined, this::gone, gate::heartbeat, this::overloaded));
    }

    /** What outlives one epoch of the engine. */
    record Shared(
            WorkerPool queries,
            DeviceRegistry devices,
            Notifier notifier,
            AlertReporter alerts,
            StoreHealth health,
            RateMeter reportMeter) {}

    /** Unix time. */
    long nowMillis() {
        return clock.now().toEpochMilli();
    }

    /** Uses other limits from now on. */
    boolean update(IntakeLimits limits, FlowLimits flow) {
        limiter.update(limits);
        feed.flow().update(flow);
        return true;
    }

    /** Once a second, on a timer callback thread. */
    void tick() {
        feed.tick();
        limiter.tick();
        delay.tick();
        gate.tick();
        devices.fleet().count(devices.view(), lanes, delay.index().since());
    }

    /** The number of lanes: a power of two. */
    static int laneCount(EngineOptions options) {
        return options.lanes() > 0 ? options.lanes() : defaultLanes();
    }

    /** The number of savers: a power of two, not above that of the lanes. */
    static int saverCount(EngineSetup setup) {
        EngineOptions options = setup.options();
        int wanted = options.savers() > 0 ? options.savers() : 2;
        int most = Math.min(laneCount(options), setup.stores().tasks().maxWriters());
        return Integer.highestOneBit(Math.min(wanted, most));
    }

    private static int defaultLanes() {
        int cores = Math.max(1, Math.min(64, Runtime.getRuntime().availableProcessors()));
        return Integer.highestOneBit(cores) == cores ? cores : Integer.highestOneBit(cores) << 1;
    }

    private static LaneParts.Timing timing(EngineOptions options) {
        return new LaneParts.Timing(
                options.resend().toNanos(),
                options.longestResend().toNanos(),
                options.update().toNanos(),
                options.grace().toNanos(),
                options.barrier().toNanos());
    }

    /** The queues of its stages, in the order in which they start. */
    List<StageQueue<?>> queues() {
        List<StageQueue<?>> queues = new ArrayList<>();
        for (Saver saver : savers) {
            queues.add(saver.queue());
        }
        queues.add(feed.queue());
        for (Lane lane : lanes) {
            queues.add(lane.queue());
        }
        return queues;
    }

    /** Tasks in memory that have no final state. Once the lanes have ended. */
    int unfinished() {
        int[] count = {0};
        for (int i = 0; i < lanes.length; i++) {
            table.forEach(i, lanes.length, live -> count[0] += live.state.isFinal() ? 0 : 1);
        }
        return count[0];
    }

    @Override
    public void onTimer(int kind, long payload, long handle) {
        if (kind == TICK_TIMER) {
            onTick.run();
            return;
        }
        Lane lane = kind == LaneParts.WAIT_TIMER ? lanes[Waits.laneOf(payload)] : Lane.of(lanes, payload);
        lane.queue().put(l -> l.onTimer(kind, payload, handle));
    }

    private void overloaded(int ordinal) {
        transport.disconnect(ordinal, "the engine is overloaded");
    }

    @Override
    public void reportOfAbsent(int device, Report report, Runnable acknowledge) {
        boolean isTaken = queries.tryRun(() -> {
            try {
                Optional<TaskRow> wanted = reads.stored(report.task())
                        .filter(row -> report.isFinal()
                                && !row.status().isSettled()
                                && row.owner().engine() == epoch.engine());
                if (wanted.isEmpty()) {
                    acknowledge.run();
                    return;
                }
                TaskRow row = wanted.get();
                Lane.of(lanes, report.task().value()).queue().put(lane -> {
                    lane.adopt(row);
                    lane.onReports(device, List.of(report), acknowledge);
                });
            } catch (StoreException e) {
                overloaded(device);
            }
        });
        if (!isTaken) {
            overloaded(device);
        }
    }

    @Override
    public void whenAllArePushed(LiveTask live) {
        if (!recovery.isThrough() || recovery.isAdopting()) {
            return; // what is not read back yet is earlier; the task's timer asks again
        }
        AtomicInteger open = new AtomicInteger(lanes.length);
        for (Lane each : lanes) {
            // A lane that has no room now, or whose feed has none, does not answer: the task's timer asks again.
            each.queue().offer(lane -> {
                if (lane.pushEverything() && open.decrementAndGet() == 0) {
                    Lane.of(lanes, live.key()).queue().offer(own -> own.earlierArePushed(live));
                }
            });
        }
    }

    private void joined(int ordinal) {
        var device = devices.view().device(ordinal);
        if (device != null) {
            gate.joined(ordinal);
            delay.joined(device.id());
        }
    }

    private void gone(int ordinal) {
        delay.gone(ordinal);
        gate.gone(ordinal);
    }

    /** A row of the store goes to its lane. Waits for room; query threads only. */
    void adopt(TaskRow row) {
        Lane.of(lanes, row.id().value()).queue().put(lane -> lane.adopt(row));
    }

    @Override
    public void ask(TaskId predecessor, long successor) {
        Lane.of(lanes, predecessor.value()).queue().offer(lane -> {
            LiveTask live = lane.find(predecessor.value());
            if (live == null) {
                queries.tryRun(() -> askStore(predecessor, successor));
            } else if (live.state.isFinal()) {
                tell(successor, live.state);
            } else {
                live.addDependent(successor);
            }
        });
    }

    private void askStore(TaskId predecessor, long successor) {
        TaskState state;
        try {
            Optional<TaskRow> row = reads.stored(predecessor);
            // A predecessor that retention has removed was final, and settled.
            state = row.map(found -> found.status().state()).orElse(TaskState.DONE);
        } catch (StoreException e) {
            return;
        }
        if (state.isFinal()) {
            Lane.of(lanes, successor).queue().put(lane -> lane.predecessorEnded(successor, state));
        }
    }

    @Override
    public void tell(LongHashSet successors, TaskState how) {
        var each = successors.iterator();
        while (each.hasNext()) {
            tell(each.nextValue(), how);
        }
    }

    /** A full lane is told later: the successor asks again every second. */
    private void tell(long successor, TaskState how) {
        Lane.of(lanes, successor).queue().offer(lane -> lane.predecessorEnded(successor, how));
    }
}
