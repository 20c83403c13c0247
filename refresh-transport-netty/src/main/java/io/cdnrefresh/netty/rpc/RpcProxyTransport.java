// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.model.Report;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.ProxyToken;
import io.cdnrefresh.spi.ProxyTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The proxy's side of the binary protocol (docs/protocol.md): one link to each engine that it was told of, by the
 * configuration or by another engine. Thread-safe; {@link #shutdown} is not to be called on an event loop.
 */
public final class RpcProxyTransport implements ProxyTransport {
    private static final Logger logger = LoggerFactory.getLogger(RpcProxyTransport.class);
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(256 << 10, 1 << 20);
    private static final int MAX_ENGINES = 256;

    private final ProxySettings settings;
    private final NettyLoops loops;
    private final boolean ownsLoops;
    private final ThreadPoolExecutor resolver;
    private final Map<String, Dialer> dialers = new ConcurrentHashMap<>();
    private final EngineLinks<ProxyLink> links = new EngineLinks<>();
    private final AtomicLong connections = new AtomicLong();
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private volatile @Nullable Handler handler;
    private volatile boolean isShutDown;

    private RpcProxyTransport(Builder builder) {
        settings = builder.settings();
        ownsLoops = builder.loops == null;
        loops = builder.loops == null ? NettyLoops.create() : builder.loops;
        resolver = new ThreadPoolExecutor(1, 1, 5, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_ENGINES), task -> {
            Thread thread = new Thread(task, "rpc-dns");
            thread.setDaemon(true);
            return thread;
        });
        resolver.allowCoreThreadTimeOut(true);
    }

    /** Starts the description of a transport. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public void start(Handler newHandler) {
        if (handler != null) {
            throw new IllegalStateException("start: called twice");
        }
        handler = newHandler;
        settings.engines().forEach(address -> dial(Addresses.parse(address)));
    }

    private void dial(InetSocketAddress address) {
        String key = address.getHostString() + ":" + address.getPort();
        if (isShutDown || dialers.size() >= MAX_ENGINES) {
            return;
        }
        Dialer dialer = new Dialer(this, loops.rpc().next(), address);
        if (dialers.putIfAbsent(key, dialer) == null) {
            dialer.start();
        }
    }

    /** Engines that another engine knows of. */
    void learn(List<String> addresses) {
        for (String address : addresses) {
            try {
                dial(Addresses.parse(address));
            } catch (IllegalArgumentException e) {
                logger.warn("address of an engine ignored, an engine told of it error={}", e.getMessage());
            }
        }
    }

    @Override
    public boolean report(EngineLink link, long batch, List<Report> reports) {
        ProxyLink open = links.get(link);
        return open != null && open.report(batch, reports);
    }

    @Override
    public void heartbeat() {
        links.all().forEach(link -> execute(link, link::beat));
    }

    @Override
    public void shutdown(Duration deadline) {
        long deadlineNanos = System.nanoTime() + deadline.toNanos();
        isShutDown = true;
        dialers.values().forEach(Dialer::stop);
        resolver.shutdownNow();
        links.all().forEach(link -> execute(link, () -> link.close("proxy shut down")));
        channels.newCloseFuture().awaitUninterruptibly(left(deadlineNanos), TimeUnit.NANOSECONDS);
        channels.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        if (ownsLoops) {
            loops.shutdown(Duration.ofNanos(Math.max(left(deadlineNanos), TimeUnit.SECONDS.toNanos(1))));
        }
    }

    private static long left(long deadlineNanos) {
        return Math.max(0, deadlineNanos - System.nanoTime());
    }

    ProxySettings settings() {
        return settings;
    }

    Handler handler() {
        return requireNonNull(handler, "start was not called");
    }

    long nextConnection() {
        return connections.incrementAndGet();
    }

    Bootstrap bootstrap() {
        return new Bootstrap()
                .channel(loops.socketChannelType())
                .option(ChannelOption.ALLOCATOR, loops.allocator())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        settings.connectTimeout().toMillis())
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
    }

    void opened(Channel channel) {
        channels.add(channel);
    }

    /** Looks a name up on the resolver's thread; false if too many wait for it. */
    boolean resolve(Runnable lookup) {
        try {
            resolver.execute(lookup);
            return true;
        } catch (RejectedExecutionException full) {
            return false;
        }
    }

    /** The links that are open. */
    EngineLinks<ProxyLink> links() {
        return links;
    }

    boolean execute(ProxyLink link, Runnable step) {
        try {
            link.channel().eventLoop().execute(step);
            return true;
        } catch (RejectedExecutionException ended) {
            return false;
        }
    }

    /** Describes a transport. Not thread-safe. */
    public static final class Builder {
        private List<String> engines = List.of();
        private int maxFrameBytes = 8 << 20;
        private int compressAboveBytes = 512;
        private Duration connectTimeout = Duration.ofSeconds(3);
        private Duration minBackoff = Duration.ofMillis(100);
        private Duration maxBackoff = Duration.ofSeconds(10);
        private Duration spread = Duration.ZERO;
        private @Nullable String token;
        private @Nullable Supplier<SslContext> tls;
        private @Nullable NettyLoops loops;

        private Builder() {}

        /** Addresses, {@code host:port}, 1 to 256 of them. */
        public Builder engines(List<String> addresses) {
            addresses.forEach(Addresses::parse);
            engines = List.copyOf(addresses);
            Checks.range("engines", engines.size(), 1, MAX_ENGINES);
            return this;
        }

        /** The largest payload that is sent or taken, 64 KiB to 64 MiB; default 8 MiB. At least the engine's. */
        public Builder maxFrameBytes(int bytes) {
            maxFrameBytes = Checks.range("maxFrameBytes", bytes, 64 << 10, 64 << 20);
            return this;
        }

        /** Payloads above this are compressed when that saves a tenth; 0 = never; default 512 bytes. */
        public Builder compressAboveBytes(int bytes) {
            compressAboveBytes = Checks.range("compressAboveBytes", bytes, 0, 64 << 20);
            return this;
        }

        /** Time for a TCP connect, 10 ms to 1 min; default 3 s. */
        public Builder connectTimeout(Duration timeout) {
            connectTimeout = Checks.range("connectTimeout", timeout, Duration.ofMillis(10), Duration.ofMinutes(1));
            return this;
        }

        /** Wait after the first failure and after many, 1 ms to 10 min; default 100 ms and 10 s. It doubles between. */
        public Builder backoff(Duration first, Duration last) {
            minBackoff = Checks.range("backoff", first, Duration.ofMillis(1), Duration.ofMinutes(10));
            maxBackoff = Checks.range("backoff", last, first, Duration.ofMinutes(10));
            return this;
        }

        /** Each first dial and each dial after a lost link waits a random part of this, 0 to 10 min; default 0. */
        public Builder spread(Duration most) {
            spread = Checks.range("spread", most, Duration.ZERO, Duration.ofMinutes(10));
            return this;
        }

        /** The secret that the engines expect; default none. */
        public Builder token(@Nullable String secret) {
            token = secret;
            return this;
        }

        /** TLS for every link, asked for at each dial; the engine's name is checked; default none. */
        public Builder tls(@Nullable Supplier<SslContext> contexts) {
            tls = contexts;
            return this;
        }

        /** Event loops to use; they stay the caller's. Default: own ones. */
        public Builder loops(@Nullable NettyLoops newLoops) {
            loops = newLoops;
            return this;
        }

        private ProxySettings settings() {
            return new ProxySettings(
                    engines,
                    maxFrameBytes,
                    connectTimeout,
                    minBackoff,
                    maxBackoff,
                    spread,
                    new Compression(compressAboveBytes),
                    new SharedToken(new ProxyToken(token, false)),
                    tls);
        }

        /**
         * Creates the transport; opens nothing.
         *
         * @throws IllegalArgumentException if no engine was named
         */
        public RpcProxyTransport build() {
            Checks.range("engines", engines.size(), 1, MAX_ENGINES);
            return new RpcProxyTransport(this);
        }
    }
}
