// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a pool: at most one exchange at a time, never pipelined. Owned by its loop.
 *
 * <p>An exchange ends at {@code channelReadComplete}, not at its last byte: by then whatever came behind the response
 * has been decoded too, and a connection on which more came than was asked for is never used again.
 */
final class Connection extends ChannelInboundHandlerAdapter {
    private final HostPool pool;
    private final Channel channel;
    private final ResponseDecoder decoder;

    private @Nullable Exchange exchange;
    /** Of the response under way; null until its head came. */
    private @Nullable HttpResponse head;

    private boolean isInterim;
    private boolean isComplete;
    private boolean isUsed;
    private boolean isReused;
    private boolean isSpoiled;
    private boolean isGone;
    private long bodyBytes;
    private byte[] prefix = {};
    /** When reading goes on, while it does not. */
    private long pauseEndNanos;

    /** When it became idle, for the pool. */
    long idleSinceNanos;

    Connection(HostPool pool, Channel channel, ResponseDecoder decoder) {
        this.pool = pool;
        this.channel = channel;
        this.decoder = decoder;
    }

    boolean isUsable() {
        return channel.isActive() && !isSpoiled && !isGone;
    }

    void close() {
        isGone = true;
        var unused = channel.close();
    }

    void start(Exchange next) {
        exchange = next;
        next.connection = this;
        head = null;
        isInterim = false;
        isComplete = false;
        bodyBytes = 0;
        prefix = new byte[0];
        isReused = isUsed;
        isUsed = true;
        pool.counters().active.increment();
        if (isReused) {
            pool.counters().reused.increment();
        }
        HttpCall call = next.call;
        decoder.expect(call.method());
        channel.writeAndFlush(request(call)).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private static DefaultFullHttpRequest request(HttpCall call) {
        ByteBuf body = Unpooled.wrappedBuffer(call.body());
        var request =
                new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(call.method()), call.path(), body);
        HttpHeaders headers = request.headers();
        headers.set(HttpHeaderNames.HOST, call.authority());
        List<String> given = call.headers();
        for (int i = 0; i < given.size(); i += 2) {
            headers.add(given.get(i), given.get(i + 1));
        }
        if (call.body().length > 0
                || call.method().equals("POST")
                || call.method().equals("PUT")) {
            headers.set(HttpHeaderNames.CONTENT_LENGTH, call.body().length);
        }
        return request;
    }

    /** Ends the exchange without a response, and the connection with it. */
    void fail(HttpReply.Kind kind, String reason) {
        Exchange failed = take();
        close();
        if (failed != null) {
            failed.fail(kind, reason);
        }
    }

    private @Nullable Exchange take() {
        Exchange taken = exchange;
        exchange = null;
        if (taken != null) {
            taken.connection = null;
            pool.counters().active.decrement();
        }
        return taken;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        try {
            onObject((HttpObject) msg);
        } finally {
            ReferenceCountUtil.release(msg);
        }
    }

    private void onObject(HttpObject object) {
        if (isGone) {
            return;
        }
        if (exchange == null) {
            close(); // something nobody asked for
            return;
        }
        if (isComplete) {
            isSpoiled = true;
            return;
        }
        if (object.decoderResult().isFailure()) {
            onUndecodable(object.decoderResult().cause());
            return;
        }
        if (object instanceof HttpResponse response) {
            onHead(response);
        }
        if (object instanceof HttpContent content) {
            onContent(content);
        }
    }

    private void onUndecodable(@Nullable Throwable cause) {
        if (cause instanceof PrematureChannelClosureException) {
            broken("closed by the server");
        } else {
            fail(
                    HttpReply.Kind.MALFORMED,
                    cause == null ? "not HTTP" : cause.getClass().getSimpleName());
        }
    }

    private void onHead(HttpResponse response) {
        int status = response.status().code();
        isInterim = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        if (status == 101) {
            fail(HttpReply.Kind.MALFORMED, "switched protocols unasked");
        } else if (status < 100 || response.protocolVersion().majorVersion() != 1) {
            fail(HttpReply.Kind.MALFORMED, "not a response of HTTP/1.x");
        } else if (!isInterim) {
            head = response;
        }
    }

    private void onContent(HttpContent content) {
        Exchange current = exchange;
        if (current == null || isGone) {
            return;
        }
        boolean isLast = content instanceof LastHttpContent;
        if (isInterim) {
            isInterim = !isLast;
            return;
        }
        int count = content.content().readableBytes();
        if (count > 0) {
            keep(content.content(), current.call.keepBodyBytes());
            bodyBytes += count;
            long max = current.call.maxBodyBytes();
            if (max > 0 && bodyBytes > max) {
                tooLarge(max);
                return;
            }
            long pauseNanos = current.pauseNanos(count);
            if (pauseNanos < 0) {
                fail(HttpReply.Kind.CLOSED, "given up");
                return;
            }
            if (pauseNanos > 0 && !isLast) {
                pause(pauseNanos);
            }
        }
        isComplete = isLast;
    }

    /** What has been read is still passed on; the longest of several pauses counts. */
    private void pause(long nanos) {
        long end = System.nanoTime() + nanos;
        if (!channel.config().isAutoRead()) {
            pauseEndNanos = end - pauseEndNanos > 0 ? end : pauseEndNanos;
            return;
        }
        pauseEndNanos = end;
        channel.config().setAutoRead(false);
        var unused = channel.eventLoop().schedule(this::resume, nanos, TimeUnit.NANOSECONDS);
    }

    private void resume() {
        long leftNanos = pauseEndNanos - System.nanoTime();
        if (leftNanos > 0 && exchange != null) {
            var unused = channel.eventLoop().schedule(this::resume, leftNanos, TimeUnit.NANOSECONDS);
        } else {
            channel.config().setAutoRead(true);
        }
    }

    private void tooLarge(long max) {
        int status = head == null ? 0 : head.status().code();
        Exchange failed = take();
        close();
        if (failed != null) {
            failed.complete(new HttpReply.Failed(HttpReply.Kind.BODY_TOO_LARGE, "more than " + max + " bytes", status));
        }
    }

    private void keep(ByteBuf content, int limit) {
        int count = Math.min(content.readableBytes(), limit - prefix.length);
        if (count > 0) {
            int from = prefix.length;
            prefix = Arrays.copyOf(prefix, from + count);
            content.getBytes(content.readerIndex(), prefix, from, count);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (isComplete) {
            finish();
        }
        ctx.fireChannelReadComplete();
    }

    private void finish() {
        isComplete = false;
        if (!channel.config().isAutoRead()) {
            pauseEndNanos = System.nanoTime();
            channel.config().setAutoRead(true);
        }
        HttpResponse response = requireNonNull(head, "head");
        head = null;
        Exchange done = take();
        HttpReply reply = new HttpReply.Response(response.status().code(), flat(response.headers()), bodyBytes, prefix);
        prefix = new byte[0];
        if (HttpUtil.isKeepAlive(response) && isUsable() && !decoder.hasLeftover()) {
            pool.release(this);
        } else {
            close();
        }
        if (done != null) {
            done.complete(reply);
        }
    }

    private static List<String> flat(HttpHeaders headers) {
        List<String> flat = new ArrayList<>(headers.size() * 2);
        for (Map.Entry<String, String> header : headers) {
            flat.add(header.getKey());
            flat.add(header.getValue());
        }
        return flat;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (isComplete) {
            finish();
        }
        broken("closed by the server");
        pool.onClosed(this);
    }

    /** The connection is lost: another try where that is safe, else the failure. */
    private void broken(String reason) {
        if (isReused && !decoder.hasBytes() && exchange != null && exchange.isRepeatable()) {
            Exchange again = take();
            close();
            pool.retry(this, requireNonNull(again, "again"));
        } else {
            fail(head == null ? HttpReply.Kind.RESET : HttpReply.Kind.TRUNCATED, reason);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            broken("connection reset");
        } else {
            fail(HttpReply.Kind.MALFORMED, cause.getClass().getSimpleName());
        }
    }
}
