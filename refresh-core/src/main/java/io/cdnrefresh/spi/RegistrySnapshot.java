// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.model.RefreshException.Category;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Devices, host rules, pauses, tenants and keys at one moment. Immutable.
 *
 * @param version rises with every change
 * @param devices by rising ordinal, removed ones included
 * @param hosts by name
 * @param pauses what is not pushed, by text
 * @param access tenants and keys
 */
public record RegistrySnapshot(
        long version, List<Device> devices, List<HostRule> hosts, List<PauseRule> pauses, Access access) {
    /** The most pauses at once. */
    public static final int MAX_PAUSES = 1_000;

    /** Nothing is registered. */
    public static final RegistrySnapshot EMPTY = new RegistrySnapshot(0, List.of(), List.of(), List.of(), Access.EMPTY);

    /** Copies the lists. */
    public RegistrySnapshot {
        devices = List.copyOf(devices);
        hosts = List.copyOf(hosts);
        pauses = List.copyOf(pauses);
    }

    /**
     * The registry after changes, as every {@link RegistryStore} has to apply them.
     *
     * @throws StoreException PERMANENT if every ordinal is given, or too many pauses are in force
     */
    public RegistrySnapshot with(List<RegistryChange> changes) {
        if (changes.isEmpty()) {
            return this;
        }
        Map<String, Device> byId = new LinkedHashMap<>();
        devices.forEach(device -> byId.put(device.id(), device));
        Map<String, HostRule> byHost = new TreeMap<>();
        hosts.forEach(rule -> byHost.put(rule.host(), rule));
        Map<String, PauseRule> byText = new TreeMap<>();
        pauses.forEach(rule -> byText.put(rule.text(), rule));
        for (RegistryChange change : changes) {
            if (change instanceof RegistryChange.DeviceSeen seen) {
                byId.put(seen.id(), seen(seen, byId.get(seen.id()), byId.size()));
            } else if (change instanceof RegistryChange.DeviceMoved moved) {
                byId.computeIfPresent(moved.id(), (id, old) -> moved(moved, old));
            } else if (change instanceof RegistryChange.DeviceHeld held) {
                byId.computeIfPresent(held.id(), (id, old) -> old.withState(held.state(), held.at(), held.hold()));
            } else if (change instanceof RegistryChange.HostPut put) {
                byHost.put(put.rule().host(), put.rule());
            } else if (change instanceof RegistryChange.HostRemoved removed) {
                byHost.remove(removed.host());
            } else if (change instanceof RegistryChange.PausePut put) {
                byText.put(put.rule().text(), put.rule());
            } else if (change instanceof RegistryChange.PauseRemoved removed) {
                byText.remove(removed.rule().text());
            } else if (!(change instanceof RegistryChange.OfAccess)) {
                throw new IllegalArgumentException("change: " + change + " (expected: a known one)");
            }
        }
        if (byText.size() > MAX_PAUSES) {
            throw new StoreException(Category.PERMANENT, "all " + MAX_PAUSES + " pauses are in force", null);
        }
        return new RegistrySnapshot(
                version + 1,
                List.copyOf(byId.values()),
                List.copyOf(byHost.values()),
                List.copyOf(byText.values()),
                access.with(changes));
    }

    /** Devices never go, so their number is the next ordinal. */
    private static Device seen(RegistryChange.DeviceSeen seen, @Nullable Device old, int next) {
        if (old != null) {
            return new Device(
                    old.ordinal(),
                    old.id(),
                    seen.group(),
                    seen.tier(),
                    old.state(),
                    seen.version(),
                    old.since(),
                    old.hold());
        }
        if (next == Device.MAX_DEVICES) {
            throw new StoreException(Category.PERMANENT, "all " + Device.MAX_DEVICES + " ordinals are given", null);
        }
        return new Device(next, seen.id(), seen.group(), seen.tier(), seen.state(), seen.version(), seen.at());
    }

    private static Device moved(RegistryChange.DeviceMoved moved, Device old) {
        return old.isHeld() || old.state() == moved.state() ? old : old.withState(moved.state(), moved.at(), null);
    }
}
