// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.launcher;

import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiRequest;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.ApiStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes requests of the API to a file in GoReplay's format, on a thread of its own, {@code recorder}. A request never
 * waits for it: what does not fit into {@value #CAPACITY} places or {@value #MOST_WAITING_BYTES} bytes is dropped and
 * counted. Secrets do not get there: {@link Secrets}. What proxies, keys and diagnostics are about is never recorded.
 * Thread-safe.
 */
final class TrafficRecorder implements ApiEndpoint, AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(TrafficRecorder.class);
    private static final int CAPACITY = 4096;
    private static final long MOST_WAITING_BYTES = 16 * 1024 * 1024;
    private static final long STOP_MILLIS = 2_000;
    private static final List<String> NEVER = List.of("/v1/proxy/", "/v1/admin/", "/v1/login", "/debug/");

    /**
     * What is recorded.
     *
     * @param share 0 to 1
     * @param methods in upper case; empty = all
     * @param path what a path begins with
     * @param mostBytes then the file is full
     */
    record Settings(Path file, double share, Set<String> methods, String path, long mostBytes) {}

    private record Waiting(
            long atNanos, long latencyNanos, String method, String target, List<String> headers, byte[] body) {}

    private final ApiEndpoint next;
    private final Settings settings;
    private final OutputStream out;
    private final BlockingQueue<Waiting> waiting = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicLong waitingBytes = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread;
    private long written; // bytes, of the thread
    private long recorded; // requests, of the thread
    private volatile boolean isStopping;
    private volatile boolean isFull;

    private TrafficRecorder(Settings settings, ApiEndpoint next, OutputStream out, long written) {
        this.settings = settings;
        this.next = next;
        this.out = out;
        this.written = written;
        thread = new Thread(this::run, "recorder");
        thread.setDaemon(true);
    }

    /** Starts recording; what is in the file stays there. */
    static TrafficRecorder start(Settings settings, ApiEndpoint next) {
        try {
            Path file = settings.file();
            if (!Files.exists(file)) {
                // requests tell what customers do
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            OutputStream out = Files.newOutputStream(file, StandardOpenOption.APPEND);
            TrafficRecorder recorder = new TrafficRecorder(settings, next, out, Files.size(file));
            recorder.thread.start();
            logger.info("recording requests {}", settings);
            return recorder;
        } catch (IOException e) {
            throw new UncheckedIOException("record.file: " + settings.file(), e);
        }
    }

    @Override
    public void onRequest(ApiRequest request, ApiResponder responder) {
        next.onRequest(request, isWanted(request) ? new Recording(this, request, responder) : responder);
    }

    private boolean isWanted(ApiRequest request) {
        String path = request.path();
        return !isFull
                && (settings.methods.isEmpty() || settings.methods.contains(request.method()))
                && path.startsWith(settings.path)
                && NEVER.stream().noneMatch(path::startsWith)
                && (settings.share >= 1 || ThreadLocalRandom.current().nextDouble() < settings.share);
    }

    /** Requests that were not written, because the disk was too slow or their body cannot be. */
    long dropped() {
        return dropped.get();
    }

    private void offer(Waiting request) {
        int bytes = request.body.length + 512;
        if (waitingBytes.addAndGet(bytes) > MOST_WAITING_BYTES || !waiting.offer(request)) {
            waitingBytes.addAndGet(-bytes);
            dropped.incrementAndGet();
        }
    }

    private void run() {
        try {
            while (!isStopping || !waiting.isEmpty()) {
                Waiting first = waiting.poll(100, TimeUnit.MILLISECONDS);
                if (first != null) {
                    write(first);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            isFull = true;
            logger.warn("recording ended, the file cannot be written cause={}", e.getMessage());
        }
        logger.info("recorded requests={} dropped={} file={}", recorded, dropped, settings.file);
    }

    private void write(Waiting request) throws IOException {
        waitingBytes.addAndGet(-(request.body.length + 512));
        byte[] id = new byte[12];
        ThreadLocalRandom.current().nextBytes(id);
        byte[] bytes = new RecordedRequest(
                        HexFormat.of().formatHex(id),
                        request.atNanos,
                        request.latencyNanos,
                        request.method,
                        Secrets.target(request.target),
                        request.headers,
                        Secrets.body(request.body))
                .toBytes();
        if (bytes == null) {
            dropped.incrementAndGet();
        } else if (written + bytes.length > settings.mostBytes) {
            if (!isFull) {
                isFull = true;
                logger.warn("recording ended, the file has record.max-size bytes={}", written);
            }
        } else {
            out.write(bytes);
            written += bytes.length;
            recorded++;
        }
    }

    @Override
    public void close() {
        isStopping = true;
        try {
            thread.join(STOP_MILLIS);
            out.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            logger.warn("recording not closed cause={}", e.getMessage());
        }
    }

    /** Notes how long the answer took; what is recorded of the request is taken while it is valid. */
    private static final class Recording implements ApiResponder {
        private final TrafficRecorder recorder;
        private final ApiResponder responder;
        private final Waiting request;
        private final long beganNanos = System.nanoTime();

        Recording(TrafficRecorder recorder, ApiRequest request, ApiResponder responder) {
            this.recorder = recorder;
            this.responder = responder;
            List<String> headers = new ArrayList<>();
            for (String name : Secrets.HEADERS) {
                String value = request.header(name);
                if (value != null) {
                    headers.add(name);
                    headers.add(value);
                }
            }
            String query = request.query();
            long atNanos = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
            String target = query.isEmpty() ? request.path() : request.path() + "?" + query;
            this.request = new Waiting(atNanos, 0, request.method(), target, headers, request.body());
        }

        @Override
        public void respond(ApiResponse response) {
            note();
            responder.respond(response);
        }

        @Override
        public ApiStream stream(ApiResponse head) {
            note();
            return responder.stream(head);
        }

        private void note() {
            long latencyNanos = System.nanoTime() - beganNanos;
            recorder.offer(new Waiting(
                    request.atNanos, latencyNanos, request.method, request.target, request.headers, request.body));
        }
    }

    /** What of a request is not written down. */
    static final class Secrets {
        /** The headers that are recorded: no other one is, so none with a key, a signature or a cookie. */
        static final List<String> HEADERS = List.of(
                "Host", "User-Agent", "Accept", "Content-Type", "Surrogate-Key", "Fastly-Soft-Purge", "X-Purge-Method");

        private static final String NAMES =
                "[a-z_-]*(?:password|secret|token|signature|access_?key_?id|api_?key|auth)[a-z_-]*";
        private static final java.util.regex.Pattern QUERY =
                java.util.regex.Pattern.compile("(?i)([?&]" + NAMES + "=)[^&]*");
        private static final java.util.regex.Pattern MEMBER =
                java.util.regex.Pattern.compile("(?i)(\"" + NAMES + "\"\\s*:\\s*)\"(?:[^\"\\\\]|\\\\.)*+\"");
        /** A webhook's URL may be a secret as a whole, and what is sent again is to call nobody. */
        private static final java.util.regex.Pattern CALLBACK = java.util.regex.Pattern.compile(
                "\"callback\"\\s*:\\s*\"(?:[^\"\\\\]|\\\\.)*+\"\\s*,|,\\s*\"callback\"\\s*:\\s*\"(?:[^\"\\\\]|\\\\.)*+\"");

        private static final java.util.regex.Pattern FIELD =
                java.util.regex.Pattern.compile("(?i)((?:^|&)" + NAMES + "=)[^&]*");

        private Secrets() {}

        static String target(String target) {
            return target.indexOf('?') < 0 ? target : QUERY.matcher(target).replaceAll("$1-");
        }

        static byte[] body(byte[] body) {
            // byte for byte, whatever it is
            String text = new String(body, java.nio.charset.StandardCharsets.ISO_8859_1);
            String clean = text.startsWith("{") || text.startsWith("[")
                    ? CALLBACK.matcher(MEMBER.matcher(text).replaceAll("$1\"-\""))
                            .replaceAll("")
                    : FIELD.matcher(text).replaceAll("$1-");
            return clean.equals(text) ? body : clean.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
        }
    }
}
