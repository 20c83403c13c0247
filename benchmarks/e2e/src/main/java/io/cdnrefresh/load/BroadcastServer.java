// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.netty.rpc.LeanFrames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * The reference of fan-out and idling: bare Netty. {@code broadcast DEVICES BATCHES} writes one buffer of 64 commands so many
 * times to every connection, a task for each loop, at most eight ahead of the slowest answers, and reads as many bytes of
 * answers; seconds. With the argument {@code tls} through TLS. What comes while nothing is broadcast is a heartbeat, and is answered by one.
 */
final class BroadcastServer {
    private static final int AHEAD = 8;

    private final Queue<Channel> channels = new ConcurrentLinkedQueue<>();
    private final LongAdder received = new LongAdder();
    private volatile boolean isIdle = true;

    private BroadcastServer() {}

    public static void main(String[] arguments) throws IOException {
        BroadcastServer server = new BroadcastServer();
        var loops =
                new MultiThreadIoEventLoopGroup(Runtime.getRuntime().availableProcessors(), NioIoHandler.newFactory());
        SslContext tls = arguments.length > 0 ? LoadTls.server() : null;
        Channel listener = Processes.listen(loops, channel -> {
            if (tls != null) {
                LoadTls.addTo(channel, tls);
            }
            channel.pipeline().addLast(server.new Answers());
            server.channels.add(channel);
        });
        Fork.serve(command -> {
            String[] words = command.split(" ", -1);
            return switch (words[0]) {
                case "port" -> Processes.port(listener);
                case "broadcast" ->
                    new double[] {server.broadcast(loops, Integer.parseInt(words[1]), Integer.parseInt(words[2]))};
                default -> Processes.figures(command);
            };
        });
        System.exit(0);
    }

    private double broadcast(Iterable<EventExecutor> loops, int devices, int batches) {
        long answerBytes = LeanFrames.answerBytes();
        ByteBuf frame = LeanFrames.commands(UnpooledByteBufAllocator.DEFAULT);
        isIdle = false;
        List<Task> tasks = new ArrayList<>();
        for (EventExecutor loop : loops) {
            List<Channel> own = channels.stream()
                    .filter(channel -> channel.eventLoop() == loop)
                    .toList();
            tasks.add(new Task(
                    loop,
                    () -> own.forEach(channel -> {
                        var unused = channel.writeAndFlush(frame.retainedDuplicate(), channel.voidPromise());
                    })));
        }
        long before = received.sum();
        long start = System.nanoTime();
        for (int sent = 0; sent < batches; sent++) {
            while (received.sum() - before < (long) (sent - AHEAD) * devices * answerBytes) {
                LockSupport.parkNanos(50_000);
            }
            for (Task task : tasks) {
                task.loop.execute(task.writeToAll);
            }
        }
        while (received.sum() - before < (long) batches * devices * answerBytes) {
            LockSupport.parkNanos(50_000);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        isIdle = true;
        return seconds;
    }

    private record Task(EventExecutor loop, Runnable writeToAll) {}

    private final class Answers extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf bytes = (ByteBuf) msg;
            received.add(bytes.readableBytes());
            bytes.release();
            if (isIdle) {
                var unused = ctx.writeAndFlush(LeanFrames.heartbeat(ctx.alloc()), ctx.voidPromise());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            var unused = ctx.close();
        }
    }
}
