// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Target;
import io.cdnrefresh.spi.CacheServer.PurgeRequest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The purges of one cache that its disk may not know yet, on the proxy's own disk: what waits is written together and forced
 * to the disk once. One thread, {@code proxy-journal}, does all of it; {@link #append}, {@link #seen} and {@link #replay}
 * are thread-safe and never wait.
 *
 * <pre>
 * NAME-MILLIS.journal, one for every half minute:
 *   P  millis  scheme  host  path  header ...     divided by tabs: a purge
 *   L  millis  life                               the cache was seen, and which life of it
 * </pre>
 */
final class Journal implements AutoCloseable {
    /** The most entries that wait for the disk. */
    static final int CAPACITY = 65_536;

    private static final Logger logger = LoggerFactory.getLogger(Journal.class);
    private static final long SEGMENT_MILLIS = 30_000;

    private final Path folder;
    private final String name;
    private final long windowMillis;
    private final BlockingQueue<Step> waiting = new ArrayBlockingQueue<>(CAPACITY);
    private final Thread thread = new Thread(this::run, "proxy-journal");
    private final TreeMap<Long, Path> segments = new TreeMap<>();
    private @Nullable FileChannel channel;
    private long openedMillis;
    private boolean isTorn;
    private volatile boolean isClosed;

    /** @param window how long before the end of its life the cache may have forgotten purges */
    Journal(Path folder, String name, Duration window) {
        this.folder = folder;
        this.name = name;
        windowMillis = window.toMillis();
        thread.setDaemon(true);
    }

    /**
     * Makes the folder, finds what an earlier life of the proxy left, and starts the thread.
     *
     * @return when the cache was seen last, and which life of it
     */
    Seen start() throws IOException {
        Files.createDirectories(folder);
        Seen last = Seen.NEVER;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String text = String.valueOf(file.getFileName());
                if (text.matches(Pattern.quote(name) + "-[0-9]{1,18}\\.journal")) {
                    segments.put(Long.parseLong(text.substring(name.length() + 1, text.length() - 8)), file);
                }
            }
        }
        for (Path segment : segments.values()) {
            for (String line : lines(segment)) {
                String[] parts = line.split("\t", -1);
                if (parts[0].equals("L") && parts.length == 3 && parts[1].matches("[0-9]{1,18}")) {
                    last = new Seen(Long.parseLong(parts[1]), parts[2]);
                }
            }
        }
        thread.start();
        return last;
    }

    /** When the cache was seen, and the name of its life then; empty = never. */
    record Seen(long millis, String life) {
        static final Seen NEVER = new Seen(0, "");
    }

    /** The moment before which nothing is kept any more once the cache was seen at this one. */
    long reach(long millis) {
        return millis - windowMillis;
    }

    /**
     * Writes a purge.
     *
     * @param done told whether it is on the disk; on any thread
     */
    void append(long millis, PurgeRequest request, Consumer<Boolean> done) {
        Target target = request.target();
        List<String> parts =
                new ArrayList<>(List.of("P", Long.toString(millis), target.scheme(), target.host(), target.path()));
        parts.addAll(request.headers());
        offer(new Step(millis, String.join("\t", parts) + "\n", 0, done, null));
    }

    /** The cache has answered; what is older than its window is no longer needed. */
    void seen(long millis, String life) {
        offer(new Step(millis, "L\t" + millis + "\t" + life + "\n", reach(millis), written -> {}, null));
    }

    /**
     * Gives every purge that is kept, the latest of each object once.
     *
     * @param reader told them on any thread; empty if they could not be read
     */
    void replay(Consumer<Optional<List<PurgeRequest>>> reader) {
        offer(new Step(0, "", 0, written -> {}, reader));
    }

    /** Whether nothing is kept, and nothing can be read, any more. */
    boolean isClosed() {
        return isClosed;
    }

    private void offer(Step step) {
        if (isClosed || !waiting.offer(step)) {
            step.refuse();
        } else if (isClosed && waiting.remove(step)) {
            step.refuse(); // closed meanwhile: the thread may not see it any more
        }
    }

    /** Bytes that are no text, as a crash may leave them, spoil their own line only. */
    private static List<String> lines(Path segment) throws IOException {
        return new String(Files.readAllBytes(segment), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    private void run() {
        ArrayDeque<Step> steps = new ArrayDeque<>();
        try {
            while (!isClosed) {
                steps.add(waiting.take());
                waiting.drainTo(steps, 4_096);
                boolean isWritten = write(steps);
                for (Step step = steps.poll(); step != null; step = steps.poll()) {
                    step.done.accept(isWritten);
                    if (step.reader != null) {
                        step.reader.accept(read());
                    }
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        } finally {
            waiting.drainTo(steps);
            steps.forEach(Step::refuse);
        }
    }

    private boolean write(Collection<Step> steps) {
        StringBuilder text = new StringBuilder();
        long millis = 0;
        long oldest = 0;
        for (Step step : steps) {
            text.append(step.line);
            millis = Math.max(millis, step.millis);
            oldest = Math.max(oldest, step.oldest);
        }
        if (text.isEmpty()) {
            return true;
        }
        if (isTorn) {
            text.insert(0, '\n');
        }
        FileChannel file = null;
        long length = 0;
        try {
            file = open(millis);
            length = file.size();
            ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(false);
            isTorn = false;
            trim(oldest);
            return true;
        } catch (IOException e) {
            logger.error("journal not written cache={} folder={}", name, folder, e);
            if (file != null) {
                cut(file, length);
            }
            return false;
        }
    }

    /** What was written in part goes; where it cannot, the next entry begins a line of its own. */
    private void cut(FileChannel file, long length) {
        try {
            file.truncate(length);
        } catch (IOException e) {
            isTorn = true;
            logger.warn("journal not cut cache={} folder={}", name, folder, e);
        }
    }

    private FileChannel open(long millis) throws IOException {
        FileChannel file = channel;
        if (file == null || millis - openedMillis >= SEGMENT_MILLIS) {
            if (file != null) {
                file.close();
            }
            Path path = folder.resolve(name + "-" + millis + ".journal");
            file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            channel = file;
            openedMillis = millis;
            segments.put(millis, path);
        }
        return file;
    }

    /** A segment ends where the next one begins. */
    private void trim(long oldest) throws IOException {
        while (segments.size() > 1 && segments.navigableKeySet().higher(segments.firstKey()) < oldest) {
            Files.deleteIfExists(segments.pollFirstEntry().getValue());
        }
    }

    private Optional<List<PurgeRequest>> read() {
        Map<List<String>, PurgeRequest> purges = new LinkedHashMap<>();
        try {
            for (Path segment : segments.values()) {
                for (String line : lines(segment)) {
                    List<String> parts = List.of(line.split("\t", -1));
                    if (parts.size() >= 5 && parts.get(0).equals("P")) {
                        Target target = new Target(parts.get(2), parts.get(3), parts.get(4));
                        List<String> headers = parts.subList(5, parts.size());
                        purges.put(parts.subList(2, parts.size()), new PurgeRequest(target, headers, ""));
                    }
                }
            }
        } catch (IOException e) {
            logger.error("journal not read cache={} folder={}", name, folder, e);
            return Optional.empty();
        }
        return Optional.of(List.copyOf(purges.values()));
    }

    /** Ends the thread, also before it was started; what waits or comes later is told that it is not written. Idempotent. */
    @Override
    public void close() {
        isClosed = true;
        thread.interrupt();
    }

    private record Step(
            long millis,
            String line,
            long oldest,
            Consumer<Boolean> done,
            @Nullable Consumer<Optional<List<PurgeRequest>>> reader) {
        private void refuse() {
            done.accept(false);
            if (reader != null) {
                reader.accept(Optional.empty());
            }
        }
    }
}
