// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.model.RefreshException.Category;
import io.cdnrefresh.model.Tenant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tenants and keys at one moment. Immutable.
 *
 * @param tenants by name
 * @param keys by id, expired ones included
 */
public record Access(List<Tenant> tenants, List<ApiKey> keys) {
    /** The most tenants, and the most keys. */
    public static final int MAX_ENTRIES = 100_000;

    /** Nobody. */
    public static final Access EMPTY = new Access(List.of(), List.of());

    /** Copies the lists. */
    public Access {
        tenants = List.copyOf(tenants);
        keys = List.copyOf(keys);
    }

    /** After changes, in order; others are passed over. */
    Access with(List<RegistryChange> changes) {
        if (changes.stream().noneMatch(RegistryChange.OfAccess.class::isInstance)) {
            return this;
        }
        Map<String, Tenant> byName = new TreeMap<>();
        tenants.forEach(tenant -> byName.put(tenant.name(), tenant));
        Map<String, ApiKey> byId = new TreeMap<>();
        keys.forEach(key -> byId.put(key.id(), key));
        for (RegistryChange change : changes) {
            if (change instanceof RegistryChange.TenantPut put) {
                byName.put(put.tenant().name(), put.tenant());
            } else if (change instanceof RegistryChange.TenantRemoved removed) {
                byName.remove(removed.name());
            } else if (change instanceof RegistryChange.KeyPut put) {
                byId.put(put.key().id(), put.key());
            } else if (change instanceof RegistryChange.KeyRemoved removed) {
                byId.remove(removed.id());
            }
        }
        if (byName.size() > MAX_ENTRIES || byId.size() > MAX_ENTRIES) {
            throw new StoreException(Category.PERMANENT, "all " + MAX_ENTRIES + " tenants or keys are there", null);
        }
        return new Access(List.copyOf(byName.values()), List.copyOf(byId.values()));
    }
}
