// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.DeviceState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes the summary of the network. Thread-safe; however many ask, the work is done at most once a second, and it is
 * bounded: what was found settled is not looked at again.
 */
final class FleetFigures {
    static final int SHOWN_GROUPS = 100;
    static final int SHOWN_TENANTS = 10;
    private static final long FRESH_NANOS = 900_000_000;
    /** Devices of feed entries that are looked at in one second: 10 ms. */
    private static final long MOST_LOOKS = 2_000_000;

    private final EngineSetup setup;
    private final EngineLifecycle lifecycle;
    /** By group, and by ordinal of devices that are away. */
    private final Map<Object, Settled> settled = new HashMap<>();

    private FleetView last = FleetView.EMPTY;
    private long lastNanos;
    private long epoch;
    private long looks;

    FleetFigures(EngineSetup setup, EngineLifecycle lifecycle) {
        this.setup = setup;
        this.lifecycle = lifecycle;
    }

    /** Below which sequence of the feed some devices owe nothing, and since when they owe what comes then; 0 = nothing. */
    private record Settled(DeviceSet of, long below, long sinceMillis) {}

    /** How things stand, as of the last second. */
    synchronized FleetView view() {
        EngineCore core = lifecycle.core();
        long now = setup.clock().nanos();
        if (core == null) {
            return FleetView.EMPTY;
        }
        if (core.epoch.epoch() != epoch) {
            epoch = core.epoch.epoch();
            settled.clear();
        } else if (now - lastNanos < FRESH_NANOS) {
            return last;
        }
        lastNanos = now;
        last = new FleetView(
                core.epoch,
                setup.coordinator().election().validToken().isPresent(),
                lifecycle.cluster().members(),
                groups(core),
                core.shares.top(SHOWN_TENANTS),
                lifecycle.devices().view().pauses().rules(),
                core.lags.figures());
        return last;
    }

    private List<FleetView.Group> groups(EngineCore core) {
        looks = 0;
        Map<String, List<Device>> byGroup = new TreeMap<>();
        for (Device device : lifecycle.devices().view().devices()) {
            if (device.state() != DeviceState.REMOVED) {
                byGroup.computeIfAbsent(device.group(), any -> new ArrayList<>())
                        .add(device);
            }
        }
        List<FleetView.Group> groups = new ArrayList<>();
        byGroup.forEach((name, devices) -> groups.add(group(core, name, devices)));
        groups.sort(Comparator.comparingLong(FleetView.Group::oldestOwedMillis).reversed());
        return List.copyOf(groups.subList(0, Math.min(SHOWN_GROUPS, groups.size())));
    }

    private FleetView.Group group(EngineCore core, String name, List<Device> devices) {
        long now = setup.clock().now().toEpochMilli();
        Map<String, Integer> states = new TreeMap<>();
        DeviceSet.Builder here = new DeviceSet.Builder();
        long oldest = now;
        int connected = 0;
        int red = 0;
        int unproven = 0;
        for (Device device : devices) {
            states.merge(device.state().wireName(), 1, Integer::sum);
            if (lifecycle.devices().isConnected(device.ordinal())) {
                connected++;
                red += core.gate.isRed(device.ordinal()) ? 1 : 0;
                here.add(device.ordinal());
            } else {
                long since = awayOwesSince(core, device);
                unproven += since > 0 ? 1 : 0;
                oldest = since > 0 ? Math.min(oldest, since) : oldest;
            }
        }
        long since = connected == 0 ? 0 : oldest(core, name, here.build());
        oldest = since > 0 ? Math.min(oldest, since) : oldest;
        return new FleetView.Group(name, devices.size(), connected, red, states, unproven, now - oldest);
    }

    /** When the oldest was accepted that a device which is away owes; 0 = nothing. */
    private long awayOwesSince(EngineCore core, Device device) {
        long inFeed = oldest(core, device.ordinal(), DeviceSet.of(device.ordinal()));
        long parked = core.delay.parkedSince(device);
        return inFeed == 0 || parked == 0 ? Math.max(inFeed, parked) : Math.min(inFeed, parked);
    }

    private long oldest(EngineCore core, Object key, DeviceSet of) {
        Settled known = settled.get(key);
        // one that has come back may owe older things than the others
        boolean isMore = known == null || of.and(known.of).size() < of.size();
        long from = known == null || isMore ? 1 : known.below;
        FeedDebt.Oldest found = FeedDebt.oldest(core.feed, of, from, Math.max(0, MOST_LOOKS - looks));
        looks += found.looks();
        // the next second goes on where the work was too much
        long since = found.isKnown() || known == null ? found.sinceMillis() : known.sinceMillis;
        settled.put(key, new Settled(of, found.sequence(), since));
        return since;
    }
}
