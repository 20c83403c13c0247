// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** Collects a body of known or unknown length into one array of exactly its length. Not thread-safe. */
final class Body {
    static final byte[] EMPTY = {};
    /** A declared length is believed up to here; beyond it memory follows what really arrives. */
    private static final int TRUSTED_BYTES = 8 * 1024;

    private final int maxBytes;
    private final int declaredBytes;
    private byte[] bytes = EMPTY;
    private int count;

    /**
     * Starts one.
     *
     * @param declaredBytes the length given in the head, −1 if none was
     */
    Body(int maxBytes, int declaredBytes) {
        this.maxBytes = maxBytes;
        this.declaredBytes = declaredBytes;
    }

    /** Adds a part; false if the body is longer than allowed. */
    boolean add(ByteBuf part) {
        int more = part.readableBytes();
        if (more > maxBytes - count) {
            return false;
        }
        if (count + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, capacityFor(count + more));
        }
        part.getBytes(part.readerIndex(), bytes, count, more);
        count += more;
        return true;
    }

    private int capacityFor(int needed) {
        int grown = Math.max(needed, Math.min(maxBytes, bytes.length * 2));
        if (declaredBytes < needed) {
            return grown;
        }
        return declaredBytes <= TRUSTED_BYTES ? declaredBytes : Math.min(declaredBytes, grown);
    }

    byte[] toArray() {
        return count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
    }
}
