// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.codec.CommandCodec;
import io.cdnrefresh.codec.CommandRun;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.spi.Frame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** One or more encoded frames of commands in one buffer, written to every link as it is. Thread-safe. */
final class RpcFrame implements Frame {
    private final long firstSequence;
    private final ByteBuf bytes;
    private final int sizeBytes;

    /** Takes over the buffer's reference. */
    RpcFrame(long firstSequence, ByteBuf bytes) {
        this.firstSequence = firstSequence;
        this.bytes = bytes;
        sizeBytes = bytes.readableBytes();
    }

    long firstSequence() {
        return firstSequence;
    }

    /** What one link writes: shares the memory, has a reference of its own. */
    ByteBuf retainedBytes() {
        return bytes.retainedDuplicate();
    }

    /** The same uncompressed, for the rare link whose proxy has no Snappy. */
    ByteBuf plainBytes(ByteBufAllocator allocator) {
        ByteBuf out = allocator.directBuffer(sizeBytes * 2);
        payloads(payload -> Protocol.write(out, FrameType.COMMANDS, 0, payload));
        return out;
    }

    /** What was encoded. */
    List<Command> commands() {
        List<Command> all = new ArrayList<>();
        payloads(payload -> {
            for (CommandRun run : CommandCodec.decode(payload)) {
                if (!(run instanceof CommandRun.Read read)) {
                    throw new IllegalStateException("a command of this engine that it cannot read");
                }
                all.addAll(read.commands());
            }
        });
        return all;
    }

    private void payloads(Consumer<byte[]> taker) {
        int at = bytes.readerIndex();
        int end = at + sizeBytes;
        while (at < end) {
            int next = at + 4 + bytes.getInt(at);
            byte[] payload = new byte[next - at - Protocol.HEADER_BYTES];
            bytes.getBytes(at + Protocol.HEADER_BYTES, payload);
            boolean isSmall = bytes.getByte(at + 8) == Protocol.SNAPPY;
            taker.accept(isSmall ? Compression.grow(payload, Integer.MAX_VALUE) : payload);
            at = next;
        }
    }

    int references() {
        return bytes.refCnt();
    }

    @Override
    public void retain() {
        bytes.retain();
    }

    @Override
    public void release() {
        bytes.release();
    }

    @Override
    public int sizeBytes() {
        return sizeBytes;
    }
}
