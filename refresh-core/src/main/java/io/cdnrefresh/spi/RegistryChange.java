// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceState;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.PauseRule;
import io.cdnrefresh.model.Tenant;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One change of the registry. */
public sealed interface RegistryChange {
    /**
     * A device says hello or is announced by an operator. A new one gets the next ordinal and the given state; of a
     * known one group, tier and version are taken over, its state stays.
     */
    record DeviceSeen(String id, String group, String tier, String version, DeviceState state, Instant at)
            implements RegistryChange {}

    /** A device changes its state, unless an operator holds it where it is. Unknown ids are ignored. */
    record DeviceMoved(String id, DeviceState state, Instant at) implements RegistryChange {}

    /** An operator sets the state of a device, and keeps it there ({@code hold}) or not (null). */
    record DeviceHeld(String id, DeviceState state, Instant at, Device.@Nullable Hold hold) implements RegistryChange {}

    /** A host rule is put in the place of the one with the same host. */
    record HostPut(HostRule rule) implements RegistryChange {}

    /** A host rule goes. */
    record HostRemoved(String host) implements RegistryChange {}

    /** A pause comes into force; a second time it changes nothing. */
    record PausePut(PauseRule rule) implements RegistryChange {}

    /** Exactly this pause is lifted. */
    record PauseRemoved(PauseRule rule) implements RegistryChange {}

    /** A change of {@link Access}. */
    sealed interface OfAccess extends RegistryChange {}

    /** A tenant is put in the place of the one with the same name. */
    record TenantPut(Tenant tenant) implements OfAccess {}

    /** A tenant goes; its keys and host rules are changed by changes of their own. */
    record TenantRemoved(String name) implements OfAccess {}

    /** A key is put in the place of the one with the same id. */
    record KeyPut(ApiKey key) implements OfAccess {}

    /** A key goes. */
    record KeyRemoved(String id) implements OfAccess {}
}
