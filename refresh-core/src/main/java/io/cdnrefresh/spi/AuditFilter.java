// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which audit records are shown. Immutable; null asks nothing.
 *
 * @param since at this time or later
 * @param actor by this actor
 * @param action this action
 * @param tenant about a thing of this tenant
 */
public record AuditFilter(
        @Nullable Instant since,
        @Nullable String actor,
        @Nullable String action,
        @Nullable String tenant) {
    /** Every record. */
    public static final AuditFilter ANY = new AuditFilter(null, null, null, null);

    /** A record with its place: later records have greater ones. */
    public record Entry(long place, AuditRecord record) {}

    /** Whether the filter lets the record through. */
    public boolean matches(AuditRecord audited) {
        return (since == null || !audited.at().isBefore(since))
                && (actor == null || actor.equals(audited.actor()))
                && (action == null || action.equals(audited.action()))
                && (tenant == null || tenant.equals(audited.tenant()));
    }
}
