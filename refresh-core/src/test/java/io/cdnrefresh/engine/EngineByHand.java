// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.engine.EngineHost.Ticket;
import io.cdnrefresh.local.LocalCoordinator;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskId;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.Alert;
import io.cdnrefresh.spi.CompletionListener;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.spi.RegistrySnapshot;
import io.cdnrefresh.spi.Standing;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.testkit.ManualClock;
import io.cdnrefresh.testkit.ManualTimer;
import io.cdnrefresh.testkit.PassingStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** An engine of one lane and one saver whose every stage moves when the test says so; its devices are the test, too. */
final class EngineByHand implements AutoCloseable, EngineTransport {
    private static final List<String> STAGES = List.of("event", "alert", "saver-0", "feed", "lane-0");

    final ManualClock clock = new ManualClock();
    final ManualTimer timer = new ManualTimer(clock);
    final List<Alert> alerts = new ArrayList<>();
    final List<Command> pushed = new ArrayList<>();
    final EngineHost host;
    private final Map<Integer, List<Standing.Word>> told = new ConcurrentHashMap<>();
    final LocalCoordinator.Hub hub;
    private final LocalCoordinator coordinator;
    private final MemoryStore memory;
    private final EngineSetup setup;
    private @Nullable Handler handler;

    /** An engine whose store has a stage of its own, as those on disks have. */
    EngineByHand(EngineOptions.Builder options) {
        this(options, new MemoryStore());
    }

    private EngineByHand(EngineOptions.Builder options, MemoryStore memory) {
        this(options, memory, new PassingStore(memory), List.of());
    }

    /** An engine over rows that outlive it, which it writes through {@code store}. */
    EngineByHand(
            EngineOptions.Builder options, MemoryStore memory, TaskStore store, List<CompletionListener> listeners) {
        this(options, memory, store, listeners, new LocalCoordinator.Hub());
    }

    /** An engine whose queues outlive it too. */
    EngineByHand(
            EngineOptions.Builder options,
            MemoryStore memory,
            TaskStore store,
            List<CompletionListener> listeners,
            LocalCoordinator.Hub hub) {
        this.hub = hub;
        coordinator = LocalCoordinator.builder().hub(hub).clock(clock).build();
        this.memory = memory;
        setup = new EngineSetup(
                new EngineSetup.Stores(store, memory, memory, false),
                coordinator,
                this,
                clock,
                timer,
                alerts::add,
                listeners,
                options.lanes(1).savers(1).queueCapacity(1_024).build(),
                null);
        host = EngineHost.withoutThreads(setup);
    }

    EngineSetup setup() {
        return setup;
    }

    RegistrySnapshot registry() {
        return memory.load();
    }

    void hello(String device, String bootId) {
        requireNonNull(handler)
                .onHello(
                        new Hello(
                                device,
                                bootId,
                                "default",
                                "edge",
                                "1",
                                0,
                                List.of(),
                                Set.of(TaskKind.values()),
                                clock.now()),
                        new HelloResponder() {
                            @Override
                            public void accept(int ordinal, Runnable joined) {
                                joined.run();
                            }

                            @Override
                            public void refuse(String reason, Duration retryAfter) {}
                        });
    }

    CompletableFuture<Ticket> submit(String url) {
        return host.submit(RefreshTask.purge(url)).toCompletableFuture();
    }

    /** What a device was told about itself. */
    List<Standing.Word> standings(int device) {
        return told.getOrDefault(device, List.of());
    }

    void beat(int device, boolean isReady) {
        beat(device, isReady, 0);
    }

    void beat(int device, boolean isReady, int cachesDown) {
        beat(device, new ProxyHealth(clock.now(), 0, 0, cachesDown, isReady));
    }

    void beat(int device, ProxyHealth health) {
        requireNonNull(handler).onHeartbeat(device, health);
    }

    @Override
    public void tell(int device, Standing standing) {
        told.computeIfAbsent(device, any -> new ArrayList<>()).add(standing.word());
    }

    void gone(int device) {
        requireNonNull(handler).onGone(device, "test");
    }

    void report(TaskId task, long sequence, boolean isFinal, Outcome outcome) {
        report(new Report(task, 0, sequence, isFinal, outcome, List.of(), clock.now()));
    }

    void report(Report report) {
        requireNonNull(handler).onReports(0, List.of(report), () -> {});
    }

    /** Works on what waits for one stage, named as its thread would be, and on nothing else. */
    void run(String stage) {
        host.life().stages().get(STAGES.indexOf(stage)).runPending();
    }

    /** Lets time pass in steps of a second, and all that comes of it happen. */
    void pass(Duration time) {
        for (long second = 0; second < time.toSeconds(); second++) {
            clock.advance(Duration.ofSeconds(1));
            timer.fireDue();
            host.runPending();
            host.life().watchdog().look();
        }
    }

    long gauge(String name) {
        return requireNonNull(host.stats().numbers().get(name), name);
    }

    @Override
    public void start(EngineEpoch engine, Handler newHandler) {
        handler = newHandler;
    }

    @Override
    public Frame encode(long firstSequence, List<Command> commands) {
        return new PlainFrame(firstSequence, commands);
    }

    @Override
    public void publish(Frame frame, DeviceSet devices) {
        if (!devices.isEmpty()) {
            pushed.addAll(((PlainFrame) frame).commands());
        }
    }

    @Override
    public void resume(int device, FrameSource source) {
        for (Frame frame = source.next(); frame != null; frame = source.next()) {
            pushed.addAll(((PlainFrame) frame).commands());
        }
    }

    @Override
    public void disconnect(int device, String reason) {}

    @Override
    public void shutdown(Duration deadline) {}

    @Override
    public void close() {
        host.shutdown(Duration.ofMillis(10));
        coordinator.close();
    }
}
