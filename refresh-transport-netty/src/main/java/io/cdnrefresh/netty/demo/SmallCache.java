// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.demo;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A small HTTP cache in memory, for demonstrations, tests and machines without a real one: freshness by {@code
 * Cache-Control} and {@code Expires}, {@code Age}, variants by {@code Vary}, one fetch for many waiting clients, {@code
 * only-if-cached} (504 when absent), {@code X-Cache: HIT | MISS} and {@code PURGE}, which removes all variants of a URL
 * (200, or 404 when there was none; 403 unless it comes from this machine). Keys are host, path and query, byte for byte.
 *
 * <p>With an {@linkplain Builder#origin origin} it is a reverse proxy in front of that; without one it is a forward
 * proxy for {@code http} ({@code curl -x}). GET, HEAD and PURGE only; objects that are too large for it are 502.
 *
 * <p>A fetch that is under way when its URL is purged is served to those who wait for it and not stored, so an old copy
 * never comes back; PURGE says so by {@code X-Refill-Fence: 0}. {@link Builder#withRefillRace} takes that away: then it
 * behaves like most caches.
 *
 * <p>Thread-safe. One thread serves all connections.
 */
public final class SmallCache implements AutoCloseable {
    private final DemoServer server;
    private final CacheDesk desk;
    private @Nullable EventLoopGroup loop;

    private SmallCache(Builder builder) {
        server = new DemoServer("small-cache", "127.0.0.1", builder.port, Handler::new);
        desk = new CacheDesk(builder.origin, builder.maxBytes, builder.maxObjectBytes, builder.hasRefillRace);
    }

    /** A builder with a free loopback port, no fixed origin, 64 MiB of memory and objects of up to 8 MiB. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Opens the port.
     *
     * @throws io.cdnrefresh.model.RefreshException if it is taken
     */
    public synchronized SmallCache start() {
        loop = server.start();
        return this;
    }

    /** The port that was opened. */
    public int port() {
        return server.port();
    }

    /** What the stored copies take, in bytes; asks the cache's thread. */
    public synchronized long storedBytes() {
        EventLoopGroup running = loop;
        if (running == null || running.isShuttingDown()) {
            return 0;
        }
        return running.submit(desk::storedBytes).syncUninterruptibly().getNow();
    }

    /** Closes the port and all connections; what was stored is lost. Idempotent. */
    @Override
    public void close() {
        server.close();
    }

    private final class Handler extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
            desk.onRequest(ctx, request);
        }
    }

    /** Builds a {@link SmallCache}. Not thread-safe. */
    public static final class Builder {
        private int port;
        private @Nullable InetSocketAddress origin;
        private long maxBytes = 64L * 1024 * 1024;
        private int maxObjectBytes = 8 * 1024 * 1024;
        private boolean hasRefillRace;

        private Builder() {}

        /** The loopback port; 0 takes a free one. */
        public Builder port(int port) {
            this.port = port;
            return this;
        }

        /** Where every request goes, its {@code Host} unchanged. Without this each goes to the host that it names. */
        public Builder origin(InetSocketAddress origin) {
            this.origin = origin;
            return this;
        }

        /**
         * Memory for stored copies.
         *
         * @throws IllegalArgumentException unless at least 64 KiB
         */
        public Builder maxBytes(long maxBytes) {
            if (maxBytes < 64 * 1024) {
                throw new IllegalArgumentException("maxBytes: " + maxBytes + " (expected: at least 65536)");
            }
            this.maxBytes = maxBytes;
            return this;
        }

        /**
         * The longest body it takes.
         *
         * @throws IllegalArgumentException unless 1 KiB to 256 MiB
         */
        public Builder maxObjectBytes(int maxObjectBytes) {
            if (maxObjectBytes < 1024 || maxObjectBytes > 256 * 1024 * 1024) {
                throw new IllegalArgumentException(
                        "maxObjectBytes: " + maxObjectBytes + " (expected: 1024..268435456)");
            }
            this.maxObjectBytes = maxObjectBytes;
            return this;
        }

        /** Lets a fetch that began before a purge store its old copy after it, as Varnish, nginx and Squid do. */
        public Builder withRefillRace() {
            this.hasRefillRace = true;
            return this;
        }

        /** The cache, not yet started. */
        public SmallCache build() {
            return new SmallCache(this);
        }
    }
}
