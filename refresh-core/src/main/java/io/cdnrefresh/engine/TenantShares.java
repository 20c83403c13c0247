// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Places that tenants share, so that none can take them all: a tenant may take another place while it has fewer than
 * {@value #WEIGHT} times those that are free. Alone it gets 15/16 of them, two get 15/31 each, and something is always left
 * for one that comes later. Thread-safe; a moment's race may give a few places more.
 *
 * <p>Source: Choudhury and Hahne, Dynamic Queue Length Thresholds for Shared-Memory Packet Switches, 1998.
 */
final class TenantShares {
    private static final int WEIGHT = 15;

    private final int places;
    private final AtomicInteger taken = new AtomicInteger();
    private final Map<String, Integer> byTenant = new ConcurrentHashMap<>();

    TenantShares(int places) {
        this.places = places;
    }

    /** Takes a place if the tenant may have one more. */
    boolean tryTake(String tenant) {
        boolean hasRoom = hasRoom(tenant);
        if (hasRoom) {
            take(tenant);
        }
        return hasRoom;
    }

    /** Whether the tenant may have one more. */
    boolean hasRoom(String tenant) {
        long free = (long) places - taken.get();
        return free > 0 && byTenant.getOrDefault(tenant, 0) < WEIGHT * free;
    }

    /** Takes a place in any case: for work that cannot be refused. */
    void take(String tenant) {
        byTenant.merge(tenant, 1, Integer::sum);
        taken.incrementAndGet();
    }

    void release(String tenant) {
        byTenant.computeIfPresent(tenant, (name, count) -> count == 1 ? null : count - 1);
        taken.decrementAndGet();
    }

    /** The tenants that have most, at most {@code limit}. O(tenants). */
    List<FleetView.Tenant> top(int limit) {
        return byTenant.entrySet().stream()
                .map(entry -> new FleetView.Tenant(entry.getKey(), entry.getValue()))
                .sorted(Comparator.comparingInt(FleetView.Tenant::tasks).reversed())
                .limit(limit)
                .toList();
    }

    int taken() {
        return taken.get();
    }
}
