// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import io.cdnrefresh.spi.SharedCounters;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Whether another engine, or an earlier life of this one, has taken a signed request: each use is a counter of its own, and
 * whoever finds more than one was not the first. Without counters, and while they are away, nobody else is known of.
 * Thread-safe.
 */
final class SignedUses {
    private static final String USED = "n";

    private final @Nullable SharedCounters counters;
    private final int keepSeconds;
    /** Another life of the same engine is another user. */
    private final String self = UUID.randomUUID().toString();

    SignedUses(@Nullable SharedCounters counters, Duration kept) {
        this.counters = counters;
        keepSeconds = (int) kept.toSeconds();
    }

    /** Takes note of a use of which this life has no memory; whether it is the first. Never fails. */
    CompletionStage<Boolean> isFirst(String name) {
        if (counters == null) {
            return CompletableFuture.completedStage(true);
        }
        return counters.sync("signed/" + digest(name), self, Map.of(USED, 1L), keepSeconds)
                .handle((sums, failure) -> failure != null || sums.getOrDefault(USED, 1L) <= 1);
    }

    private static String digest(String name) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256", e); // every Java platform has it
        }
    }
}
