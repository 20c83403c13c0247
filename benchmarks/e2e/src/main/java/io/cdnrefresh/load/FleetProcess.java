// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import io.cdnrefresh.goals.Fork;
import io.cdnrefresh.netty.rpc.LeanDevice;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Thousands of devices in one process. {@code connect PORT COUNT engine|raw [tls]}: joins them, at most 200 at a time;
 * {@code await N}: reports that are stored (or, raw, sent) and when the last one was.
 */
final class FleetProcess implements LeanDevice.Fleet {
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final LongAdder acknowledged = new LongAdder();
    private final Semaphore joining = new Semaphore(200);
    private volatile CountDownLatch joined = new CountDownLatch(0);
    private volatile long lastNanos;

    private FleetProcess() {}

    public static void main(String[] arguments) throws IOException {
        FleetProcess fleet = new FleetProcess();
        Fork.serve(command -> {
            String[] words = command.split(" ", -1);
            return switch (words[0]) {
                case "connect" ->
                    fleet.connect(
                            Integer.parseInt(words[1]),
                            Integer.parseInt(words[2]),
                            words[3].equals("engine"),
                            words.length > 4);
                case "await" -> fleet.await(Long.parseLong(words[1]));
                default -> Processes.figures(command);
            };
        });
        System.exit(0);
    }

    private double[] connect(int port, int count, boolean isOfEngine, boolean isTls) {
        joined = new CountDownLatch(count);
        SslContext tls = isTls ? LoadTls.client() : null;
        try {
            for (int i = 0; i < count; i++) {
                joining.acquire();
                String name = "device-" + i;
                var unused = new Bootstrap()
                        .group(loops)
                        .channel(NioSocketChannel.class)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .handler(new ChannelInitializer<SocketChannel>() {
                            @Override
                            protected void initChannel(SocketChannel channel) {
                                if (tls != null) {
                                    LoadTls.addTo(channel, tls);
                                }
                                new LeanDevice(name, isOfEngine, FleetProcess.this).addTo(channel.pipeline());
                            }
                        })
                        .connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            }
            boolean isComplete = joined.await(60, TimeUnit.SECONDS);
            return new double[] {isComplete ? count : count - joined.getCount()};
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new double[] {0};
        }
    }

    private double[] await(long count) {
        long heard = acknowledged.sum();
        long heardNanos = System.nanoTime();
        while (heard < count && System.nanoTime() - heardNanos < 10_000_000_000L) {
            LockSupport.parkNanos(2_000_000);
            long now = acknowledged.sum();
            if (now != heard) {
                heard = now;
                heardNanos = System.nanoTime();
            }
        }
        return new double[] {heard, lastNanos};
    }

    @Override
    public void onJoined() {
        joining.release();
        joined.countDown();
    }

    @Override
    public void onAcknowledged(int reports) {
        acknowledged.add(reports);
        lastNanos = System.nanoTime();
    }
}
