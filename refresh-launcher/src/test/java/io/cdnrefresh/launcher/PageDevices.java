// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import io.cdnrefresh.spi.Hello;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Devices that exist only here: each reports that it has purged after some milliseconds, and that it has proven it some later.
 * Thread-safe.
 */
final class PageDevices implements EngineTransport {
    private static final List<String> GROUPS =
            List.of("eu-west", "eu-north", "us-east", "us-west", "ap-south", "sa-east");
    private static final List<String> CITIES = List.of("fra", "sto", "nyc", "sjc", "bom", "gru");

    /** Devices that never report. */
    final Set<String> silent = ConcurrentHashMap.newKeySet();
    /** Devices whose every purge fails. */
    final Set<String> failing = ConcurrentHashMap.newKeySet();

    private final Map<Integer, String> names = new ConcurrentHashMap<>();
    private final ScheduledThreadPoolExecutor later =
            new ScheduledThreadPoolExecutor(1, work -> new Thread(work, "page-devices"));
    private final Random random = new Random(7);
    private volatile int pauseMillis;
    private volatile @Nullable Handler handler;

    /** {@code pauseMillis}: how long a device takes at most. */
    PageDevices(int pauseMillis) {
        this.pauseMillis = pauseMillis;
        later.setRemoveOnCancelPolicy(true);
    }

    void pauseMillis(int most) {
        pauseMillis = most;
    }

    private record Commands(long first, List<Command> commands) implements Frame {
        @Override
        public void retain() {}

        @Override
        public void release() {}

        @Override
        public int sizeBytes() {
            return 256 * commands.size();
        }
    }

    /** The name of the n-th device. */
    static String name(int n) {
        return String.format("%s%d-c%03d", CITIES.get(n % CITIES.size()), 1 + n / 60 % 9, n);
    }

    /** Devices 0 to n − 1 say hello. */
    void joinAll(int devices) {
        for (int n = 0; n < devices; n++) {
            join(n);
        }
    }

    void join(int n) {
        Hello hello = new Hello(
                name(n),
                "boot",
                GROUPS.get(n % GROUPS.size()),
                n % 12 < 2 ? "parent" : "edge",
                n % 9 == 4 ? "1.3.2" : "1.4.0",
                0,
                List.of(),
                EnumSet.allOf(TaskKind.class),
                Instant.now());
        handler().onHello(hello, new HelloResponder() {
            @Override
            public void accept(int ordinal, Runnable joined) {
                names.put(ordinal, name(n));
                joined.run();
            }

            @Override
            public void refuse(String reason, Duration retryAfter) {
                // many come at once: it tries again as a proxy does
                after(20 + random.nextInt(200), () -> join(n));
            }
        });
    }

    private void after(int millis, Runnable work) {
        var unused = later.schedule(work, millis, TimeUnit.MILLISECONDS);
    }

    int joined() {
        return names.size();
    }

    /** The device's link breaks. */
    void leave(String name) {
        names.forEach((ordinal, each) -> {
            if (each.equals(name) && names.remove(ordinal) != null) {
                handler().onGone(ordinal, "gone");
            }
        });
    }

    @Override
    public void start(EngineEpoch engine, Handler taker) {
        handler = taker;
    }

    private Handler handler() {
        return Objects.requireNonNull(handler, "handler");
    }

    @Override
    public Frame encode(long firstSequence, List<Command> commands) {
        return new Commands(firstSequence, List.copyOf(commands));
    }

    @Override
    public void publish(Frame frame, DeviceSet to) {
        to.forEach(device -> work(device, (Commands) frame));
    }

    @Override
    public void resume(int device, FrameSource source) {
        for (Frame frame = source.next(); frame != null; frame = source.next()) {
            work(device, (Commands) frame);
        }
    }

    private void work(int device, Commands frame) {
        String name = names.get(device);
        if (name == null || silent.contains(name)) {
            return;
        }
        boolean fails = failing.contains(name);
        int purged;
        int proven;
        synchronized (random) {
            purged = random.nextInt(pauseMillis / 2 + 1);
            proven = purged + 1 + random.nextInt(pauseMillis / 2 + 1);
        }
        if (!fails) {
            after(purged, () -> report(device, frame, false, Outcome.PURGED));
        }
        Outcome end = fails ? Outcome.FAILED : Outcome.VERIFIED;
        after(proven, () -> report(device, frame, true, end));
    }

    private void report(int device, Commands frame, boolean isFinal, Outcome outcome) {
        if (!names.containsKey(device)) {
            return;
        }
        for (int i = 0; i < frame.commands().size(); i++) {
            Command command = frame.commands().get(i);
            Outcome shown = outcome == Outcome.VERIFIED && command.task().kind() == TaskKind.PRELOAD
                    ? Outcome.PRELOADED
                    : outcome;
            handler()
                    .onReports(
                            device,
                            List.of(new Report(
                                    command.id(),
                                    command.step(),
                                    frame.first() + i,
                                    isFinal,
                                    shown,
                                    List.of(),
                                    Instant.now())),
                            () -> {});
        }
    }

    @Override
    public void disconnect(int device, String reason) {
        String name = names.remove(device);
        if (name != null) {
            handler().onGone(device, reason);
        }
    }

    @Override
    public void shutdown(Duration deadline) {
        later.shutdownNow();
        List.copyOf(names.keySet()).forEach(device -> disconnect(device, "shutdown"));
    }
}
