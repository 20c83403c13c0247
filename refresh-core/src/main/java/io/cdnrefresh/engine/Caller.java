// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.ApiKey;
import io.cdnrefresh.model.Rights;

/**
 * Who asks. Immutable.
 *
 * @param actor the name of the key, or {@code local}; for the audit
 * @param tenant whose caller it is; empty = the platform's
 * @param isAdmin whether it may see and change everything
 * @param rights what it may submit
 * @param keyId the id of its key; empty = there are no keys
 */
record Caller(String actor, String tenant, boolean isAdmin, Rights rights, String keyId) {
    /** Everybody, while there are no keys. */
    static final Caller LOCAL = new Caller("local", "", true, Rights.ALL, "");

    /** Somebody without a key where one is needed; reaches only what is open to all. */
    static final Caller NOBODY = new Caller("nobody", "", false, Rights.NONE, "");

    static Caller of(ApiKey key) {
        return new Caller(key.name(), key.tenant(), key.isAdmin(), key.rights(), key.id());
    }

    /** Whether the things of a tenant are this caller's to see. */
    boolean sees(String owner) {
        return isAdmin || !tenant.isEmpty() && tenant.equals(owner);
    }
}
