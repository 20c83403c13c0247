// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.Scope;
import io.cdnrefresh.model.TargetList;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.RegistrySnapshot;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Devices and host rules at one moment, with what the stages look up in them. Immutable but for a cache of scopes. */
final class RegistryView {
    private static final int MAX_CACHED = 1_024;

    final long version;
    private final @Nullable Device[] byOrdinal;
    private final Map<String, Device> byId = new HashMap<>();
    private final List<HostRule> hosts;
    private final PauseRules pauses;
    private final AccessView access;
    private final DeviceSet removed;
    /** What a task without a scope is for, once it was asked. */
    private volatile @Nullable DeviceSet everyone;

    private final Map<Object, DeviceSet> scopes = new ConcurrentHashMap<>();

    RegistryView(RegistrySnapshot snapshot) {
        version = snapshot.version();
        hosts = snapshot.hosts();
        pauses = new PauseRules(snapshot.pauses());
        access = new AccessView(snapshot.access(), hosts);
        int top = -1;
        for (Device device : snapshot.devices()) {
            top = Math.max(top, device.ordinal());
        }
        byOrdinal = new Device[top + 1];
        DeviceSet.Builder gone = new DeviceSet.Builder();
        for (Device device : snapshot.devices()) {
            byOrdinal[device.ordinal()] = device;
            byId.put(device.id(), device);
            if (device.state() == DeviceState.REMOVED) {
                gone.add(device.ordinal());
            }
        }
        removed = gone.build();
    }

    PauseRules pauses() {
        return pauses;
    }

    /** Tenants and keys. */
    AccessView access() {
        return access;
    }

    /** Devices that owe nothing any more. */
    DeviceSet removed() {
        return removed;
    }

    List<HostRule> hosts() {
        return hosts;
    }

    @Nullable
    Device device(int ordinal) {
        return ordinal >= 0 && ordinal < byOrdinal.length ? byOrdinal[ordinal] : null;
    }

    @Nullable
    Device device(String id) {
        return byId.get(id);
    }

    /** One more than the highest ordinal. */
    int size() {
        return byOrdinal.length;
    }

    Iterable<Device> devices() {
        return byId.values();
    }

    /** How many of a group are in this state. */
    int count(String group, DeviceState state) {
        int count = 0;
        for (Device device : devices()) {
            count += device.group().equals(group) && device.state() == state ? 1 : 0;
        }
        return count;
    }

    /** Whether the device is one that clients are served by, as far as the registry knows. */
    boolean isServing(int ordinal) {
        Device device = device(ordinal);
        return device != null && device.state().isServing();
    }

    /** The devices that a task accepted now is for: those that serve its hosts, in its scope, offline ones included. */
    DeviceSet select(RefreshTask task) {
        DeviceSet every = everyone;
        if (every != null && hosts.isEmpty() && task.options().scope().equals(Scope.ALL)) {
            return every; // the usual case, without a key
        }
        Set<String> groups = groupsOf(task);
        Object key = List.of(task.options().scope(), groups == null ? "" : groups);
        DeviceSet known = scopes.get(key);
        if (known != null) {
            return known;
        }
        DeviceSet.Builder chosen = new DeviceSet.Builder();
        for (Device device : byId.values()) {
            boolean serves = groups == null || groups.contains(device.group());
            if (serves && device.state().isInScope() && task.options().scope().includes(device)) {
                chosen.add(device.ordinal());
            }
        }
        DeviceSet devices = chosen.build();
        if (scopes.size() < MAX_CACHED) {
            scopes.putIfAbsent(key, devices);
        }
        if (groups == null && task.options().scope().equals(Scope.ALL)) {
            everyone = devices;
        }
        return devices;
    }

    /** The groups that serve the task's hosts; null = every group. */
    private @Nullable Set<String> groupsOf(RefreshTask task) {
        if (hosts.isEmpty() || task.kind() == TaskKind.ALL) {
            return null;
        }
        Set<String> groups = new LinkedHashSet<>();
        for (String host : TargetList.hosts(task.targets())) {
            HostRule rule = ruleOf(host);
            if (rule == null || rule.groups().isEmpty()) {
                return null;
            }
            groups.addAll(rule.groups());
        }
        return groups;
    }

    private @Nullable HostRule ruleOf(String host) {
        HostRule wildcard = null;
        for (HostRule rule : hosts) {
            if (rule.host().equals(host)) {
                return rule;
            }
            if (rule.matches(host)) {
                wildcard = rule;
            }
        }
        return wildcard;
    }

    /** The rules that shape the cache keys of a task's targets; with all of a tenant, the rules of its hosts. */
    List<HostRule> rulesFor(RefreshTask task) {
        if (hosts.isEmpty()) {
            return List.of();
        }
        if (task.kind() == TaskKind.ALL) {
            return hosts.stream()
                    .filter(rule -> !task.tenant().isEmpty() && rule.tenant().equals(task.tenant()))
                    .toList();
        }
        return TargetList.hosts(task.targets()).stream()
                .map(this::ruleOf)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    /** The steps of a task's plan: parents before edges where it is for both. */
    List<DeviceSet> steps(DeviceSet devices) {
        DeviceSet parents = devices.filter(ordinal -> {
            Device device = device(ordinal);
            return device != null && device.tier().equals(Device.PARENT);
        });
        if (parents.isEmpty() || parents.size() == devices.size()) {
            return List.of(devices);
        }
        return List.of(parents, devices.filter(ordinal -> !parents.contains(ordinal)));
    }
}
