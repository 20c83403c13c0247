// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.demo;

import io.cdnrefresh.spi.EngineClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the small cache does with a request. Owned by its thread. */
final class CacheDesk {
    private static final List<String> HOP_BY_HOP = List.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authenticate",
            "te",
            "trailer",
            "upgrade",
            "transfer-encoding");
    /** What would make an origin send less than the whole object. */
    private static final List<String> PARTIAL = List.of(
            "range",
            "if-range",
            "if-match",
            "if-none-match",
            "if-modified-since",
            "if-unmodified-since",
            "content-length",
            "expect");

    private static final HttpResponseStatus LOOP_DETECTED = new HttpResponseStatus(508, "Loop Detected");
    private static final String VIA = "1.1 small-cache";

    private final @Nullable InetSocketAddress origin;
    private final int maxObjectBytes;
    private final boolean hasRefillRace;
    private final CopyShelf shelf;
    private final Map<String, Fill> fills = new HashMap<>();
    private final EngineClock clock = EngineClock.system();

    CacheDesk(@Nullable InetSocketAddress origin, long maxBytes, int maxObjectBytes, boolean hasRefillRace) {
        this.origin = origin;
        this.maxObjectBytes = maxObjectBytes;
        this.hasRefillRace = hasRefillRace;
        this.shelf = new CopyShelf(maxBytes);
    }

    long storedBytes() {
        return shelf.bytes();
    }

    void onRequest(ChannelHandlerContext ctx, FullHttpRequest message) {
        Ask ask = Ask.of(ctx, message);
        if (ask == null) {
            DemoServer.reply(ctx, DemoServer.text(HttpResponseStatus.BAD_REQUEST, "no http URL and no Host"));
        } else if (message.method().name().equals("PURGE")) {
            purge(ask);
        } else if (ask.isHead || message.method().equals(HttpMethod.GET)) {
            lookUp(ask);
        } else {
            DemoServer.reply(ctx, DemoServer.text(HttpResponseStatus.METHOD_NOT_ALLOWED, "GET, HEAD and PURGE only"));
        }
    }

    private void purge(Ask ask) {
        boolean isLocal = ask.ctx.channel().remoteAddress() instanceof InetSocketAddress peer
                && peer.getAddress().isLoopbackAddress();
        if (!isLocal) {
            DemoServer.reply(ask.ctx, DemoServer.text(HttpResponseStatus.FORBIDDEN, "PURGE from this machine only"));
            return;
        }
        boolean wasPresent = shelf.remove(ask.key);
        FullHttpResponse response = wasPresent
                ? DemoServer.text(HttpResponseStatus.OK, "purged")
                : DemoServer.text(HttpResponseStatus.NOT_FOUND, "not in the cache");
        if (!hasRefillRace) {
            fills.remove(ask.key); // its answer still goes to those who wait, but onFilled does not keep it
            response.headers().set("X-Refill-Fence", "0");
        }
        DemoServer.reply(ask.ctx, response);
    }

    private void lookUp(Ask ask) {
        List<String> control = StoredCopy.names(ask.headers.getAll(HttpHeaderNames.CACHE_CONTROL));
        long nowNanos = clock.nanos();
        boolean isReload = control.contains("no-cache") || control.contains("no-store") || ask.isPrivate();
        StoredCopy copy = isReload ? null : shelf.find(ask.key, ask.headers, nowNanos);
        if (copy != null) {
            reply(ask, copy.status(), copy.headers(), Unpooled.wrappedBuffer(copy.body()), copy.ageSeconds(nowNanos));
        } else if (control.contains("only-if-cached")) {
            DemoServer.reply(ask.ctx, DemoServer.text(HttpResponseStatus.GATEWAY_TIMEOUT, "not in the cache"));
        } else if (ask.headers.contains(HttpHeaderNames.VIA, VIA, true)) {
            DemoServer.reply(ask.ctx, DemoServer.text(LOOP_DETECTED, "asked by itself"));
        } else {
            fetch(ask, isReload);
        }
    }

    private void fetch(Ask ask, boolean isReload) {
        Fill running = fills.get(ask.key);
        if (running != null && !isReload) {
            running.waiting.add(ask);
            return;
        }
        Fill fill = new Fill(ask);
        fills.put(ask.key, fill);
        InetSocketAddress address = origin != null ? origin : ask.address();
        OriginFetch.start(ask.loop(), address, ask.toOrigin(), maxObjectBytes, response -> onFilled(fill, response));
    }

    private void onFilled(Fill fill, @Nullable FullHttpResponse response) {
        boolean isCurrent = fills.remove(fill.first.key, fill);
        if (response == null) {
            fill.waiting.add(0, fill.first);
            for (Ask ask : fill.waiting) {
                DemoServer.reply(ask.ctx, DemoServer.text(HttpResponseStatus.BAD_GATEWAY, "no answer from the origin"));
            }
            return;
        }
        HOP_BY_HOP.forEach(response.headers()::remove);
        StoredCopy copy = StoredCopy.of(response, fill.first.headers, clock.nanos());
        if (copy != null && (isCurrent || hasRefillRace)) {
            shelf.put(fill.first.key, copy);
        }
        reply(
                fill.first,
                response.status(),
                response.headers(),
                response.content().retainedDuplicate(),
                -1);
        for (Ask ask : fill.waiting) {
            if (copy == null) {
                fetch(ask, true); // nothing to share: each asks for itself
            } else if (copy.matches(ask.headers)) {
                reply(ask, copy.status(), copy.headers(), Unpooled.wrappedBuffer(copy.body()), -1);
            } else {
                lookUp(ask); // another variant
            }
        }
    }

    /** Answers with an object; a negative age says that it comes from the origin. Takes over the body. */
    private static void reply(Ask ask, HttpResponseStatus status, HttpHeaders headers, ByteBuf body, long ageSeconds) {
        int length = body.readableBytes();
        ByteBuf content = body;
        if (ask.isHead) {
            body.release();
            content = Unpooled.EMPTY_BUFFER;
        }
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, content);
        response.headers()
                .set(headers)
                .set(HttpHeaderNames.CONTENT_LENGTH, length)
                .add(HttpHeaderNames.VIA, VIA);
        if (ageSeconds >= 0) {
            response.headers().set(HttpHeaderNames.AGE, ageSeconds);
        }
        response.headers().set("X-Cache", ageSeconds >= 0 ? "HIT" : "MISS");
        if (!response.headers().contains(HttpHeaderNames.DATE)) {
            response.headers().set(HttpHeaderNames.DATE, DemoServer.date());
        }
        DemoServer.reply(ask.ctx, response);
    }

    /** One fetch under way and who else waits for it. */
    private static final class Fill {
        private final Ask first;
        private final List<Ask> waiting = new ArrayList<>(0);

        private Fill(Ask first) {
            this.first = first;
        }
    }

    /** One client's request. */
    private static final class Ask {
        private final ChannelHandlerContext ctx;
        private final HttpHeaders headers;
        private final boolean isHead;
        private final String host;
        private final String path;
        private final String key;

        private Ask(ChannelHandlerContext ctx, FullHttpRequest message, String host) {
            this.ctx = ctx;
            this.headers = message.headers();
            this.isHead = message.method().equals(HttpMethod.HEAD);
            this.host = host.endsWith(":80") ? host.substring(0, host.length() - 3) : host;
            this.path = DemoServer.path(message.uri());
            this.key = this.host + path;
        }

        /** Null if the request names no host, or another scheme than http. */
        private static @Nullable Ask of(ChannelHandlerContext ctx, FullHttpRequest message) {
            String uri = message.uri();
            String host = message.headers().get(HttpHeaderNames.HOST);
            if (uri.regionMatches(true, 0, "http://", 0, 7)) {
                int end = 7;
                while (end < uri.length() && "/?".indexOf(uri.charAt(end)) < 0) {
                    end++;
                }
                host = uri.substring(7, end);
            } else if (!uri.startsWith("/")) {
                return null;
            }
            boolean isHost = message.decoderResult().isSuccess() && host != null && !host.isBlank();
            return isHost && host != null ? new Ask(ctx, message, host.trim().toLowerCase(Locale.ROOT)) : null;
        }

        private boolean isPrivate() {
            return headers.contains(HttpHeaderNames.AUTHORIZATION);
        }

        private EventLoopGroup loop() {
            return ctx.channel().eventLoop();
        }

        /** The host as an address; name service may block this cache's only thread, as befits a demonstration. */
        private InetSocketAddress address() {
            int colon = host.lastIndexOf(':');
            boolean hasPort =
                    colon > host.lastIndexOf(']') && host.substring(colon + 1).matches("[0-9]{1,5}");
            int port = hasPort ? Math.min(65_535, Integer.parseInt(host.substring(colon + 1))) : 80;
            return InetSocketAddress.createUnresolved(hasPort ? host.substring(0, colon) : host, port);
        }

        private FullHttpRequest toOrigin() {
            HttpHeaders sent = new DefaultHttpHeaders().set(headers);
            HOP_BY_HOP.forEach(sent::remove);
            PARTIAL.forEach(sent::remove);
            sent.set(HttpHeaderNames.HOST, host).set(HttpHeaderNames.CONNECTION, "close");
            sent.add(HttpHeaderNames.VIA, VIA);
            return new DefaultFullHttpRequest(
                    HttpVersion.HTTP_1_1, HttpMethod.GET, path, Unpooled.EMPTY_BUFFER, sent, new DefaultHttpHeaders());
        }
    }
}
