// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * The folder of one engine. While an engine runs it holds a lock there, so that no second one shares the folder; the
 * locked file keeps the engine's name, by which it gets its claim back after a restart.
 */
final class DataFolder implements AutoCloseable {
    private static final int NAME_CHARACTERS = 36;

    private final Path path;
    private final FileChannel lock;
    private final String owner;

    private DataFolder(Path path, FileChannel lock, String owner) {
        this.path = path;
        this.lock = lock;
        this.owner = owner;
    }

    /**
     * Takes a folder; makes it when it is missing.
     *
     * @throws CommandException if it cannot be written or another process has it
     */
    static DataFolder open(String name) {
        Path path = Path.of(name).toAbsolutePath().normalize();
        try {
            Files.createDirectories(path);
            FileChannel file = FileChannel.open(
                    path.resolve("engine.lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            if (!lock(file)) {
                file.close();
                throw fault(name, "a folder that no other process uses");
            }
            return new DataFolder(path, file, owner(file));
        } catch (IOException e) {
            throw fault(name, "a folder that can be written: " + e.getMessage());
        }
    }

    private static boolean lock(FileChannel file) throws IOException {
        try {
            return file.tryLock() != null;
        } catch (OverlappingFileLockException held) {
            return false;
        }
    }

    private static String owner(FileChannel file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(NAME_CHARACTERS);
        if (file.read(bytes, 0) == NAME_CHARACTERS) {
            return new String(bytes.array(), StandardCharsets.US_ASCII);
        }
        String fresh = UUID.randomUUID().toString();
        file.truncate(0);
        file.write(ByteBuffer.wrap(fresh.getBytes(StandardCharsets.US_ASCII)), 0);
        file.force(true);
        return fresh;
    }

    private static CommandException fault(String name, String expected) {
        return new CommandException(ExitCode.USAGE, "engine.data: " + name + " (expected: " + expected + ")");
    }

    /** The embedded store's file. */
    Path database() {
        return path.resolve("refresh.db");
    }

    /** The engine's name across restarts. */
    String owner() {
        return owner;
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new IllegalStateException("engine.data: lock", e);
        }
    }
}
