// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.dialect;

import io.cdnrefresh.spi.EngineClock;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Idempotency keys for clients that repeat a request and have none: the key of an attempt is kept for {@link #WINDOW} and
 * used again by attempts that say they are repeats. An equal request that does not say so is a new one: what it is about may
 * have changed since. Thread-safe.
 */
final class RetryKeys {
    static final Duration WINDOW = Duration.ofMinutes(5);
    private static final int MAX = 10_000;

    private final EngineClock clock;
    private final Recent attempts;
    private final AtomicLong count = new AtomicLong();

    RetryKeys(EngineClock clock) {
        this.clock = clock;
        attempts = new Recent(MAX, WINDOW, clock);
    }

    /** The key of an attempt. */
    String keyOf(String caller, byte[] body, boolean isRepeat) {
        String hash = hash(caller, body);
        String earlier = isRepeat ? attempts.get(hash) : null;
        if (earlier != null) {
            return earlier;
        }
        String key = hash + '-' + Long.toString(clock.now().toEpochMilli(), 36) + '-' + count.incrementAndGet();
        boolean unused = attempts.put(hash, key); // with no room left a repeat is a task of its own
        return key;
    }

    private static String hash(String caller, byte[] body) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(caller.getBytes(StandardCharsets.UTF_8));
            digest.update((byte) 0);
            return HexFormat.of().formatHex(digest.digest(body), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256", e); // every Java platform has it
        }
    }
}
