// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Work of many tenants, given out one tenant after the other; within a tenant by rank, then in order of arrival. Bounded
 * by whoever fills it. Owned by the agent; not thread-safe. O(ranks) for both operations.
 */
final class FairQueue {
    private final Map<String, Tenant> tenants = new LinkedHashMap<>();
    private final ArrayDeque<Tenant> turn = new ArrayDeque<>();
    private int size;

    void add(Work work) {
        Tenant tenant = tenants.computeIfAbsent(work.run.tenant, Tenant::new);
        if (tenant.isEmpty()) {
            turn.add(tenant);
        }
        tenant.add(work);
        size++;
    }

    @Nullable
    Work poll() {
        Tenant tenant = turn.poll();
        if (tenant == null) {
            return null;
        }
        Work work = tenant.next();
        size--;
        if (tenant.isEmpty()) {
            tenants.remove(tenant.name);
        } else {
            turn.add(tenant);
        }
        return work;
    }

    int size() {
        return size;
    }

    private static final class Tenant {
        private final String name;
        private final ArrayDeque<Work>[] ranks;
        private int size;

        @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type cannot be made otherwise
        Tenant(String name) {
            this.name = name;
            ranks = new ArrayDeque[Work.RANKS];
            for (int i = 0; i < ranks.length; i++) {
                ranks[i] = new ArrayDeque<>(2);
            }
        }

        boolean isEmpty() {
            return size == 0;
        }

        void add(Work work) {
            ranks[work.rank()].add(work);
            size++;
        }

        Work next() {
            for (ArrayDeque<Work> rank : ranks) {
                Work work = rank.poll();
                if (work != null) {
                    size--;
                    return work;
                }
            }
            throw new IllegalStateException("tenant: " + name + " (expected: work)");
        }
    }
}
