// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the generator: at most one request is under way. Reads of an answer only its status and where it ends.
 * Owned by its event loop.
 */
final class LoadConnection extends ChannelInboundHandlerAdapter {
    private static final byte LF = '\n';

    private final LoadLoop loop;
    private final RequestTemplate template;
    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf request;
    private @Nullable ByteBuf partial;

    /** When the request under way should have been sent; latency counts from here. */
    private long intendedNanos;

    /** When the next one is due, at a fixed rate. */
    long nextNanos;

    private boolean isBusy;

    LoadConnection(LoadLoop loop, RequestTemplate template) {
        this.loop = loop;
        this.template = template;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context = ctx;
        request = template.newBuffer(ctx.alloc());
        loop.connected(this);
    }

    boolean isBusy() {
        return isBusy;
    }

    /** Sends a request whose URLs nobody has sent before. */
    void send(long intended) {
        ByteBuf bytes = request;
        ChannelHandlerContext ctx = context;
        if (bytes == null || ctx == null) {
            return;
        }
        isBusy = true;
        intendedNanos = intended;
        template.fill(bytes, loop.numbers(template.urls()));
        var unused = ctx.writeAndFlush(bytes.retainedDuplicate(), ctx.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf in = (ByteBuf) msg;
        if (partial != null) {
            in = partial.writeBytes(in);
            ((ByteBuf) msg).release();
            partial = null;
        }
        int end = end(in);
        if (end < 0) {
            partial = ctx.alloc().buffer(1024).writeBytes(in);
            in.release();
            return;
        }
        int status = (in.getByte(in.readerIndex() + 9) - '0') * 100
                + (in.getByte(in.readerIndex() + 10) - '0') * 10
                + in.getByte(in.readerIndex() + 11)
                - '0';
        if (end != in.writerIndex()) {
            throw new IllegalStateException("bytes behind an answer");
        }
        in.release();
        isBusy = false;
        loop.answered(this, intendedNanos, status);
    }

    /** Where the first answer ends; −1 = not all of it is there. */
    private static int end(ByteBuf in) {
        int length = 0;
        int from = in.readerIndex();
        while (true) {
            int lineEnd = in.indexOf(from, in.writerIndex(), LF);
            if (lineEnd < 0) {
                return -1;
            }
            if (lineEnd == from + 1) {
                return lineEnd + 1 + length <= in.writerIndex() ? lineEnd + 1 + length : -1;
            }
            // "content-length: 12": the only header of an engine or a reference with c, t and l there
            if (lineEnd - from > 16 && (in.getByte(from) | 0x20) == 'c' && (in.getByte(from + 8) | 0x20) == 'l') {
                length = 0;
                for (int at = from + 15; at < lineEnd; at++) {
                    int digit = in.getByte(at) - '0';
                    length = digit >= 0 && digit <= 9 ? length * 10 + digit : length;
                }
            }
            from = lineEnd + 1;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (request != null) {
            request.release();
            request = null;
        }
        if (isBusy) {
            isBusy = false;
            loop.failed("connection closed");
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        loop.failed(cause.toString());
        var unused = ctx.close();
    }
}
