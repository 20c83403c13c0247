// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * The load generator: submissions over HTTP, each with URLs of its own, no pipelining. In a process of its own.
 *
 * <p>{@code run PORT CONNECTIONS MILLIS RATE URLS ADDRESSES}: RATE requests a second in all at times that do not depend on
 * answers, 0 = each connection sends as soon as it is answered; connections come from so many loopback addresses. Answers
 * {@link LoadResult}'s fields.
 */
final class LoadProcess {
    private static final int LOOPS = Integer.getInteger("load.loops", 2);

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(LOOPS, NioIoHandler.newFactory());

    private LoadProcess() {}

    public static void main(String[] arguments) throws IOException {
        LoadProcess load = new LoadProcess();
        Fork.serve(command -> {
            if (!command.startsWith("run ")) {
                return Processes.figures(command);
            }
            String[] words = command.split(" ", -1);
            int[] numbers = new int[words.length - 1];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = Integer.parseInt(words[i + 1]);
            }
            try {
                return load.run(numbers);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        });
        System.exit(0);
    }

    private double[] run(int[] numbers) throws InterruptedException {
        int connections = numbers[1];
        long millis = numbers[2];
        int rate = numbers[3];
        RequestTemplate template = new RequestTemplate(numbers[4]);
        CountDownLatch connected = new CountDownLatch(connections);
        List<LoadLoop> loops = new ArrayList<>();
        for (int i = 0; i < LOOPS; i++) {
            loops.add(new LoadLoop(group.next(), connected));
        }
        List<ChannelFuture> opened = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            opened.add(connect(loops.get(i % LOOPS), template, numbers[0], loopback(1 + i % numbers[5])));
        }
        for (ChannelFuture future : opened) {
            future.sync();
        }
        if (!connected.await(10, TimeUnit.SECONDS)) {
            throw new IllegalStateException("connections: " + connected.getCount() + " not open");
        }
        long beginNanos = System.nanoTime() + 1_000_000;
        long periodNanos = rate == 0 ? 0 : connections * 1_000_000_000L / rate;
        for (LoadLoop loop : loops) {
            loop.start(beginNanos, beginNanos + millis * 1_000_000, periodNanos);
        }
        TimeUnit.MILLISECONDS.sleep(millis);
        for (LoadLoop loop : loops) {
            if (!loop.connections.isEmpty()) {
                loop.awaitEnd(20_000_000_000L);
            }
        }
        for (ChannelFuture future : opened) {
            future.channel().close().sync();
        }
        return result(loops).toArray();
    }

    private static InetAddress loopback(int number) {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) number});
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // four bytes are an address
        }
    }

    private static ChannelFuture connect(LoadLoop loop, RequestTemplate template, int port, InetAddress from) {
        EventLoop eventLoop = loop.loop();
        return new Bootstrap()
                .group(eventLoop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        Channel unused = channel.pipeline()
                                .addLast(new LoadConnection(loop, template))
                                .channel();
                    }
                })
                .connect(new InetSocketAddress(loopback(1), port), new InetSocketAddress(from, 0));
    }

    private static LoadResult result(List<LoadLoop> loops) {
        Histogram all = new Histogram(60_000_000_000L, 3);
        long answers = 0;
        long refused = 0;
        long errors = 0;
        long first = Long.MAX_VALUE;
        long last = 0;
        for (LoadLoop loop : loops) {
            if (loop.connections.isEmpty()) {
                continue;
            }
            all.add(loop.latencies);
            answers += loop.answers;
            refused += loop.refused;
            errors += loop.errors;
            first = Math.min(first, loop.firstNanos);
            last = Math.max(last, loop.lastNanos);
        }
        return new LoadResult(
                answers,
                refused,
                errors,
                first,
                last,
                all.getValueAtPercentile(50) / 1e6,
                all.getValueAtPercentile(99) / 1e6,
                all.getValueAtPercentile(99.9) / 1e6,
                all.getMaxValue() / 1e6);
    }
}
