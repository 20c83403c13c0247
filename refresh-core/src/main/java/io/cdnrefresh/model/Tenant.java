// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.time.Instant;
import java.util.List;

/**
 * One customer of the platform. Its hosts are those whose {@link HostRule} names it. Immutable.
 *
 * @param name 1 to 128 letters, digits, {@code . _ : -}
 * @param limits what all its keys together may submit; empty = the platform's limits of a tenant
 * @param createdAt when it was added
 */
public record Tenant(String name, List<RateLimit> limits, Instant createdAt) {
    /** Checks the name. */
    public Tenant {
        Device.requireName("tenant", name);
        limits = List.copyOf(limits);
    }
}
