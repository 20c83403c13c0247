// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/**
 * Keeps what is not a task: engines, devices, hosts, audit. Blocking; query threads only, any number at a time.
 *
 * <p>Throws {@link StoreException}: RETRYABLE when the store is away, FATAL after its {@code close()}.
 */
public interface RegistryStore {
    /**
     * Makes the caller an engine: raises the epoch of an id by one, which fences every older holder.
     *
     * @param wanted the id, 0 to 1023; empty = the id that this owner held before, else the lowest one that nobody has
     *     used or whose claim has run out
     * @param owner names the calling process; a later claim by the same owner succeeds at once
     * @param lease how long the claim holds without {@link #renewEngine}
     * @throws StoreException PERMANENT if another owner's claim of the wanted id is alive, or no id is free
     */
    EngineClaim claimEngine(OptionalInt wanted, String owner, Duration lease);

    /**
     * Keeps a claim alive.
     *
     * @return false if the id has another owner or epoch by now
     */
    boolean renewEngine(EngineClaim claim, String owner, Duration lease);

    /** Applies changes in order, in one transaction, and gives the registry after them. */
    RegistrySnapshot apply(List<RegistryChange> changes);

    /** The registry as it is. */
    RegistrySnapshot load();

    /** Appends to the audit log. */
    void audit(List<AuditRecord> records);

    /**
     * Audit records, newest first.
     *
     * @param before only those at lower places; {@link Long#MAX_VALUE} = from the newest on
     * @param limit at most so many, 1 to 1,001
     */
    List<AuditFilter.Entry> auditLog(AuditFilter filter, long before, int limit);

    /** The newest audit records of all, newest first. */
    default List<AuditRecord> auditLog(int limit) {
        return auditLog(AuditFilter.ANY, Long.MAX_VALUE, limit).stream()
                .map(AuditFilter.Entry::record)
                .toList();
    }
}
