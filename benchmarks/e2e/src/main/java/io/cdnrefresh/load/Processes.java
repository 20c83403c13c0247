// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.load;

import com.sun.management.ThreadMXBean;
import io.cdnrefresh.goals.ProcessCpu;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What every process of a run can be asked about itself. */
final class Processes {
    private static final Logger logger = LoggerFactory.getLogger(Processes.class);

    private Processes() {}

    /**
     * {@code cpu}: nanoseconds of processor time; {@code memory}: bytes of heap in use after a collection, number of
     * threads; {@code gc}: milliseconds of collections, their number, milliseconds that the process is alive.
     */
    static double[] figures(String command) {
        return switch (command) {
            case "cpu" -> new double[] {ProcessCpu.nanos()};
            case "threads" -> {
                threads();
                yield new double[] {0};
            }
            case "allocated" -> new double[] {allocated()};
            case "memory" -> {
                System.gc();
                yield new double[] {
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                    ManagementFactory.getThreadMXBean().getThreadCount()
                };
            }
            case "gc" -> {
                long millis = 0;
                long count = 0;
                for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
                    millis += collector.getCollectionTime();
                    count += collector.getCollectionCount();
                }
                yield new double[] {
                    millis, count, ManagementFactory.getRuntimeMXBean().getUptime()
                };
            }
            default -> throw new IllegalArgumentException("command: " + command);
        };
    }

    /** Listens on a free port of the loopback as bare Netty does. */
    static Channel listen(EventLoopGroup loops, Consumer<SocketChannel> accepted) {
        return new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accepted.accept(channel);
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .syncUninterruptibly()
                .channel();
    }

    static double[] port(Channel listener) {
        return new double[] {((InetSocketAddress) listener.localAddress()).getPort()};
    }

    /** Writes what processor time each thread has had, in ms, to the error output. */
    private static void threads() {
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            StringBuilder line = new StringBuilder("threads:");
            for (Path task : tasks) {
                String spent = Files.readString(task.resolve("schedstat")).split(" ", -1)[0];
                long millis = Long.parseLong(spent) / 1_000_000;
                if (millis > 20) {
                    line.append(' ')
                            .append(Files.readString(task.resolve("comm"))
                                    .strip()
                                    .replace(' ', '-'));
                    line.append('=').append(millis);
                }
            }
            logger.warn("{}", line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Bytes that all living threads have allocated. */
    private static double allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        double sum = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            sum += Math.max(0, bytes);
        }
        return sum;
    }
}
