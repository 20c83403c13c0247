// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.model.HostPatterns;
import io.cdnrefresh.model.HostRule;
import io.cdnrefresh.model.RateLimit;
import io.cdnrefresh.model.Tenant;
import io.cdnrefresh.spi.Access;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tenants, keys and whose which host is, at one moment. Immutable. */
final class AccessView {
    private final Access access;
    private final Map<String, ApiKey> keys = new HashMap<>();
    private final Map<String, Tenant> tenants = new HashMap<>();
    private final Map<String, String> owners = new HashMap<>();

    AccessView(Access access, List<HostRule> hosts) {
        this.access = access;
        access.keys().forEach(key -> keys.put(key.id(), key));
        access.tenants().forEach(tenant -> tenants.put(tenant.name(), tenant));
        for (HostRule rule : hosts) {
            if (!rule.tenant().isEmpty()) {
                owners.put(rule.host(), rule.tenant());
            }
        }
    }

    List<ApiKey> keys() {
        return access.keys();
    }

    List<Tenant> tenants() {
        return access.tenants();
    }

    /** While nobody has a key, everybody may do everything. */
    boolean hasKeys() {
        return !keys.isEmpty();
    }

    @Nullable
    ApiKey key(String id) {
        return keys.get(id);
    }

    @Nullable
    Tenant tenant(String name) {
        return tenants.get(name);
    }

    /** What a tenant may submit; empty = what the configuration says of tenants. */
    List<RateLimit> limits(String tenant) {
        Tenant known = tenants.isEmpty() ? null : tenants.get(tenant);
        return known == null ? List.of() : known.limits();
    }

    /** The hosts of a tenant, as their rules name them. */
    List<String> hostsOf(String tenant) {
        return owners.entrySet().stream()
                .filter(owned -> owned.getValue().equals(tenant))
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** Whose all hosts of a host or pattern, in identity form, are; empty = nobody's, or several owners'. */
    String owner(String host) {
        if (owners.isEmpty()) {
            return "";
        }
        String owner = owners.get(host);
        if (owner != null) {
            return owner;
        }
        int dot = host.indexOf('.');
        if (dot > 0 && !host.startsWith("*")) {
            owner = owners.get("*" + host.substring(dot));
        }
        while (owner == null && dot > 0) {
            owner = owners.get("**" + host.substring(dot));
            dot = host.indexOf('.', dot + 1);
        }
        return owner == null ? "" : owner;
    }

    /** A host of another tenant that a rule for this host would speak of, too; null = none. */
    @Nullable
    String overlapping(String host, String tenant) {
        for (Map.Entry<String, String> owned : owners.entrySet()) {
            if (!owned.getValue().equals(tenant)
                    && !owned.getKey().equals(host)
                    && HostPatterns.overlap(owned.getKey(), host)) {
                return owned.getKey();
            }
        }
        return null;
    }
}
