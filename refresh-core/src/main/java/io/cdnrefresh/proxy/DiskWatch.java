// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.spi.CacheServer.DiskCapable;
import io.cdnrefresh.spi.EngineClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recognises that the folder of a cache was put back as it had been some time ago, by a backup or a snapshot: what was purged
 * since then is back, and nobody can list it. Then the cache needs a wipe, and the node is not ready until its folder has
 * no mark any more. For servers whose disk forgets at once, so that a mere restart brings nothing back.
 *
 * <pre>
 * DISK/refresh-mark-ID-MILLIS    an empty folder: the disk is as new as this; a newer one takes its place while the proxy lives
 * DATA/NAME.disk                 ID, the newest mark and the one before it: a disk with any other older one was put back
 * </pre>
 *
 * <p>ID is chosen once: marks of other proxies in the same folder are none of its business.
 *
 * <p>One thread for each such cache, {@code proxy-disk}, does all file work; {@link #look} is for tests besides.
 */
/*
 * Implementation notes. A folder, because nginx's loader deletes every file in its cache folder whose name is no key, and
 * leaves folders alone; so does Squid. The time is in its name, because a copy need not keep times of change. The mark is on the
 * disk before it is known, so that a crash in between leaves a disk that is newer than what is known, never an older one.
 * A backup does harm only by what was purged after it. So what has to be newer than a backup is a mark after the purge, not one
 * every second for ever: the looks that follow a purge leave one each.
 */
final class DiskWatch implements Watch {
    /** The longest life of a mark while nothing is purged. */
    static final long MARK_MILLIS = 5_000;
    /** Marks after a purge, one at each look: a disk put back beside the newest one is known by the one before it. */
    private static final int MARKS_AFTER_PURGE = 2;

    private static final Logger logger = LoggerFactory.getLogger(DiskWatch.class);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String name;
    private final Path disk;
    private final Path known;
    private final EngineClock clock;
    private final AgentCounters counters;
    private final Thread thread = new Thread(this::run, "proxy-disk");
    private String id = "";
    private long last;
    /** The mark that {@code last} took the place of. */
    private long before;
    /** Purges of the node that the marks have taken note of. */
    private long purged;

    private int marksOwed;

    private boolean isKnown;
    private boolean isUnmarked;
    private volatile boolean isReady;
    private final AtomicBoolean needsWipe = new AtomicBoolean();
    private volatile boolean isStopped;

    DiskWatch(String name, Path disk, Path data, EngineClock clock, AgentCounters counters) {
        this.name = name;
        this.disk = disk;
        this.known = data.resolve(name + ".disk");
        this.clock = clock;
        this.counters = counters;
        thread.setDaemon(true);
    }

    /** A watch for a cache whose folder is within reach, if there is a place for what is known of it; null for others. */
    static @Nullable DiskWatch of(AgentCache cache, EngineClock clock, AgentCounters counters) {
        Path data = cache.journal();
        return data != null && cache.server() instanceof DiskCapable server
                ? new DiskWatch(cache.name(), server.disk(), data, clock, counters)
                : null;
    }

    @Override
    public void start() {
        thread.start();
    }

    @Override
    public void stop() {
        isStopped = true;
        LockSupport.unpark(thread);
        needWipe(false);
    }

    @Override
    public boolean isReady() {
        return isReady;
    }

    @Override
    public String reason() {
        if (isReady) {
            return "";
        }
        return name
                + (needsWipe.get()
                        ? ": NEEDS_WIPE, its disk is older than what is known to be purged: stop it, clear its disk, start it"
                        : ": not known yet whether its disk is the one it had");
    }

    private void run() {
        while (!isStopped) {
            look();
            LockSupport.parkNanos(this, LOOK_NANOS);
        }
    }

    /** One look at the disk; leaves a mark when the newest has its age. Blocks. */
    synchronized void look() {
        if (isStopped) {
            return;
        }
        long purgedNow = counters.purged.get();
        if (purgedNow != purged) {
            purged = purgedNow;
            marksOwed = MARKS_AFTER_PURGE;
        }
        try {
            if (!isKnown) {
                readKnown();
                isKnown = true;
            }
            List<Path> marks = marks();
            long newest = marks.stream().mapToLong(this::millis).max().orElse(0);
            if (newest > 0 && newest < last
                    || marks.stream().mapToLong(this::millis).anyMatch(this::isForeign)) {
                if (!needsWipe.get()) {
                    logger.error(
                            "NEEDS_WIPE: the disk was put back as it had been, the node stays out until it is cleared cache={} disk={} known={}",
                            name,
                            newest,
                            last);
                }
                isReady = false;
                needWipe(true);
                return;
            }
            long now = clock.now().toEpochMilli();
            if (marksOwed > 0 || newest == 0 || now < newest || now - newest >= MARK_MILLIS) {
                mark(now, Math.max(newest, last), marks);
                marksOwed = Math.max(0, marksOwed - 1);
            }
            isUnmarked = false;
        } catch (NoSuchFileException e) {
            logger.debug("no folder yet cache={} folder={}", name, disk); // its server has not made it
        } catch (IOException | RuntimeException e) {
            if (needsWipe.get()) {
                return; // not known to be better
            }
            if (!isUnmarked) {
                logger.warn(
                        "no mark on the disk: one that is put back is not recognised cache={} folder={}",
                        name,
                        disk,
                        e);
            }
            isUnmarked = true;
        }
        needWipe(false);
        isReady = true;
    }

    /**
     * An older mark beside the known one came with a disk that was put back. The one before may be left by a crash, and what is
     * between them by another watch of the same cache, while its configuration changes.
     */
    private boolean isForeign(long millis) {
        return millis < before;
    }

    private void needWipe(boolean does) {
        if (!(does && isStopped) && needsWipe.getAndSet(does) != does) {
            counters.needsWipe.addAndGet(does ? 1 : -1);
        }
    }

    private List<Path> marks() throws IOException {
        List<Path> marks = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(disk, prefix() + "*")) {
            for (Path path : found) {
                if (millis(path) > 0) {
                    marks.add(path);
                }
            }
        }
        return marks;
    }

    private long millis(Path mark) {
        String text = String.valueOf(mark.getFileName()).substring(prefix().length());
        return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
    }

    private void readKnown() throws IOException {
        String text = Files.exists(known) ? Files.readString(known, StandardCharsets.US_ASCII) : "";
        String[] parts = text.split(" ", -1);
        if (text.matches("[0-9a-f]{1,16} [0-9]{1,18} [0-9]{1,18}")) {
            id = parts[0];
            last = Long.parseLong(parts[1]);
            before = Long.parseLong(parts[2]);
        } else {
            id = Long.toHexString(new SecureRandom().nextLong());
        }
    }

    private String prefix() {
        return "refresh-mark-" + id + "-";
    }

    private void mark(long now, long newest, List<Path> older) throws IOException {
        long millis = Math.max(now, newest + 1);
        Files.createDirectory(disk.resolve(prefix() + millis));
        force(disk);
        Path folder = known.toAbsolutePath().resolveSibling("");
        Files.createDirectories(folder);
        Path next = known.resolveSibling(known.getFileName() + ".new");
        try (FileChannel channel = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer text = ByteBuffer.wrap((id + " " + millis + " " + newest).getBytes(StandardCharsets.US_ASCII));
            while (text.hasRemaining()) {
                channel.write(text);
            }
            channel.force(true);
        }
        Files.move(next, known, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        force(folder);
        last = millis;
        before = newest;
        for (Path mark : older) {
            Files.deleteIfExists(mark);
        }
    }

    private static void force(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
