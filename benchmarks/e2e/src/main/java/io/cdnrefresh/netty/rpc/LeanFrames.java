// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.codec.CommandCodec;
import io.cdnrefresh.codec.CommandRun;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.model.TaskId;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;

/** Frames for the references of fan-out and idling: the bytes that an engine would send. */
@NullMarked
public final class LeanFrames {
    /** Commands in one frame of the reference. */
    public static final int BATCH = 64;

    private LeanFrames() {}

    /** The address of a purge whose command takes about 256 bytes. */
    public static String url(long number) {
        String digits = Long.toString(number | 1L << 40);
        return "https://www.example.com/assets/site/2026/november/pages/" + "section-".repeat(7) + digits + ".html";
    }

    /** A batch of commands in one frame. */
    public static ByteBuf commands(ByteBufAllocator allocator) {
        List<Command> commands = new ArrayList<>(BATCH);
        for (int i = 0; i < BATCH; i++) {
            commands.add(new Command(
                    new TaskId((i + 1L) << 40),
                    0,
                    RefreshTask.purge(url(i * 1_000_003L))
                            .withTrace("00-" + "5".repeat(32) + "-" + "7".repeat(16) + "-01"),
                    Instant.EPOCH,
                    List.of()));
        }
        return Protocol.frame(allocator, FrameType.COMMANDS, CommandCodec.encode(1, commands), new Compression(512));
    }

    /** Bytes of the frame with which {@link LeanDevice} answers {@link #commands}. */
    public static int answerBytes() {
        List<Command> commands = new ArrayList<>();
        ByteBuf frame = commands(ByteBufAllocator.DEFAULT);
        EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder(8 << 20));
        boolean unused = channel.writeInbound(frame);
        InFrame read = channel.readInbound();
        for (CommandRun run : CommandCodec.decode(read.payload())) {
            if (run instanceof CommandRun.Read some) {
                commands.addAll(some.commands());
            }
        }
        return Protocol.HEADER_BYTES + LeanDevice.reports(1, 1, commands).length;
    }

    /** A heartbeat of an engine. */
    public static ByteBuf heartbeat(ByteBufAllocator allocator) {
        return Protocol.frame(allocator, FrameType.HEARTBEAT, new byte[0]);
    }
}
