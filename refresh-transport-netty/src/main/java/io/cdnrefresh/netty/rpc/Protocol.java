// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.zip.CRC32C;

/**
 * The layout of a frame; docs/protocol.md.
 *
 * <pre>
 *  0  u32  length of all that follows: 10 + payload
 *  4  u16  magic 0xCD5A
 *  6  u8   version
 *  7  u8   type
 *  8  u8   flags: 1 = payload is a Snappy block
 *  9  u8   0
 * 10  u32  CRC-32C of bytes 4 to 9 and the payload
 * 14       payload
 * </pre>
 */
final class Protocol {
    /** The version that this code speaks, and the oldest that it still understands. */
    static final int CURRENT = 1;

    static final int OLDEST = 1;

    static final int MAGIC = 0xCD5A;
    static final int HEADER_BYTES = 14;
    /** Bytes that the length field counts beside the payload. */
    static final int COUNTED_BYTES = HEADER_BYTES - 4;

    static final int SNAPPY = 1;

    /** The largest payload until a link is accepted: a stranger makes us keep no more. */
    static final int HANDSHAKE_BYTES = 256 << 10;

    /** Silent for so many heartbeats: the peer is gone. */
    static final int SILENT_HEARTBEATS = 3;

    private Protocol() {}

    /** Appends a frame. */
    static void write(ByteBuf out, FrameType type, int flags, byte[] payload) {
        int start = out.writerIndex();
        out.writeInt(COUNTED_BYTES + payload.length);
        out.writeShort(MAGIC);
        out.writeByte(CURRENT);
        out.writeByte(type.code());
        out.writeByte(flags);
        out.writeByte(0);
        CRC32C crc = new CRC32C();
        crc.update(out.nioBuffer(start + 4, 6));
        crc.update(payload);
        out.writeInt((int) crc.getValue());
        out.writeBytes(payload);
    }

    /** One frame in a buffer of its own. */
    static ByteBuf frame(ByteBufAllocator allocator, FrameType type, byte[] payload) {
        ByteBuf out = allocator.directBuffer(HEADER_BYTES + payload.length);
        write(out, type, 0, payload);
        return out;
    }

    /** One frame in a buffer of its own, compressed if that is worth it. */
    static ByteBuf frame(ByteBufAllocator allocator, FrameType type, byte[] payload, Compression compression) {
        byte[] small = compression.shrink(payload);
        byte[] sent = small == null ? payload : small;
        ByteBuf out = allocator.directBuffer(HEADER_BYTES + sent.length);
        write(out, type, small == null ? 0 : SNAPPY, sent);
        return out;
    }

    /**
     * The version that both sides speak.
     *
     * @return 0 if there is none
     */
    static int negotiate(int peersOldest, int peersCurrent) {
        int version = Math.min(CURRENT, peersCurrent);
        return version >= OLDEST && version >= peersOldest ? version : 0;
    }
}
