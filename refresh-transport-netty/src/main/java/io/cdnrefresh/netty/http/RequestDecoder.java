// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import java.util.List;

/**
 * Netty's decoder with all its checks on, one that can stop. Netty decodes whatever one read brought, even with reading
 * switched off: thousands of small requests at once. Stopped here, they stay the bytes they are. Owned by its channel's
 * loop.
 */
final class RequestDecoder extends HttpRequestDecoder {
    private long receivedBytes;
    private boolean isStopped;
    private boolean isDiscarding;

    RequestDecoder(ServerLimits limits) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(limits.maxLineBytes())
                .setMaxHeaderSize(limits.maxHeaderBytes())
                .setMaxChunkSize(64 * 1024));
    }

    /** The position in the stream up to which it has been decoded. */
    long decodedBytes() {
        return receivedBytes - actualReadableBytes();
    }

    /** The bytes received so far. */
    long receivedBytes() {
        return receivedBytes;
    }

    /** Decodes no more until {@link #go}. */
    void stop() {
        isStopped = true;
    }

    /** Throws away all that comes from now on. */
    void discard() {
        isStopped = true;
        isDiscarding = true;
    }

    /** Decodes on, first what has been received meanwhile. Never called from within decoding. */
    void go(ChannelHandlerContext ctx) throws Exception {
        isStopped = false;
        if (actualReadableBytes() > 0) {
            super.channelRead(ctx, Unpooled.EMPTY_BUFFER);
            channelReadComplete(ctx);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
        receivedBytes += msg instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
        if (isDiscarding) {
            ReferenceCountUtil.release(msg);
            return;
        }
        super.channelRead(ctx, msg);
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        if (isDiscarding) {
            in.skipBytes(in.readableBytes());
        } else if (!isStopped) {
            super.decode(ctx, in, out);
        }
    }

    /** Two framings in one request are how a second one is smuggled: refused, where Netty would believe the chunks. */
    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new IllegalArgumentException("both Content-Length and Transfer-Encoding");
    }
}
