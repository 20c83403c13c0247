// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xerial.snappy.Snappy;

/**
 * Raw Snappy blocks. Immutable, thread-safe. Where the native library does not load nothing is compressed, and the peer
 * is told not to.
 */
final class Compression {
    private static final Logger logger = LoggerFactory.getLogger(Compression.class);

    private static final boolean IS_AVAILABLE = load();

    /** Snappy makes nothing smaller than 1/21.3 of what it was. */
    private static final int MAX_RATIO = 22;

    private final int thresholdBytes;

    /** Compresses payloads of more than so many bytes; none if it is 0. */
    Compression(int thresholdBytes) {
        this.thresholdBytes = thresholdBytes;
    }

    private static boolean load() {
        try {
            return Snappy.maxCompressedLength(1) > 0;
        } catch (LinkageError e) {
            logger.warn("snappy not available, frames are not compressed error={}", e.toString());
            return false;
        } catch (RuntimeException e) {
            logger.warn("snappy not available, frames are not compressed", e);
            return false;
        }
    }

    static boolean isAvailable() {
        return IS_AVAILABLE;
    }

    /** The payload made smaller, or null if that saves less than a tenth. */
    byte @Nullable [] shrink(byte[] payload) {
        if (thresholdBytes == 0 || payload.length <= thresholdBytes || !IS_AVAILABLE) {
            return null;
        }
        byte[] out = new byte[Snappy.maxCompressedLength(payload.length)];
        try {
            int length = Snappy.compress(payload, 0, payload.length, out, 0);
            return length <= payload.length - payload.length / 10 ? Arrays.copyOf(out, length) : null;
        } catch (IOException e) {
            throw new IllegalStateException("snappy failed on " + payload.length + " bytes", e);
        }
    }

    /**
     * What a block was.
     *
     * @throws IllegalArgumentException if it is no block, or says that it was larger than allowed or possible; before
     *     anything is allocated
     */
    static byte[] grow(byte[] block, int maxBytes) {
        if (!IS_AVAILABLE) {
            throw new IllegalArgumentException("compressed frame (expected: none, Snappy is not available here)");
        }
        try {
            int length = Snappy.uncompressedLength(block, 0, block.length);
            if (length < 0 || length > maxBytes || length > (long) MAX_RATIO * block.length + 64) {
                throw new IllegalArgumentException("uncompressed length: " + length + " of " + block.length
                        + " bytes (expected: at most " + maxBytes + ")");
            }
            if (!Snappy.isValidCompressedBuffer(block, 0, block.length)) {
                throw new IllegalArgumentException("compressed frame: no Snappy block");
            }
            byte[] out = new byte[length];
            if (Snappy.uncompress(block, 0, block.length, out, 0) != length) {
                throw new IllegalArgumentException("compressed frame: another length than it says");
            }
            return out;
        } catch (IOException e) {
            throw new IllegalArgumentException("compressed frame: no Snappy block", e);
        }
    }
}
