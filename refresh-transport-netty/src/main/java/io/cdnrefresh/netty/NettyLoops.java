// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event loops of a process: HTTP server and client on one set, RPC on another, or all on one set where cores are
 * few. Native epoll where Netty's library for it is present, else NIO; chosen and logged once, at creation.
 *
 * <p>Thread-safe. Threads are named {@code http-accept}, {@code http-io-N}, {@code rpc-accept}, {@code rpc-io-N} and
 * start when first used; a shared set bears the {@code http} names. Every server and client built on these loops is to
 * be closed before them.
 */
public final class NettyLoops implements AutoCloseable {
    /** Up to this many cores HTTP and RPC share one set unless told otherwise. */
    private static final int CORES_THAT_SHARE = 4;

    private static final int MAX_THREADS = 256;
    /** Loops that accept where several may listen on one port, unless told otherwise. */
    private static final int NATIVE_ACCEPTORS = 4;

    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);
    private static final Logger logger = LoggerFactory.getLogger(NettyLoops.class);

    private final IoEventLoopGroup httpAccept;
    private final IoEventLoopGroup http;
    private final IoEventLoopGroup rpcAccept;
    private final IoEventLoopGroup rpc;
    private final boolean isOwner;
    private final boolean isNative;
    private final int acceptors;
    private final LoopThreads threads;

    private NettyLoops(Builder builder) {
        threads = new LoopThreads();
        IoEventLoopGroup given = builder.group;
        isOwner = given == null;
        if (given != null) {
            isNative = given.isIoType(EpollIoHandler.class);
            http = given;
            httpAccept = given;
            rpc = given;
            rpcAccept = given;
            acceptors = 1;
            return;
        }
        isNative = Epoll.isAvailable();
        int cores = Runtime.getRuntime().availableProcessors();
        int httpThreads = builder.httpThreads == 0 ? cores : builder.httpThreads;
        int wanted = builder.acceptThreads == 0 ? Math.min(cores, NATIVE_ACCEPTORS) : builder.acceptThreads;
        acceptors = isNative ? wanted : 1;
        httpAccept = group(acceptors, "http-accept");
        http = group(httpThreads, "http-io");
        boolean isShared = builder.rpcThreads == 0 && cores <= CORES_THAT_SHARE;
        int rpcThreads = builder.rpcThreads == 0 ? cores : builder.rpcThreads;
        rpcAccept = isShared ? httpAccept : group(acceptors, "rpc-accept");
        rpc = isShared ? http : group(rpcThreads, "rpc-io");
        logger.info(
                "event loops created transport={} acceptors={} httpThreads={} rpcThreads={}",
                transportName(),
                acceptors,
                httpThreads,
                isShared ? "shared" : Integer.valueOf(rpcThreads));
    }

    /** Loops of the default size: one thread a core for HTTP and as many for RPC, one set for both on 4 cores or less. */
    public static NettyLoops create() {
        return builder().build();
    }

    /** Starts the description of other loops. */
    public static Builder builder() {
        return new Builder();
    }

    private IoEventLoopGroup group(int count, String name) {
        IoHandlerFactory factory = isNative ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        return new MultiThreadIoEventLoopGroup(count, threads.factory(name, count), factory);
    }

    /** The loop that accepts HTTP connections. */
    public EventLoopGroup httpAccept() {
        return httpAccept;
    }

    /** The loops of HTTP connections, of the server and the client. */
    public EventLoopGroup http() {
        return http;
    }

    /** The loop that accepts RPC connections. */
    public EventLoopGroup rpcAccept() {
        return rpcAccept;
    }

    /** The loops of RPC connections; the same object as {@link #http()} where they are shared. */
    public EventLoopGroup rpc() {
        return rpc;
    }

    /**
     * Listens: once with NIO; with epoll once on each accepting loop, by SO_REUSEPORT, so that the kernel spreads new
     * connections over them. Blocks until that is so. The port is the same for all, also where any free one was asked for.
     *
     * @return a failed future if one could not be bound, else the last one; {@code listeners} has all that are open
     */
    public static ChannelFuture listen(
            ServerBootstrap bootstrap, NettyLoops loops, InetSocketAddress address, List<Channel> listeners) {
        if (loops.isNative && loops.acceptors > 1) {
            bootstrap.option(UnixChannelOption.SO_REUSEPORT, true);
        }
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        for (int i = 1; bound.isSuccess() && i <= loops.acceptors; i++) {
            listeners.add(bound.channel());
            if (i < loops.acceptors) {
                int port = ((InetSocketAddress) listeners.get(0).localAddress()).getPort();
                bound = bootstrap
                        .bind(new InetSocketAddress(address.getHostString(), port))
                        .awaitUninterruptibly();
            }
        }
        return bound;
    }

    /** How many loops accept connections on one port. */
    public int acceptors() {
        return acceptors;
    }

    /** The channel type for listening on these loops. */
    public Class<? extends ServerSocketChannel> serverChannelType() {
        return isNative ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    /** The channel type for connecting from these loops. */
    public Class<? extends SocketChannel> socketChannelType() {
        return isNative ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    /** The allocator for every channel on these loops: pooled, whatever the process default is. */
    public ByteBufAllocator allocator() {
        return PooledByteBufAllocator.DEFAULT;
    }

    /** True with epoll, false with NIO. */
    public boolean isNative() {
        return isNative;
    }

    /** {@code epoll} or {@code nio}, for logs and stats. */
    public String transportName() {
        return isNative ? "epoll" : "nio";
    }

    /**
     * Closes a listening channel and waits until the kernel refuses new connections. NIO gives the socket back only in
     * the selection that follows the close: until then the kernel goes on taking connections that nobody will accept.
     * Blocks up to {@code timeoutNanos}: never call it on one of the loops.
     */
    public static void closeListener(Channel listener, long timeoutNanos) {
        long deadlineNanos = System.nanoTime() + timeoutNanos;
        if (!listener.close().awaitUninterruptibly(timeoutNanos, TimeUnit.NANOSECONDS)) {
            logger.warn("listener not closed in time address={}", listener.localAddress());
            return;
        }
        if (listener instanceof NioServerSocketChannel && !listener.eventLoop().isShuttingDown()) {
            // What the loop itself schedules is not run before it has selected once more; what another thread schedules
            // may
            // be, when its time has come by the moment that the loop takes it over.
            EventLoop loop = listener.eventLoop();
            Promise<@Nullable Void> selected = loop.newPromise();
            loop.execute(() -> {
                var unused = loop.schedule(() -> selected.trySuccess(null), 1, TimeUnit.NANOSECONDS);
            });
            selected.awaitUninterruptibly(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        }
    }

    /**
     * Ends the loops and waits until their threads are gone. Blocks up to {@code timeout}: never call it on one of the
     * loops. Repeated calls are harmless. A group that was given to the builder is left alone.
     *
     * @return true if no thread is left
     */
    public boolean shutdown(Duration timeout) {
        requireNonNull(timeout, "timeout");
        if (!isOwner) {
            return true;
        }
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        Set<IoEventLoopGroup> groups = new LinkedHashSet<>();
        Collections.addAll(groups, httpAccept, rpcAccept, http, rpc);
        // No quiet period: servers and clients were closed before, nothing new is expected.
        for (IoEventLoopGroup group : groups) {
            var unused = group.shutdownGracefully(0, Math.max(1, timeout.toMillis()), TimeUnit.MILLISECONDS);
        }
        boolean isDone = threads.join(deadlineNanos);
        if (!isDone) {
            logger.warn("event loops not ended in time timeout={} threads={}", timeout, threads.alive());
        }
        return isDone;
    }

    /** {@link #shutdown} with 10 s. */
    @Override
    public void close() {
        shutdown(CLOSE_TIMEOUT);
    }

    /** Describes loops. Not thread-safe. */
    public static final class Builder {
        private int acceptThreads;
        private int httpThreads;
        private int rpcThreads;
        private @Nullable IoEventLoopGroup group;

        private Builder() {}

        /**
         * Threads that accept connections, 1 to 256; 0, the default, takes one a core and at most 4. NIO has one, whatever is
         * asked for.
         */
        public Builder acceptThreads(int count) {
            acceptThreads = check("acceptThreads", count);
            return this;
        }

        /** Threads for HTTP connections, 1 to 256; 0, the default, takes one a core. */
        public Builder httpThreads(int count) {
            httpThreads = check("httpThreads", count);
            return this;
        }

        /** Threads for RPC connections, 1 to 256; 0, the default, takes one a core, or HTTP's on 4 cores or less. */
        public Builder rpcThreads(int count) {
            rpcThreads = check("rpcThreads", count);
            return this;
        }

        /** Uses a group of the embedder for everything, on NIO or epoll. It stays the embedder's to end. */
        public Builder group(IoEventLoopGroup group) {
            requireNonNull(group, "group");
            if (!group.isIoType(NioIoHandler.class) && !group.isIoType(EpollIoHandler.class)) {
                throw new IllegalArgumentException("group: " + group + " (expected: loops on NIO or epoll)");
            }
            this.group = group;
            return this;
        }

        /** Creates the loops; opens selectors, starts no thread. */
        public NettyLoops build() {
            return new NettyLoops(this);
        }

        private static int check(String key, int count) {
            if (count < 0 || count > MAX_THREADS) {
                throw new IllegalArgumentException(key + ": " + count + " (expected: 0.." + MAX_THREADS + ")");
            }
            return count;
        }
    }
}
