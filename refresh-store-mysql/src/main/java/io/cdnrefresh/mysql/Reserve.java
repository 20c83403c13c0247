// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.mysql;

import static java.util.Objects.requireNonNull;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that does nothing but take up room, beside the database. When the disk is full, it is deleted, and its room is
 * there for the ends of tasks that are under way; new tasks are refused until it can be written again. Thread-safe; writing
 * it blocks.
 */
final class Reserve {
    private static final Logger logger = LoggerFactory.getLogger(Reserve.class);
    private static final int CHUNK = 1 << 20;
    private static final long RETRY_NANOS = 1_000_000_000;

    private final Path file;
    private final long bytes;
    private final Object lock = new Object();
    private volatile boolean isWhole;

    @GuardedBy("lock")
    private long triedNanos = System.nanoTime() - RETRY_NANOS;

    Reserve(Path file, long bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    /** Whether new tasks may be written. Tries to write the file if it is not there, at most once a second. */
    boolean isWhole() {
        return isWhole || restore();
    }

    private boolean restore() {
        synchronized (lock) {
            long now = System.nanoTime();
            if (isWhole || now - triedNanos < RETRY_NANOS) {
                return isWhole;
            }
            triedNanos = now;
            try {
                isWhole = Files.exists(file) && Files.size(file) == bytes || hasRoom() && write();
            } catch (IOException full) {
                logger.debug("reserve not written: {}", full.getMessage());
            }
            return isWhole;
        }
    }

    /** Twice, so that the new tasks that follow do not use it up at once. */
    private boolean hasRoom() throws IOException {
        return Files.getFileStore(requireNonNull(file.toAbsolutePath().getParent()))
                        .getUsableSpace()
                >= 2 * bytes;
    }

    private boolean write() throws IOException {
        byte[] chunk = new byte[CHUNK];
        // a file system that compresses is to find nothing to save
        new Random(1).nextBytes(chunk);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            for (long at = 0; at < bytes; ) {
                ByteBuffer part = ByteBuffer.wrap(chunk, 0, (int) Math.min(CHUNK, bytes - at));
                at += channel.write(part, at);
            }
            channel.force(true);
            return true;
        } catch (IOException full) {
            Files.deleteIfExists(file);
            throw full;
        }
    }

    /** The disk is full: gives the room away. False: that was done before. */
    boolean release() {
        synchronized (lock) {
            triedNanos = System.nanoTime();
            isWhole = false;
            try {
                boolean isReleased = Files.deleteIfExists(file);
                if (isReleased) {
                    logger.warn("disk full: {} bytes are released for tasks under way, new ones are refused", bytes);
                }
                return isReleased;
            } catch (IOException e) {
                logger.error("reserve not released file={}", file, e);
                return false;
            }
        }
    }
}
