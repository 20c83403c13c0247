// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.util.List;

/**
 * Which of the devices that serve a target's host a task is for. Immutable.
 *
 * <p>A device is in scope when it is in one of {@code groups}, {@code tiers} and {@code devices} (an empty list asks
 * nothing) and its id is not in {@code exclude}.
 *
 * @param groups names of device groups
 * @param tiers names of tiers
 * @param devices device ids
 * @param exclude device ids that are left out
 */
public record Scope(List<String> groups, List<String> tiers, List<String> devices, List<String> exclude) {
    /** Every device that serves the target's host. */
    public static final Scope ALL = new Scope(List.of(), List.of(), List.of(), List.of());

    /** Copies the lists. */
    public Scope {
        groups = List.copyOf(groups);
        tiers = List.copyOf(tiers);
        devices = List.copyOf(devices);
        exclude = List.copyOf(exclude);
    }

    /** Whether the scope asks for the device. */
    public boolean includes(Device device) {
        return (groups.isEmpty() || groups.contains(device.group()))
                && (tiers.isEmpty() || tiers.contains(device.tier()))
                && (devices.isEmpty() || devices.contains(device.id()))
                && !exclude.contains(device.id());
    }
}
