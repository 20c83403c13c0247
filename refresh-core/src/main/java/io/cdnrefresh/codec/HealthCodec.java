// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.codec;

import io.cdnrefresh.spi.ProxyHealth;

/**
 * The binary form of a {@link ProxyHealth}. Thread-safe.
 *
 * <pre>
 * signed  seconds, varint nanoseconds of "now"
 * varint  queued    varint  in flight    varint  caches down    octet  1 = ready
 * varint  caches that need a wipe, left out when none does
 * </pre>
 *
 * <p>What follows is ignored, so that later versions may add to it.
 */
public final class HealthCodec {
    private HealthCodec() {}

    /** Encodes a heartbeat's content. */
    public static byte[] encode(ProxyHealth health) {
        ByteWriter out = new ByteWriter(24);
        Times.write(out, health.now());
        out.varint(health.queued());
        out.varint(health.inFlight());
        out.varint(health.cachesDown());
        out.octet(health.isReady() ? 1 : 0);
        if (health.needsWipe() > 0) {
            out.varint(health.needsWipe());
        }
        return out.toByteArray();
    }

    /**
     * Decodes a heartbeat's content.
     *
     * @throws IllegalArgumentException if the bytes are none
     */
    public static ProxyHealth decode(byte[] bytes) {
        ByteReader in = new ByteReader(bytes);
        return new ProxyHealth(
                Times.read(in),
                in.ordinal(),
                in.ordinal(),
                in.ordinal(),
                in.flag(),
                in.remaining() == 0 ? 0 : in.ordinal());
    }
}
