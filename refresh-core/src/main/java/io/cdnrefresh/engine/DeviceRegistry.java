// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.engine.EngineOperations.Answer;
import io.cdnrefresh.engine.EngineOperations.Cause;
import io.cdnrefresh.event.EventBus;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceEvent;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.ring.WorkerPool;
import io.cdnrefresh.spi.Alert.Severity;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.EngineTransport.HelloResponder;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.RegistrySnapshot;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.StoreException;
import io.cdnrefresh.state.ReplicatedCache;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The devices as this engine knows them: what the store keeps, and who is connected here. Thread-safe; reads take no lock;
 * writes go through query threads.
 */
final class DeviceRegistry {
    private static final Logger logger = LoggerFactory.getLogger(DeviceRegistry.class);
    /** One copy is as fast as several: docs/decisions. */
    private static final int COPIES = 1;

    private static final Duration COME_BACK = Duration.ofSeconds(1);
    private static final long MAX_SKEW_MILLIS = 1_000;
    private static final int PRESENCE_TICKS = 3;

    private final RegistryStore store;
    private final WorkerPool queries;
    private final EngineClock clock;
    private final Ears ears;
    private final Presence elsewhere;
    private final long offlineAfterNanos;
    private final FleetMetrics fleet;
    private final Map<Integer, Link> links = new ConcurrentHashMap<>();
    /** Devices that had been declared offline when they came: how many of the group catch up since then, them included. */
    private final Map<Integer, Integer> wasOffline = new ConcurrentHashMap<>();
    /** Devices that serve without having caught up. */
    private final Set<Integer> unproven = ConcurrentHashMap.newKeySet();
    /** When a device was last connected here; present for every device that is not. */
    private final Map<Integer, Long> absentSince = new ConcurrentHashMap<>();

    private int ticks;
    private final ReplicatedCache<RegistrySnapshot, RegistryView> views;

    DeviceRegistry(
            RegistryStore store,
            WorkerPool queries,
            EngineClock clock,
            Ears ears,
            Presence elsewhere,
            Duration offlineAfter) {
        this.elsewhere = elsewhere;
        this.store = store;
        this.queries = queries;
        this.clock = clock;
        this.ears = ears;
        fleet = new FleetMetrics(clock);
        offlineAfterNanos = offlineAfter.toNanos();
        views = new ReplicatedCache<>(
                COPIES,
                RegistrySnapshot.EMPTY,
                new ReplicatedCache.Source<>(store::load, RegistrySnapshot::version),
                RegistryView::new,
                queries::tryRun,
                new Changes());
    }

    static DeviceRegistry of(EngineSetup setup, EngineWorkers workers) {
        return new DeviceRegistry(
                setup.stores().registry(),
                workers.queries,
                setup.clock(),
                new Ears(workers.alerts, workers.events),
                new Presence(
                        setup.coordinator().counters(),
                        setup.clock(),
                        setup.options().owner()),
                setup.options().offlineAfter());
    }

    /** Who is told of what happens to devices. */
    record Ears(AlertReporter alerts, EventBus events) {}

    /** A live connection. */
    private record Link(String bootId, Set<TaskKind> abilities) {}

    /** What is known of all of them together. */
    FleetMetrics fleet() {
        return fleet;
    }

    RegistryView view() {
        return views.get();
    }

    Tallies tallies(Tallies.Subject subject) {
        return new Tallies(subject, view(), device -> isConnected(device) && !unproven.contains(device));
    }

    boolean isConnected(int device) {
        return links.containsKey(device);
    }

    int connected() {
        return links.size();
    }

    /** Reads everything from the store. Blocks; throws if the store is away. */
    void load() {
        views.offer(store.load());
    }

    /** Reads everything anew; when the store is away, what is known stays, with an alert. Blocks. */
    void reload() {
        views.refresh();
    }

    /** What happens to the data themselves. */
    private final class Changes implements ReplicatedCache.Listener<RegistryView> {
        @Override
        public void onChange(RegistryView old, RegistryView now) {
            for (Device device : now.devices()) {
                Device before = old.device(device.ordinal());
                if (before == null || before.state() != device.state()) {
                    tellOf(device);
                }
            }
        }

        @Override
        public void onStale(String reason) {
            ears.alerts.raise(Severity.WARN, "registry-stale", "registry", reason);
        }
    }

    private void tellOf(Device device) {
        ears.events.publish(new DeviceEvent(device.id(), device.state(), isConnected(device.ordinal())));
    }

    /** Why no device of the set can do this kind; null if one can, or if it is not known. */
    @Nullable
    String incapable(DeviceSet devices, TaskKind kind) {
        if (mayDo(devices.lowest(), kind)) {
            return null; // as nearly always
        }
        boolean[] mayDo = {false};
        devices.forEach(device -> mayDo[0] |= mayDo(device, kind));
        return mayDo[0] ? null : "no device in scope has a cache that can do " + kind.wireName();
    }

    private boolean mayDo(int device, TaskKind kind) {
        Link link = links.get(device);
        return link == null || link.abilities.contains(kind);
    }

    /** A proxy wants to be a device; {@code joined} is told once it is. */
    void hello(Hello hello, HelloResponder responder, IntConsumer joined) {
        if (!queries.tryRun(() -> answer(hello, responder, joined))) {
            responder.refuse("busy", COME_BACK);
        }
    }

    private void answer(Hello hello, HelloResponder responder, IntConsumer joined) {
        Device device;
        try {
            device = register(hello);
        } catch (IllegalArgumentException e) {
            responder.refuse(String.valueOf(e.getMessage()), Duration.ofSeconds(30));
            return;
        } catch (StoreException e) {
            responder.refuse("the store is away", COME_BACK);
            return;
        }
        Link old = links.get(device.ordinal());
        if (device.state() == DeviceState.REMOVED) {
            responder.refuse("device " + device.id() + " is removed", Duration.ofMinutes(1));
        } else if (old != null && !old.bootId.equals(hello.bootId())) {
            ears.alerts.raise(Severity.ERROR, "device-twice", device.id(), "a second proxy says it is " + device.id());
            responder.refuse("device " + device.id() + " is connected already", COME_BACK);
        } else {
            checkSkew(device.id(), hello.now());
            responder.accept(device.ordinal(), () -> {
                links.put(device.ordinal(), new Link(hello.bootId(), hello.abilities()));
                absentSince.remove(device.ordinal());
                logger.info("device connected device={} group={} tier={}", device.id(), device.group(), device.tier());
                tellOf(device);
                joined.accept(device.ordinal());
            });
        }
    }

    private Device register(Hello hello) {
        Device known = view().device(hello.device());
        Device.requireName("device", hello.device());
        Device.requireName("group", hello.group());
        Device.requireTier(hello.tier());
        List<RegistryChange> changes = new ArrayList<>();
        boolean isSame = known != null
                && known.group().equals(hello.group())
                && known.tier().equals(hello.tier())
                && known.version().equals(hello.version());
        if (!isSame) {
            changes.add(new RegistryChange.DeviceSeen(
                    hello.device(), hello.group(), hello.tier(), hello.version(), DeviceState.ONLINE, clock.now()));
        }
        boolean isBack = known != null && known.state() == DeviceState.OFFLINE && !known.isHeld();
        if (isBack) {
            changes.add(new RegistryChange.DeviceMoved(hello.device(), DeviceState.CATCHING_UP, clock.now()));
        } else if (known != null && known.state() == DeviceState.SUSPECT && !known.isHeld()) {
            changes.add(new RegistryChange.DeviceMoved(hello.device(), DeviceState.ONLINE, clock.now()));
        }
        if (!changes.isEmpty()) {
            views.offer(store.apply(changes));
        }
        Device device = view().device(hello.device());
        if (device == null) {
            throw new IllegalStateException("registry lost device " + hello.device());
        }
        if (isBack) {
            wasOffline.put(device.ordinal(), view().count(device.group(), DeviceState.CATCHING_UP));
        }
        return device;
    }

    /**
     * Whether the device had been declared offline when it came: how many of its group, itself included, were to catch up
     * then; 0 = it had not been. Once for each time.
     */
    int takeWasOffline(int ordinal) {
        Integer rank = wasOffline.remove(ordinal);
        return rank == null ? 0 : rank;
    }

    /** Whether a connected device serves without having caught up: what it owes is unproven. */
    void unproven(int ordinal, boolean isSo) {
        if (isSo) {
            unproven.add(ordinal);
        } else {
            unproven.remove(ordinal);
        }
    }

    /** What is heard of devices changes their states, but of those that an operator holds. Any thread. */
    void move(List<RegistryChange> changes) {
        if (changes.isEmpty()) {
            return;
        }
        queries.tryRun(() -> {
            try {
                views.offer(store.apply(changes));
            } catch (StoreException e) {
                logger.debug("states of devices not stored, tried again cause={}", e.getMessage());
            }
        });
    }

    private void checkSkew(String device, Instant now) {
        long skew = Math.abs(Duration.between(now, clock.now()).toMillis());
        if (skew > MAX_SKEW_MILLIS) {
            ears.alerts.raise(Severity.WARN, "clock-skew", device, "its clock differs by " + skew + " ms");
        }
    }

    void heartbeat(int ordinal, ProxyHealth health) {
        Device device = view().device(ordinal);
        if (device != null) {
            checkSkew(device.id(), health.now());
        }
    }

    void gone(int ordinal, String reason) {
        if (links.remove(ordinal) != null) {
            unproven.remove(ordinal);
            absentSince.put(ordinal, clock.nanos());
            Device device = view().device(ordinal);
            logger.info("device gone device={} reason={}", device == null ? ordinal : device.id(), reason);
            if (device != null) {
                tellOf(device);
            }
        }
    }

    /** Once a second, on a query thread: declares devices offline that were away for long enough. */
    void tick() {
        long now = clock.nanos();
        if (ticks++ % PRESENCE_TICKS == 0) {
            tellPresence();
        }
        List<RegistryChange> changes = new ArrayList<>();
        for (Device device : view().devices()) {
            Device.Hold hold = device.hold();
            if (hold != null && hold.until() != null && !hold.until().isAfter(clock.now())) {
                changes.add(released(device));
            } else if (device.state().isServing() && !device.isHeld() && !isConnected(device.ordinal())) {
                Long since = absentSince.putIfAbsent(device.ordinal(), now);
                if (since != null) {
                    declare(device, now - since, changes);
                }
            }
        }
        if (!changes.isEmpty()) {
            views.offer(store.apply(changes));
        }
    }

    private void tellPresence() {
        Set<String> connected = new HashSet<>();
        Set<String> absent = new HashSet<>();
        for (Device device : view().devices()) {
            if (isConnected(device.ordinal())) {
                connected.add(device.id());
            } else if (device.state().isServing()) {
                absent.add(device.id());
            }
        }
        elsewhere.sync(connected, absent);
    }

    /** What the device is when no operator holds it any more. */
    RegistryChange released(Device device) {
        DeviceState free = isConnected(device.ordinal()) ? DeviceState.CATCHING_UP : DeviceState.OFFLINE;
        return new RegistryChange.DeviceHeld(device.id(), free, clock.now(), null);
    }

    /** The longer it is away the worse; another engine that has a link to it says the contrary. */
    private void declare(Device device, long awayNanos, List<RegistryChange> changes) {
        if (elsewhere.isThere(device.id())) {
            absentSince.put(device.ordinal(), clock.nanos());
        } else if (awayNanos > offlineAfterNanos) {
            changes.add(new RegistryChange.DeviceMoved(device.id(), DeviceState.OFFLINE, clock.now()));
            ears.alerts.raise(Severity.WARN, "device-offline", device.id(), "no connection");
        } else if (awayNanos > offlineAfterNanos / 2 && device.state() != DeviceState.SUSPECT) {
            changes.add(new RegistryChange.DeviceMoved(device.id(), DeviceState.SUSPECT, clock.now()));
        }
    }

    /** Changes the registry on a query thread and answers with what the change made. */
    <T> void change(List<RegistryChange> changes, Function<RegistryView, Answer<T>> result, Consumer<Answer<T>> done) {
        boolean isTaken = queries.tryRun(() -> {
            Answer<T> answer;
            try {
                answer = result.apply(views.offer(store.apply(changes)));
            } catch (StoreException e) {
                answer = new Answer.Unavailable<>(Cause.STORE_DOWN, 1);
            }
            done.accept(answer);
        });
        if (!isTaken) {
            done.accept(new Answer.Unavailable<>(Cause.OVERLOADED, 1));
        }
    }
}
