// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What a long submission notes of itself, forced to disk at each step, so that it can be gone on with after {@code kill -9}.
 * Not thread-safe.
 *
 * <pre>
 * refresh-resume 1 KEY OPTIONS        which run, and a sum of its options
 * LINES SUM TARGETS ID                after each task: how far it came, CRC-32 of the lines so far
 * </pre>
 */
final class ResumeFile implements AutoCloseable {
    private static final String MAGIC = "refresh-resume 1 ";

    private final Path path;
    private final FileChannel file;
    private final List<String> ids = new ArrayList<>();
    private String key;
    private long lines;
    private long sum;
    private long targets;

    private ResumeFile(Path path, FileChannel file, String key) {
        this.path = path;
        this.file = file;
        this.key = key;
    }

    /**
     * Opens a file, or makes it.
     *
     * @param key of the run, if it is a new one
     * @param options a sum of everything but the targets: it has to be the same
     */
    static ResumeFile open(Path path, String key, String options) {
        try {
            FileChannel file = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                if (file.tryLock() == null) {
                    throw new CommandException(
                            ExitCode.USAGE, "--resume: " + path + " (expected: a file of no other run)");
                }
                ResumeFile resume = new ResumeFile(path, file, key);
                resume.read(options);
                return resume;
            } catch (CommandException | IOException e) {
                file.close();
                throw e;
            }
        } catch (IOException e) {
            throw new CommandException(
                    ExitCode.USAGE, "--resume: " + path + " (expected: a file that can be written): " + e.getMessage());
        }
    }

    private void read(String options) throws IOException {
        ByteBuffer all = ByteBuffer.allocate((int) Math.min(Integer.MAX_VALUE - 8L, file.size()));
        while (all.hasRemaining() && file.read(all) >= 0) {}
        String text = new String(all.array(), 0, all.position(), StandardCharsets.UTF_8);
        int head = text.indexOf('\n');
        if (head < 0) {
            file.truncate(0);
            append(MAGIC + key + " " + options + "\n");
            return;
        }
        String[] first = text.substring(0, head).split(" ", -1);
        if (!text.startsWith(MAGIC) || first.length != 4) {
            throw new CommandException(ExitCode.USAGE, "--resume: " + path + " (expected: a file made by --resume)");
        }
        if (!first[3].equals(options)) {
            throw new CommandException(ExitCode.USAGE, "--resume: " + path + " (expected: the same options as before)");
        }
        key = first[2];
        // what was cut off while it was written was not noted
        int end = text.lastIndexOf('\n') + 1;
        file.truncate(text.substring(0, end).getBytes(StandardCharsets.UTF_8).length);
        for (String line : text.substring(head + 1, end).split("\n", -1)) {
            String[] parts = line.split(" ", -1);
            if (parts.length == 4) {
                lines = Long.parseLong(parts[0]);
                sum = Long.parseLong(parts[1], 16);
                targets = Long.parseLong(parts[2]);
                ids.add(parts[3]);
            }
        }
        file.position(file.size());
    }

    /** A task is accepted. */
    void note(long nowLines, long nowSum, long nowTargets, String id) {
        try {
            append(nowLines + " " + Long.toHexString(nowSum) + " " + nowTargets + " " + id + "\n");
        } catch (IOException e) {
            throw new CommandException(ExitCode.FAILED, "--resume: " + path + " cannot be written: " + e.getMessage());
        }
    }

    private void append(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
        file.force(false);
    }

    String key() {
        return key;
    }

    long lines() {
        return lines;
    }

    long sum() {
        return sum;
    }

    long targets() {
        return targets;
    }

    List<String> ids() {
        return ids;
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new CommandException(ExitCode.FAILED, "--resume: " + path + ": " + e.getMessage());
        }
    }
}
