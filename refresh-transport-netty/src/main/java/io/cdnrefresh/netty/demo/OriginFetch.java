// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.demo;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One GET of one object on a connection of its own; tells the whole answer or null, once, on the cache's thread. */
final class OriginFetch extends SimpleChannelInboundHandler<FullHttpResponse> {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int READ_SECONDS = 60;

    private @Nullable Consumer<@Nullable FullHttpResponse> listener;

    private OriginFetch(Consumer<@Nullable FullHttpResponse> listener) {
        this.listener = listener;
    }

    /**
     * Starts a fetch.
     *
     * @param maxBodyBytes longer bodies end the fetch
     * @param listener given the answer, valid for the call only, or null if there is none or no complete one
     */
    static void start(
            EventLoopGroup loop,
            InetSocketAddress origin,
            FullHttpRequest request,
            int maxBodyBytes,
            Consumer<@Nullable FullHttpResponse> listener) {
        OriginFetch fetch = new OriginFetch(listener);
        new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new ReadTimeoutHandler(READ_SECONDS))
                                .addLast(new HttpClientCodec(4_096, 64 * 1024, 8_192, true))
                                .addLast(new HttpObjectAggregator(maxBodyBytes))
                                .addLast(fetch);
                    }
                })
                .connect(origin)
                .addListener((ChannelFutureListener) connected -> {
                    if (connected.isSuccess()) {
                        var unused = connected.channel().writeAndFlush(request);
                    } else {
                        request.release();
                        fetch.finish(null);
                    }
                });
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
        finish(response.decoderResult().isSuccess() ? response : null);
        var unused = ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        finish(null);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        finish(null);
        var unused = ctx.close();
    }

    private void finish(@Nullable FullHttpResponse response) {
        Consumer<@Nullable FullHttpResponse> waiting = listener;
        listener = null;
        if (waiting != null) {
            waiting.accept(response);
        }
    }
}
