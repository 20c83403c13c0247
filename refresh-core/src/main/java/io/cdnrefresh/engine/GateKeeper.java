// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.alert.AlertReporter;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.spi.Alert.Severity;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Membership;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.spi.RegistryChange;
import io.cdnrefresh.spi.Standing;
import io.cdnrefresh.spi.Standing.Word;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells each connected device how far it has come, so that it knows when it may serve: it has caught up once this engine
 * has read back what it had to, nothing is parked for the device, and it has reported on every refresh from before that.
 * Of a group no more than a share is kept out of service; the others are excused and serve unproven. What devices say of
 * themselves changes their state: one whose caches do not answer for a while is suspect.
 *
 * <p>Thread-safe; {@link #tick} by one thread at a time.
 */
final class GateKeeper {
    private static final long LOOKS = 1_000_000;

    private final EngineTransport transport;
    private final Membership membership;
    private final DeviceRegistry devices;
    private final Feed feed;
    private final DelayControl delay;
    private final Terms terms;
    private final AlertReporter alerts;
    private final Map<Integer, Guest> guests = new ConcurrentHashMap<>();
    private volatile int engines = 1;

    GateKeeper(Sides sides, DeviceRegistry devices, Feed feed, DelayControl delay, Terms terms, AlertReporter alerts) {
        transport = sides.transport;
        membership = sides.membership;
        this.devices = devices;
        this.feed = feed;
        this.delay = delay;
        this.terms = terms;
        this.alerts = alerts;
    }

    /** Whom it talks to. */
    record Sides(EngineTransport transport, Membership membership) {}

    /**
     * What it goes by.
     *
     * @param isRecovered whether this engine has read back what it had to
     * @param maxRed the share of a group that may be out of service
     * @param offlineAfter half of this without an answer of its caches makes a device suspect
     */
    record Terms(BooleanSupplier isRecovered, double maxRed, Duration offlineAfter, EngineClock clock) {
        static Terms of(EngineSetup setup, Recovery recovery) {
            EngineOptions options = setup.options();
            return new Terms(recovery::isThrough, options.gateMaxRed(), options.offlineAfter(), setup.clock());
        }
    }

    /** A connected device. Its fields are the tick's, but for those that heartbeats write. */
    private static final class Guest {
        /** It was declared offline: it should leave the service until it has caught up. */
        boolean wasOffline;
        /** It serves although it has not caught up: too many of its group would be out. */
        boolean isExcused;
        /** Every refresh below has to be reported; 0 = not known yet. */
        long mark;
        /** Everything below is reported. */
        long at;

        volatile boolean isCaughtUp;
        /** When it was last found out of service. */
        boolean wasRed;

        volatile boolean hasTold;
        volatile boolean isReady;
        volatile boolean isFailing;
        /** Caches that it says do not answer, or have to be wiped; and what was said of it to people. */
        volatile int cachesDown;

        volatile int needsWipe;
        int saidDown;
        int saidWipe;
        /** Since when its caches answer, or do not. */
        volatile long sinceNanos;

        @Nullable
        Standing told;

        boolean isRed() {
            return hasTold && !isReady;
        }
    }

    /** The device has a link. Any thread. */
    void joined(int ordinal) {
        Guest guest = new Guest();
        guest.sinceNanos = terms.clock.nanos();
        int rank = devices.takeWasOffline(ordinal);
        RegistryView view = devices.view();
        Device device = view.device(ordinal);
        guest.wasOffline = rank > 0;
        guest.isExcused = rank > 0 && device != null && rank > mostRed(view, device.group());
        guests.put(ordinal, guest);
        Word word = device == null ? Word.CATCHING_UP : word(guest, device);
        transport.tell(ordinal, new Standing(word, engines));
    }

    void gone(int ordinal) {
        guests.remove(ordinal);
    }

    void heartbeat(int ordinal, ProxyHealth health) {
        Guest guest = guests.get(ordinal);
        if (guest != null) {
            boolean isFailing = health.cachesDown() > 0;
            if (isFailing != guest.isFailing) {
                guest.sinceNanos = terms.clock.nanos();
                guest.isFailing = isFailing;
            }
            guest.isReady = health.isReady();
            guest.cachesDown = health.cachesDown();
            guest.needsWipe = health.needsWipe();
            guest.hasTold = true;
        }
    }

    /** Whether the device has told that it serves clients. */
    boolean isReady(int ordinal) {
        Guest guest = guests.get(ordinal);
        return guest != null && guest.isReady;
    }

    /** How many of the device's caches do not answer, as it told last. */
    int cachesDown(int ordinal) {
        Guest guest = guests.get(ordinal);
        return guest == null ? 0 : guest.cachesDown;
    }

    /** How many of the device's caches have to be wiped, as it told last. */
    int needsWipe(int ordinal) {
        Guest guest = guests.get(ordinal);
        return guest == null ? 0 : guest.needsWipe;
    }

    /** Whether the device has told that it serves no clients. */
    boolean isRed(int ordinal) {
        Guest guest = guests.get(ordinal);
        return guest != null && guest.isRed();
    }

    /** Whether the device has done what it owed this engine before its link. */
    boolean isCaughtUp(int ordinal) {
        Guest guest = guests.get(ordinal);
        return guest != null && guest.isCaughtUp;
    }

    /** Once a second. */
    void tick() {
        membership.members().whenComplete((members, e) -> {
            if (e == null) {
                engines = Math.max(1, members.size());
            }
        });
        RegistryView view = devices.view();
        Round round = new Round(view);
        List<Integer> ordinals = guests.keySet().stream().sorted().toList();
        for (int ordinal : ordinals) {
            Guest guest = guests.get(ordinal);
            Device device = view.device(ordinal);
            if (guest != null && device != null) {
                look(guest, device, round);
            }
        }
        devices.move(round.changes);
    }

    /** One tick. */
    private final class Round {
        final RegistryView view;
        final List<RegistryChange> changes = new ArrayList<>();
        /** By group: how many more may be out of service. */
        final Map<String, Integer> left = new HashMap<>();
        /** Entries of the feed that may still be looked at: its lock is not for this alone. */
        long looks = LOOKS;

        Round(RegistryView view) {
            this.view = view;
        }

        boolean isTooMany(String group) {
            left.computeIfAbsent(group, name -> mostRed(view, name));
            return left.merge(group, -1, Integer::sum) < 0;
        }

        void move(Device device, DeviceState state) {
            changes.add(new RegistryChange.DeviceMoved(device.id(), state, terms.clock.now()));
        }
    }

    private void look(Guest guest, Device device, Round round) {
        guest.isCaughtUp = guest.isCaughtUp || isCaughtUp(guest, device, round);
        boolean isRed = guest.isRed();
        sayCaches(guest, device);
        if (!device.isHeld()) {
            if (isRed && !guest.isCaughtUp && !guest.isExcused) {
                guest.isExcused = round.isTooMany(device.group());
            }
            if (guest.wasRed && guest.isReady && !guest.isCaughtUp && !guest.isExcused) {
                alerts.raise(Severity.WARN, "gate-opened", device.id(), "it serves without having caught up");
            }
            move(guest, device, round);
        }
        guest.wasRed = isRed;
        devices.unproven(device.ordinal(), guest.isReady && !guest.isCaughtUp);
        Standing now = new Standing(word(guest, device), engines);
        if (!now.equals(guest.told)) {
            guest.told = now;
            transport.tell(device.ordinal(), now);
        }
    }

    /** Tells people of caches that went down or came back too old: once for each time that there are more of them. */
    private void sayCaches(Guest guest, Device device) {
        int down = guest.cachesDown;
        if (down > guest.saidDown) {
            alerts.raise(Severity.WARN, "cache-down", device.id(), down + " of its caches do not answer");
        }
        guest.saidDown = down;
        int wipe = guest.needsWipe;
        if (wipe > guest.saidWipe) {
            alerts.raise(
                    Severity.ERROR,
                    "cache-needs-wipe",
                    device.id(),
                    wipe + " of its caches came back with a disk that may hold purged copies: clear it");
        }
        guest.saidWipe = wipe;
    }

    /** The state that follows from what is known of a device that nobody holds. */
    private void move(Guest guest, Device device, Round round) {
        boolean isLong = terms.clock.nanos() - guest.sinceNanos >= terms.offlineAfter.toNanos() / 2;
        switch (device.state()) {
            case ONLINE -> {
                if (guest.isFailing && isLong) {
                    alerts.raise(Severity.WARN, "device-suspect", device.id(), "its caches do not answer");
                    round.move(device, DeviceState.SUSPECT);
                } else if (guest.isRed() && !guest.isCaughtUp) {
                    round.move(device, DeviceState.CATCHING_UP);
                }
            }
            case SUSPECT -> {
                if (!guest.isFailing && isLong) {
                    round.move(device, DeviceState.ONLINE);
                }
            }
            case CATCHING_UP -> {
                if (guest.isCaughtUp && guest.isReady) {
                    round.move(device, DeviceState.ONLINE);
                }
            }
            case OFFLINE -> round.move(device, DeviceState.CATCHING_UP); // it has a link
            default -> {}
        }
    }

    private static Word word(Guest guest, Device device) {
        if (device.isHeld()) {
            return Word.HELD;
        }
        if (guest.isCaughtUp) {
            return Word.CAUGHT_UP;
        }
        if (guest.isExcused) {
            return Word.EXCUSED;
        }
        return guest.wasOffline ? Word.WITHDRAW : Word.CATCHING_UP;
    }

    /** How many of a group may be out of service: a share, but always one. */
    private int mostRed(RegistryView view, String group) {
        int size = 0;
        for (Device device : view.devices()) {
            size += device.group().equals(group) && device.state().isInScope() ? 1 : 0;
        }
        return Math.max(1, (int) (size * terms.maxRed));
    }

    private boolean isCaughtUp(Guest guest, Device device, Round round) {
        if (!terms.isRecovered.getAsBoolean() || !delay.isHome(device)) {
            guest.mark = 0;
            return false;
        }
        if (round.looks <= 0) {
            return false;
        }
        int ordinal = device.ordinal();
        long found = feed.look(log -> {
            guest.mark = guest.mark == 0 ? log.next() : guest.mark;
            guest.at = Math.max(guest.at, log.head());
            return log.first(guest.at, entry -> entry.isWantedBy(ordinal) && !feed.isHeld(entry, ordinal));
        });
        round.looks -= found - guest.at + 1;
        guest.at = found;
        return guest.at >= guest.mark;
    }
}
