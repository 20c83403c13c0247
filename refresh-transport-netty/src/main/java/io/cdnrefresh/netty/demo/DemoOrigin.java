// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.demo;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.zip.GZIPOutputStream;

/**
 * An origin whose content has a version. Every GET of any host and path is answered with 200, {@code Cache-Control:
 * max-age}, {@code Date}, {@code X-Version} and a body that starts with {@code version N}. The version is the one at the
 * moment the request <em>arrived</em>, also when the answer is delayed: what a fetch under way brings is the old content.
 *
 * <p>Paths below {@code /vary/} say {@code Vary: Accept-Encoding} and are sent gzipped to whom accepts that; those below
 * {@code /moved/} are redirects, those below {@code /large/} have 8 MiB, those below {@code /slow/} take two seconds; a
 * query {@code ?tag=NAME} adds {@code Cache-Tag: all, NAME}.
 *
 * <p>Thread-safe. One thread serves all connections.
 */
public final class DemoOrigin implements AutoCloseable {
    /** Paths below this have a gzip and an identity variant. */
    public static final String VARY_PREFIX = "/vary/";

    private static final String MOVED_PREFIX = "/moved/";
    private static final String LARGE_PREFIX = "/large/";
    private static final int LARGE_BYTES = 8 * 1024 * 1024;
    private static final String SLOW_PREFIX = "/slow/";
    private static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final String TAG_QUERY = "?tag=";
    private static final int MAX_PATHS_COUNTED = 250_000;
    private static final int MAX_BODY_BYTES = 16 * 1024 * 1024;

    private final DemoServer server;
    private final AtomicInteger version = new AtomicInteger(1);
    private final LongAdder totalHits = new LongAdder();
    private final ConcurrentHashMap<String, LongAdder> hitsByPath = new ConcurrentHashMap<>();
    private volatile Duration delay = Duration.ZERO;
    private volatile Duration maxAge = Duration.ofHours(1);
    private volatile int bodyBytes = 512;

    /** An origin on a loopback port; 0 takes a free one. */
    public DemoOrigin(int port) {
        server = new DemoServer("demo-origin", "127.0.0.1", port, Handler::new);
    }

    /**
     * Opens the port.
     *
     * @throws io.cdnrefresh.model.RefreshException if it is taken
     */
    public DemoOrigin start() {
        server.start();
        return this;
    }

    /** The port that was opened. */
    public int port() {
        return server.port();
    }

    /** Makes every object of this origin newer; returns the new version. */
    public int bump() {
        return version.incrementAndGet();
    }

    /** The version that a request which arrives now gets. The first is 1. */
    public int version() {
        return version.get();
    }

    /** How long each answer waits from now on; zero at first. */
    public DemoOrigin delay(Duration delay) {
        this.delay = delay;
        return this;
    }

    /** What {@code max-age} says from now on; an hour at first. */
    public DemoOrigin maxAge(Duration maxAge) {
        this.maxAge = maxAge;
        return this;
    }

    /**
     * Length of every body from now on; 512 at first.
     *
     * @throws IllegalArgumentException unless 0..16 MiB
     */
    public DemoOrigin bodyBytes(int bodyBytes) {
        if (bodyBytes < 0 || bodyBytes > MAX_BODY_BYTES) {
            throw new IllegalArgumentException("bodyBytes: " + bodyBytes + " (expected: 0.." + MAX_BODY_BYTES + ")");
        }
        this.bodyBytes = bodyBytes;
        return this;
    }

    /** How many requests for a path and query, of any host, arrived. Counts the first 100,000 paths only. */
    public long hits(String path) {
        LongAdder hits = hitsByPath.get(path);
        return hits == null ? 0 : hits.sum();
    }

    /** How many requests arrived. */
    public long totalHits() {
        return totalHits.sum();
    }

    /** Closes the port and all connections. Idempotent. */
    @Override
    public void close() {
        server.close();
    }

    private void count(String path) {
        totalHits.increment();
        if (hitsByPath.size() < MAX_PATHS_COUNTED || hitsByPath.containsKey(path)) {
            hitsByPath.computeIfAbsent(path, p -> new LongAdder()).increment();
        }
    }

    private FullHttpResponse answer(FullHttpRequest request) {
        String path = DemoServer.path(request.uri());
        int requestVersion = version.get();
        boolean isHead = request.method().equals(HttpMethod.HEAD);
        if (!isHead && !request.method().equals(HttpMethod.GET)) {
            return DemoServer.text(HttpResponseStatus.METHOD_NOT_ALLOWED, "GET and HEAD only");
        }
        boolean hasVariants = path.startsWith(VARY_PREFIX);
        String accepted = String.valueOf(request.headers().get(HttpHeaderNames.ACCEPT_ENCODING));
        boolean isGzip = hasVariants && accepted.toLowerCase(Locale.ROOT).contains("gzip");
        boolean isMoved = path.startsWith(MOVED_PREFIX);
        byte[] body = body(requestVersion, path.startsWith(LARGE_PREFIX) ? LARGE_BYTES : bodyBytes, isGzip);
        ByteBuf content = isHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body);
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, isMoved ? HttpResponseStatus.MOVED_PERMANENTLY : HttpResponseStatus.OK, content);
        response.headers()
                .set(HttpHeaderNames.CACHE_CONTROL, "max-age=" + maxAge.toSeconds())
                .set(HttpHeaderNames.CONTENT_TYPE, "text/plain")
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set(HttpHeaderNames.DATE, DemoServer.date())
                .set("X-Version", requestVersion);
        if (isMoved) {
            response.headers().set(HttpHeaderNames.LOCATION, "/to/" + requestVersion);
        }
        if (hasVariants) {
            response.headers().set(HttpHeaderNames.VARY, "Accept-Encoding");
        }
        int tag = path.indexOf(TAG_QUERY);
        if (tag >= 0) {
            response.headers().set("Cache-Tag", "all, " + path.substring(tag + TAG_QUERY.length()));
        }
        if (isGzip) {
            response.headers().set(HttpHeaderNames.CONTENT_ENCODING, "gzip");
        }
        return response;
    }

    private static byte[] body(int bodyVersion, int bodyBytes, boolean isGzip) {
        byte[] start = ("version " + bodyVersion + "\n").getBytes(StandardCharsets.US_ASCII);
        byte[] body = new byte[bodyBytes];
        for (int i = 0; i < body.length; i++) {
            body[i] = i < start.length ? start[i] : (byte) 'x';
        }
        return isGzip ? gzip(body) : body;
    }

    private static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(plain);
        } catch (IOException neverInMemory) {
            throw new UncheckedIOException(neverInMemory);
        }
        return bytes.toByteArray();
    }

    private final class Handler extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
            count(DemoServer.path(request.uri()));
            FullHttpResponse response = answer(request);
            long delayNanos = DemoServer.path(request.uri()).startsWith(SLOW_PREFIX) ? SLOW_NANOS : delay.toNanos();
            if (delayNanos == 0) {
                DemoServer.reply(ctx, response);
            } else {
                var unused = ctx.executor()
                        .schedule(() -> DemoServer.reply(ctx, response), delayNanos, TimeUnit.NANOSECONDS);
            }
        }
    }
}
