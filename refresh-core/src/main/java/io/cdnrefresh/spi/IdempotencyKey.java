// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

/**
 * A submitter's name for one submission, so that a repeat is answered and not accepted again. Immutable.
 *
 * @param tenant whose key it is; empty = the platform's
 * @param key 1 to 255 characters
 * @param bodyHash 64-bit hash of the request body; another body under the same key is refused
 */
public record IdempotencyKey(String tenant, String key, long bodyHash) {
    /** Rejects a key of no or too many characters. */
    public IdempotencyKey {
        if (key.isEmpty() || key.length() > 255) {
            throw new IllegalArgumentException("Idempotency-Key: " + key.length() + " characters (expected: 1 to 255)");
        }
    }
}
