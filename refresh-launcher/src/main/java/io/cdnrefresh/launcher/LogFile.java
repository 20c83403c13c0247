// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A log file that begins anew when it is full: {@code refresh.log} becomes {@code refresh.log.1}, that one {@code .2}, and the
 * oldest goes. A file that somebody else has moved away is begun anew within some seconds. Confined to the log's thread.
 */
final class LogFile extends OutputStream {
    private static final long LOOK_NANOS = 2_000_000_000L;

    private final Path file;
    private final long mostBytes;
    private final int keep;
    private OutputStream out;
    private Object identity;
    private long bytes;
    private long lookedNanos = System.nanoTime();

    /**
     * Opens it; what is in it stays.
     *
     * @param mostBytes it begins anew before it is longer
     * @param keep so many older ones are kept, 0 or more
     */
    LogFile(Path file, long mostBytes, int keep) throws IOException {
        this.file = file.toAbsolutePath();
        this.mostBytes = mostBytes;
        this.keep = keep;
        Files.createDirectories(this.file.getParent());
        out = open();
        identity = identity();
    }

    private OutputStream open() throws IOException {
        OutputStream opened = Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        bytes = Files.size(file);
        return opened;
    }

    private Object identity() throws IOException {
        Object key = Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class)
                .fileKey();
        return key == null ? file : key;
    }

    @Override
    public void write(int single) throws IOException {
        write(new byte[] {(byte) single}, 0, 1);
    }

    @Override
    public void write(byte[] line, int from, int length) throws IOException {
        if (System.nanoTime() - lookedNanos > LOOK_NANOS) {
            lookedNanos = System.nanoTime();
            if (isMoved()) {
                reopen();
            }
        }
        if (bytes > 0 && bytes + length > mostBytes) {
            rotate();
        }
        out.write(line, from, length);
        bytes += length;
    }

    private boolean isMoved() throws IOException {
        try {
            return !identity().equals(identity);
        } catch (NoSuchFileException gone) {
            return true;
        }
    }

    private void reopen() throws IOException {
        out.close();
        out = open();
        identity = identity();
    }

    private void rotate() throws IOException {
        out.close();
        for (int i = keep - 1; i >= 1; i--) {
            Path older = numbered(i);
            if (Files.exists(older)) {
                Files.move(older, numbered(i + 1), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (keep > 0) {
            Files.move(file, numbered(1), StandardCopyOption.REPLACE_EXISTING);
        } else {
            Files.delete(file);
        }
        out = open();
        identity = identity();
    }

    private Path numbered(int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
