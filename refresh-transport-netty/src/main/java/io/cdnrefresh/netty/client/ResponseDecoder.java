// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponseDecoder;

/** Netty's decoder, knowing what was asked and whether any byte came. Owned by its channel's loop. */
final class ResponseDecoder extends HttpResponseDecoder {
    private boolean isHead;
    private boolean hasBytes;

    ResponseDecoder() {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(4096)
                .setMaxHeaderSize(32 * 1024)
                .setMaxChunkSize(64 * 1024));
    }

    /** Before each request: forgets the last exchange. */
    void expect(String method) {
        isHead = method.equals("HEAD");
        hasBytes = false;
    }

    boolean hasBytes() {
        return hasBytes;
    }

    /** Bytes came that belong to no response so far. */
    boolean hasLeftover() {
        return actualReadableBytes() > 0;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
        hasBytes = true;
        super.channelRead(ctx, msg);
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage msg) {
        return isHead || super.isContentAlwaysEmpty(msg);
    }
}
