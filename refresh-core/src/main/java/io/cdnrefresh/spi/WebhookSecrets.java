// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.time.Instant;
import java.util.List;

/** Keeps what webhooks are signed with. Blocking; any number of threads. Throws {@link StoreException}. */
public interface WebhookSecrets {
    /** Those of a tenant that are stored, the newest first, ended ones included. */
    List<WebhookSecret> secrets(String tenant);

    /** Adds one; the older ones of its tenant end at {@code olderEnd} at the latest. Those that ended before now may go. */
    void rotate(WebhookSecret fresh, Instant olderEnd);
}
