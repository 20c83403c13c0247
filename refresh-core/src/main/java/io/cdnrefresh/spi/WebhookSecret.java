// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.spi;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What the webhooks of a tenant are signed with. Immutable.
 *
 * @param tenant whose; empty = the platform's, which also signs for tenants without one
 * @param id names it without telling it
 * @param value {@code whsec_} and 24 to 64 bytes as Base64
 * @param createdAt since when it signs
 * @param endsAt until when it signs; null = until it is rotated
 */
public record WebhookSecret(
        String tenant,
        String id,
        String value,
        Instant createdAt,
        @Nullable Instant endsAt) {
    private static final String PREFIX = "whsec_";
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * Checks the value.
     *
     * @throws IllegalArgumentException if it is not one; it is not repeated
     */
    public WebhookSecret {
        key(value);
    }

    /** A new random one. */
    public static WebhookSecret random(String tenant, Instant now) {
        byte[] key = new byte[32];
        byte[] id = new byte[6];
        RANDOM.nextBytes(key);
        RANDOM.nextBytes(id);
        return new WebhookSecret(
                tenant,
                HexFormat.of().formatHex(id),
                PREFIX + Base64.getEncoder().encodeToString(key),
                now,
                null);
    }

    /**
     * The bytes that a secret stands for.
     *
     * @throws IllegalArgumentException if it is none; it is not repeated
     */
    public static byte[] key(String secret) {
        try {
            if (secret.startsWith(PREFIX)) {
                byte[] key = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
                if (key.length >= 24 && key.length <= 64) {
                    return key;
                }
            }
        } catch (IllegalArgumentException malformed) {
            // falls through: the reason would repeat a part of it
        }
        throw new IllegalArgumentException("webhook secret (expected: whsec_ and 24 to 64 bytes as Base64)");
    }

    /** Whether it signs at a time. */
    public boolean isValidAt(Instant now) {
        return endsAt == null || now.isBefore(endsAt);
    }

    /** The same with an earlier end. */
    public WebhookSecret endingBy(Instant end) {
        return endsAt != null && endsAt.isBefore(end) ? this : new WebhookSecret(tenant, id, value, createdAt, end);
    }

    /** Without the value. */
    @Override
    public String toString() {
        return "WebhookSecret[tenant=" + tenant + ", id=" + id + ", value=***, createdAt=" + createdAt + ", endsAt="
                + endsAt + ']';
    }
}
