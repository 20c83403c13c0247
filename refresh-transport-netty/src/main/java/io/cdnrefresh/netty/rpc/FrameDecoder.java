// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Cuts bytes into {@link InFrame}s and checks every one. The header is judged before its payload is waited for; after
 * the first fault nothing more is read. Owned by its channel's event loop.
 */
final class FrameDecoder extends ByteToMessageDecoder {
    private final CRC32C crc = new CRC32C();
    private int maxBytes;
    private boolean isBroken;
    private int silentTicks;

    /** Takes payloads of at most so many bytes, compressed and not. */
    FrameDecoder(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    void limit(int newMaxBytes) {
        maxBytes = newMaxBytes;
    }

    /** How many calls of this have found that nothing came, counted from the last thing that did. */
    int silentTicks() {
        return ++silentTicks;
    }

    /** Something came, or reading was stopped on purpose until now. */
    void touch() {
        silentTicks = -1;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) throws Exception {
        touch();
        super.channelRead(ctx, bytes);
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (isBroken) {
            in.skipBytes(in.readableBytes());
            return;
        }
        if (in.readableBytes() < Protocol.HEADER_BYTES) {
            return;
        }
        isBroken = true;
        int start = in.readerIndex();
        int payloadBytes = in.getInt(start) - Protocol.COUNTED_BYTES;
        int flags = in.getUnsignedByte(start + 8);
        FrameType type = checkHeader(in, start, payloadBytes, flags);
        isBroken = false;
        if (in.readableBytes() < Protocol.HEADER_BYTES + payloadBytes) {
            return;
        }
        isBroken = true;
        crc.reset();
        crc.update(in.nioBuffer(start + 4, 6));
        crc.update(in.nioBuffer(start + Protocol.HEADER_BYTES, payloadBytes));
        if ((int) crc.getValue() != in.getInt(start + 10)) {
            throw new IllegalArgumentException("checksum of a " + type + " frame is wrong");
        }
        byte[] payload = new byte[payloadBytes];
        in.skipBytes(Protocol.HEADER_BYTES);
        in.readBytes(payload);
        out.add(new InFrame(type, flags == 0 ? payload : Compression.grow(payload, maxBytes)));
        isBroken = false;
    }

    private FrameType checkHeader(ByteBuf in, int start, int payloadBytes, int flags) {
        int magic = in.getUnsignedShort(start + 4);
        if (magic != Protocol.MAGIC) {
            throw new IllegalArgumentException("magic: " + Integer.toHexString(magic) + " (expected: cd5a)");
        }
        if (payloadBytes < 0 || payloadBytes > maxBytes) {
            throw new IllegalArgumentException(
                    "payload: " + Integer.toUnsignedString(payloadBytes) + " bytes (expected: 0.." + maxBytes + ")");
        }
        int version = in.getUnsignedByte(start + 6);
        if (version < Protocol.OLDEST || version > Protocol.CURRENT) {
            throw new IllegalArgumentException(
                    "version: " + version + " (expected: " + Protocol.OLDEST + ".." + Protocol.CURRENT + ")");
        }
        int code = in.getUnsignedByte(start + 7);
        FrameType type = FrameType.ofCode(code);
        if (type == null) {
            throw new IllegalArgumentException("type: " + code + " (expected: 1..10)");
        }
        if (in.getByte(start + 9) != 0 || flags > Protocol.SNAPPY || flags != 0 && !type.isBulk()) {
            throw new IllegalArgumentException("flags: " + flags + " of a " + type + " frame");
        }
        return type;
    }
}
