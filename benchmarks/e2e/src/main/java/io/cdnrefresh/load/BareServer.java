// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The reference of the intake goals: Netty with nothing but {@code HttpServerCodec}, which answers everything with the
 * same 202 and looks at no body. In a process of its own.
 */
final class BareServer {
    private static final byte[] BODY =
            "{\"id\":\"7000000000000000000\",\"state\":\"ACCEPTED\",\"targets\":1}".getBytes(StandardCharsets.US_ASCII);

    private BareServer() {}

    /** Answers {@code port} with the port, {@code cpu} with the nanoseconds of processor time. */
    public static void main(String[] arguments) throws IOException {
        EventLoopGroup loops =
                new MultiThreadIoEventLoopGroup(Runtime.getRuntime().availableProcessors(), NioIoHandler.newFactory());
        Channel listener =
                Processes.listen(loops, channel -> channel.pipeline().addLast(new HttpServerCodec(), new Constant()));
        Fork.serve(command -> switch (command) {
            case "port" -> Processes.port(listener);
            default -> Processes.figures(command);
        });
        var unused = loops.shutdownGracefully();
    }

    private static final class Constant extends ChannelInboundHandlerAdapter {
        private static final ByteBuf CONTENT =
                Unpooled.unreleasableBuffer(Unpooled.directBuffer().writeBytes(BODY));

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ReferenceCountUtil.release(msg);
            if (msg instanceof LastHttpContent) {
                var answer = new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.ACCEPTED, CONTENT.duplicate());
                answer.headers()
                        .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                        .setInt(HttpHeaderNames.CONTENT_LENGTH, BODY.length);
                var unused = ctx.write(answer, ctx.voidPromise());
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            var unused = ctx.close();
        }
    }
}
