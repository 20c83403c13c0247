// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.HostRule;
import java.util.List;

/**
 * Devices and host rules at one moment. Immutable.
 *
 * @param version rises with every change
 * @param devices by rising ordinal, removed ones included
 * @param hosts by name
 */
public record RegistrySnapshot(long version, List<Device> devices, List<HostRule> hosts) {
    /** Nothing is registered. */
    public static final RegistrySnapshot EMPTY = new RegistrySnapshot(0, List.of(), List.of());

    /** Copies the lists. */
    public RegistrySnapshot {
        devices = List.copyOf(devices);
        hosts = List.copyOf(hosts);
    }
}
