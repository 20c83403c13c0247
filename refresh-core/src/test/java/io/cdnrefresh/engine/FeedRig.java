// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.event.EventBus;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.FlowLimits;
import io.cdnrefresh.model.Priority;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.testkit.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** A feed on the caller's thread with manual time, over a transport that notes what each of three devices gets. */
final class FeedRig implements EngineTransport, AutoCloseable {
    /** A task id that the transport refuses to encode. */
    static final long UNENCODABLE = 131_313_131;

    static final DeviceSet ALL = DeviceSet.of(0, 1, 2);

    final ManualClock clock = new ManualClock();
    final FlowControl flow;
    final Feed feed;
    final Map<Long, Push> pushes = new HashMap<>();
    private final MemoryStore store = new MemoryStore();
    private final DeviceRegistry registry;
    private final WorkerPool queries = new WorkerPool("query", 16);
    private final List<List<Command>> got = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());

    FeedRig() {
        this(FlowLimits.DEFAULTS);
    }

    FeedRig(FlowLimits limits) {
        AlertReporter alerts = new AlertReporter(alert -> {}, clock, Duration.ofMinutes(1));
        List<RegistryChange> devices = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            devices.add(
                    new RegistryChange.DeviceSeen("d" + i, "g" + i, "edge", "1", DeviceState.ONLINE, Instant.EPOCH));
        }
        store.apply(devices);
        DeviceRegistry.Ears ears = new DeviceRegistry.Ears(alerts, new EventBus());
        registry = new DeviceRegistry(
                store,
                queries,
                clock,
                ears,
                new Presence((window, engine, totals, keep) -> CompletableFuture.completedFuture(totals), clock, "e"),
                Duration.ofSeconds(30));
        registry.reload();
        flow = new FlowControl(clock, limits);
        feed = new Feed(this, registry, flow, clock, 1 << 12);
        feed.queue().startInvoked();
    }

    @Override
    public void close() {
        queries.stop(Duration.ofSeconds(1));
    }

    /** Changes the registry as another engine would. */
    void change(List<RegistryChange> changes) {
        store.apply(changes);
        registry.reload();
    }

    void run() {
        feed.queue().runPending();
    }

    void join(int... devices) {
        for (int device : devices) {
            feed.join(device, 0, List.of());
        }
        run();
    }

    /** Puts a task of a tenant into the feed, which does not run. */
    Push add(long id, String tenant, RefreshTask task, DeviceSet devices) {
        Command command =
                new Command(new TaskId(id), 0, task.withTenant(tenant), Instant.EPOCH.plusSeconds(id), List.of());
        Push push = new Push(command, devices);
        pushes.put(id, push);
        add(new FeedEntry(push));
        return push;
    }

    void add(FeedEntry entry) {
        while (!feed.queue().offer(new Feed.Append(entry))) {
            run();
        }
    }

    Push add(long id, String tenant, RefreshTask task) {
        return add(id, tenant, task, ALL);
    }

    static RefreshTask of(Priority priority, RefreshTask task) {
        return task.withOptions(task.options().toBuilder().priority(priority).build());
    }

    /** The device reports finally on everything that it got from a place on. */
    int report(int device, int from) {
        List<Command> commands = List.copyOf(commands(device));
        for (Command command : commands.subList(from, commands.size())) {
            reportAll(device, command);
        }
        return commands.size();
    }

    private void reportAll(int device, Command command) {
        reportTask(device, command.id().value());
        command.also().forEach(name -> reportTask(device, name.id().value()));
    }

    void reportTask(int device, long id) {
        Push push = Objects.requireNonNull(pushes.get(id));
        push.markReported(device);
        push.heard(device, clock.nanos());
    }

    List<Command> commands(int device) {
        return got.get(device);
    }

    List<Long> got(int device) {
        return got.get(device).stream().map(command -> command.id().value()).toList();
    }

    @Override
    public void start(EngineEpoch engine, Handler handler) {}

    @Override
    public Frame encode(long firstSequence, List<Command> commands) {
        if (commands.stream().anyMatch(command -> command.id().value() == UNENCODABLE)) {
            throw new IllegalArgumentException("frame: too large");
        }
        return new PlainFrame(firstSequence, commands);
    }

    @Override
    public void publish(Frame frame, DeviceSet devices) {
        devices.forEach(device -> got.get(device).addAll(((PlainFrame) frame).commands()));
    }

    @Override
    public void resume(int device, FrameSource source) {
        for (Frame frame = source.next(); frame != null; frame = source.next()) {
            got.get(device).addAll(((PlainFrame) frame).commands());
        }
    }

    @Override
    public void disconnect(int device, String reason) {}

    @Override
    public void shutdown(Duration deadline) {}
}
