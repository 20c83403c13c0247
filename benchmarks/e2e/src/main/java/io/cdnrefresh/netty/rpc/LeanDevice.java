// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.codec.CommandCodec;
import io.cdnrefresh.codec.CommandRun;
import io.cdnrefresh.codec.HealthCodec;
import io.cdnrefresh.codec.HelloCodec;
import io.cdnrefresh.codec.ReportCodec;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A device that decodes every command and says at once that it is done; thousands of them fit into a process. Speaks the
 * protocol of docs/protocol.md to an engine, or only its frames to a reference. Owned by its event loop.
 */
@NullMarked
public final class LeanDevice extends ChannelInboundHandlerAdapter {
    private static final Logger logger = LoggerFactory.getLogger(LeanDevice.class);
    private static final int MAX_BYTES = 8 << 20;
    private static final int WINDOW = 64;
    private static final long HEARTBEAT_SECONDS = 5;

    /** Told of what happens, on the loop. */
    public interface Fleet {
        /** The device takes part. */
        void onJoined();

        /** So many of its reports are stored. */
        void onAcknowledged(int reports);
    }

    private final String name;
    private final boolean isOfEngine;
    private final Fleet fleet;
    private final FrameDecoder decoder = new FrameDecoder(MAX_BYTES);
    private final ArrayDeque<Integer> underWay = new ArrayDeque<>();
    private final ArrayDeque<Unsent> unsent = new ArrayDeque<>();
    private long lastBatch;
    private long acknowledged;

    /** {@code isOfEngine}: says hello first, and heeds the window. */
    public LeanDevice(String name, boolean isOfEngine, Fleet fleet) {
        this.name = name;
        this.isOfEngine = isOfEngine;
        this.fleet = fleet;
    }

    /** Puts decoder and device into a pipeline. */
    public void addTo(ChannelPipeline pipeline) {
        ChannelPipeline unused = pipeline.addLast(decoder, this);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (!isOfEngine) {
            join(ctx);
        }
    }

    private void join(ChannelHandlerContext ctx) {
        fleet.onJoined();
        long first = ((name.hashCode() & 0xffff) * HEARTBEAT_SECONDS * 1_000) >> 16;
        var unused = ctx.channel()
                .eventLoop()
                .scheduleAtFixedRate(() -> beat(ctx), first, HEARTBEAT_SECONDS * 1_000, TimeUnit.MILLISECONDS);
    }

    private static void beat(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            byte[] health = HealthCodec.encode(new ProxyHealth(Instant.now(), 0, 0, 0, true));
            write(ctx, FrameType.HEARTBEAT, health);
            ChannelHandlerContext unused = ctx.flush();
        }
    }

    private static void write(ChannelHandlerContext ctx, FrameType type, byte[] payload) {
        var unused = ctx.write(Protocol.frame(ctx.alloc(), type, payload), ctx.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        InFrame frame = (InFrame) msg;
        switch (frame.type()) {
            case WELCOME -> {
                Hello hello = new Hello(
                        name, "boot", "group", "edge", "1", 0, List.of(), EnumSet.allOf(TaskKind.class), Instant.now());
                write(
                        ctx,
                        FrameType.HELLO,
                        new Payloads.HelloFrame(1, Compression.isAvailable(), new byte[0], HelloCodec.encode(hello))
                                .encode());
            }
            case ACCEPT -> join(ctx);
            case COMMANDS -> {
                for (CommandRun run : CommandCodec.decode(frame.payload())) {
                    if (run instanceof CommandRun.Read read) {
                        unsent.add(new Unsent(
                                encoded(read.firstSequence(), read.commands()),
                                read.commands().size()));
                    }
                }
                send(ctx);
            }
            case ACK -> {
                for (long upTo = Payloads.readNumber(frame.payload()); acknowledged < upTo; acknowledged++) {
                    fleet.onAcknowledged(underWay.remove());
                }
                send(ctx);
            }
            case HEARTBEAT -> {}
            default -> {
                logger.warn("device ends name={} frame={}", name, frame.type());
                var unused = ctx.close();
            }
        }
    }

    private void send(ChannelHandlerContext ctx) {
        while (ctx.channel().isActive() && !unsent.isEmpty() && (!isOfEngine || underWay.size() < WINDOW)) {
            Unsent next = unsent.remove();
            write(ctx, FrameType.REPORTS, numbered(++lastBatch, next.encoded));
            if (isOfEngine) {
                underWay.add(next.reports);
            } else {
                fleet.onAcknowledged(next.reports);
            }
        }
    }

    /** Waits for its place in the window as bytes: the commands of 10,000 devices do not fit into the heap. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Unsent(byte[] encoded, int reports) {}

    static byte[] reports(long batch, long firstSequence, List<Command> commands) {
        return numbered(batch, encoded(firstSequence, commands));
    }

    private static byte[] encoded(long firstSequence, List<Command> commands) {
        List<Report> reports = new ArrayList<>(commands.size());
        for (int i = 0; i < commands.size(); i++) {
            Command command = commands.get(i);
            reports.add(new Report(
                    command.id(), command.step(), firstSequence + i, true, Outcome.VERIFIED, List.of(), Instant.EPOCH));
        }
        return ReportCodec.encode(reports);
    }

    private static byte[] numbered(long batch, byte[] encoded) {
        return ByteBuffer.allocate(8 + encoded.length)
                .putLong(batch)
                .put(encoded)
                .array();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ChannelHandlerContext unused = ctx.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (ctx.channel().isActive()) {
            logger.warn("device failed name={} cause={}", name, cause.toString());
        }
        var unused = ctx.close();
    }
}
