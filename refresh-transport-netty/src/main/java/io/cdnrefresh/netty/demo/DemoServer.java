// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.demo;

import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.spi.EngineClock;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP/1.1 port served by one thread. Requests of a connection are handed on one by one, so that answers keep their
 * order: the next is handed on when {@link #reply} has written the last.
 */
final class DemoServer implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(DemoServer.class);
    private static final int MAX_REQUEST_BYTES = 64 * 1024;
    private static final int MAX_LINE_BYTES = 16 * 1024;
    private static final int MAX_CHUNK_BYTES = 8 * 1024;
    private static final int IDLE_SECONDS = 120;
    private static final int MAX_AHEAD = 64;

    private final String name;
    private final String host;
    private final int wantedPort;
    private final Supplier<ChannelHandler> handlers;
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private @Nullable EventLoopGroup loop;
    private volatile int port;

    DemoServer(String name, String host, int port, Supplier<ChannelHandler> handlers) {
        this.name = name;
        this.host = host;
        this.wantedPort = port;
        this.handlers = handlers;
    }

    synchronized EventLoopGroup start() {
        if (loop != null) {
            throw new IllegalStateException("already started: " + name);
        }
        EventLoopGroup group =
                new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
        ChannelFuture bound = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new Initializer())
                .bind(host, wantedPort)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            var unused = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new RefreshException(
                    RefreshException.Category.PERMANENT, "cannot listen on " + host + ":" + wantedPort, bound.cause());
        }
        channels.add(bound.channel());
        loop = group;
        port = ((InetSocketAddress) bound.channel().localAddress()).getPort();
        return group;
    }

    int port() {
        return port;
    }

    @Override
    public synchronized void close() {
        if (loop != null) {
            // Not left to the loop: one that is told to end at the wrong moment, without a quiet period, ends without
            // closing its channels, and the port stays open until the process ends.
            channels.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
        }
    }

    /** Path and query of a request line, whether it has the absolute form or not. */
    static String path(String uri) {
        int scheme = uri.indexOf("://");
        if (uri.startsWith("/") || scheme < 0) {
            return uri;
        }
        int slash = uri.indexOf('/', scheme + 3);
        int query = uri.indexOf('?', scheme + 3);
        int end = slash < 0 ? query : query < 0 ? slash : Math.min(slash, query);
        return end < 0 ? "/" : end == query ? "/" + uri.substring(end) : uri.substring(end);
    }

    /** The time of this moment for a {@code Date} header. */
    static String date() {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(
                EngineClock.system().now().atOffset(ZoneOffset.UTC));
    }

    static FullHttpResponse text(HttpResponseStatus status, String text) {
        byte[] body = (text + "\n").getBytes(StandardCharsets.UTF_8);
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/plain")
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length);
        return response;
    }

    /** Writes an answer and hands on the connection's next request. On the connection's thread. */
    static void reply(ChannelHandlerContext ctx, HttpResponse response) {
        var unused = ctx.writeAndFlush(response);
        OneByOne requests = ctx.pipeline().get(OneByOne.class);
        if (requests != null) {
            requests.answered();
        }
    }

    private final class Initializer extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            channels.add(channel);
            channel.pipeline()
                    .addLast(new IdleStateHandler(0, 0, IDLE_SECONDS))
                    .addLast(new HttpServerCodec(MAX_LINE_BYTES, MAX_REQUEST_BYTES, MAX_CHUNK_BYTES))
                    .addLast(new HttpServerKeepAliveHandler())
                    .addLast(new HttpObjectAggregator(MAX_REQUEST_BYTES))
                    .addLast(new OneByOne())
                    .addLast(handlers.get())
                    .addLast(new Closer());
        }
    }

    /** Holds requests back until the one before is answered. A client that sends too many ahead is cut off. */
    private static final class OneByOne extends ChannelInboundHandlerAdapter {
        private final ArrayDeque<Object> waiting = new ArrayDeque<>();
        private @Nullable ChannelHandlerContext context;
        private boolean isBusy;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object request) {
            if (!isBusy) {
                isBusy = true;
                ctx.fireChannelRead(request);
            } else if (waiting.size() < MAX_AHEAD) {
                waiting.add(request);
            } else {
                ReferenceCountUtil.release(request);
                var unused = ctx.close();
            }
        }

        void answered() {
            Object next = waiting.poll();
            isBusy = next != null;
            if (next != null && context != null) {
                context.fireChannelRead(next);
            }
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext ctx) {
            waiting.forEach(ReferenceCountUtil::release);
            waiting.clear();
        }
    }

    /** Closes what is idle or broken. */
    private static final class Closer extends ChannelInboundHandlerAdapter {
        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof IdleStateEvent) {
                var unused = ctx.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            logger.debug("connection closed server={} reason={}", ctx.channel().localAddress(), cause.toString());
            var unused = ctx.close();
        }
    }
}
