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
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What every process of a run can be asked about itself. */
final class Processes {
    private static final Logger logger = LoggerFactory.getLogger(Processes.class);

    /** Names as Linux cuts them: those of G1, Parallel, Serial (its work is done by the VM's thread) and ZGC. */
    private static final Pattern COLLECTOR =
            Pattern.compile("GC Thread|G1 |ParGC|PS |Z[A-Z]|XWorker|XDriver|XDirector|XStat|VM Thread");

    private Processes() {}

    /**
     * {@code cpu}: nanoseconds of processor time; {@code memory}: bytes of heap in use after a collection, number of
     * threads; {@code gc}: nanoseconds of processor time of the collector's threads; {@code compiled}: milliseconds spent
     * compiling.
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
            case "compiled" ->
                new double[] {ManagementFactory.getCompilationMXBean().getTotalCompilationTime()};
            case "gc" -> new double[] {collectorNanos()};
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
        StringBuilder line = new StringBuilder("threads:");
        eachThread((name, nanos) -> {
            if (nanos > 20_000_000) {
                line.append(' ').append(name.replace(' ', '-')).append('=').append(nanos / 1_000_000);
            }
        });
        logger.warn("{}", line);
    }

    /** Of the threads that HotSpot's collectors work with; those end with the process only. */
    private static double collectorNanos() {
        double[] sum = new double[1];
        eachThread((name, nanos) -> {
            if (COLLECTOR.matcher(name).lookingAt()) {
                sum[0] += nanos;
            }
        });
        return sum[0];
    }

    private static void eachThread(ObjLongConsumer<String> each) {
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path task : tasks) {
                String spent = Files.readString(task.resolve("schedstat")).split(" ", -1)[0];
                each.accept(Files.readString(task.resolve("comm")).strip(), Long.parseLong(spent));
            }
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
