// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A key of the API as it is kept: never the key itself, only its SHA-256. Immutable; its text form hides the hashes.
 *
 * @param id 1 to 63 lower-case letters and digits
 * @param name for people and the audit
 * @param tenant whose it is; empty = an admin key
 * @param rights what it may ask for
 * @param hash SHA-256 of the key's text, 64 hexadecimal digits
 * @param oldHash the hash before the last rotation; empty = none
 * @param oldUntil until when the old hash counts, too; null = it does not
 * @param createdAt when it was made
 * @param expiresAt from when on it is refused; null = never
 */
public record ApiKey(
        String id,
        String name,
        String tenant,
        Rights rights,
        String hash,
        String oldHash,
        @Nullable Instant oldUntil,
        Instant createdAt,
        @Nullable Instant expiresAt) {
    private static final int MAX_ID = 63;

    /** Checks the names and the hash. */
    public ApiKey {
        if (!id.matches("[a-z0-9]{1," + MAX_ID + "}")) {
            throw new IllegalArgumentException("id: " + id + " (expected: 1 to 63 lower-case letters and digits)");
        }
        Device.requireName("name", name);
        if (!tenant.isEmpty()) {
            Device.requireName("tenant", tenant);
        }
        if (!hash.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("hash: of key " + id + " (expected: 64 hexadecimal digits)");
        }
    }

    /** Whether it is a key of the platform, not of a tenant. */
    public boolean isAdmin() {
        return tenant.isEmpty();
    }

    /** Whether it is over. */
    public boolean isExpired(Instant now) {
        return expiresAt != null && !expiresAt.isAfter(now);
    }

    @Override
    public String toString() {
        return "ApiKey[" + id + " " + name + (isAdmin() ? " admin" : " of " + tenant) + "]";
    }
}
