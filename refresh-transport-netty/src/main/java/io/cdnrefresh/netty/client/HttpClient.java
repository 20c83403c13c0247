// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.tls.TlsFiles;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The pooled keep-alive HTTP/1.1 client of the process: purges, probes, preloads and callbacks all go through one.
 *
 * <p>Thread-safe; never blocks but in {@link #close}. One exchange at a time on a connection, no pipelining, no
 * redirects, no decompression. A response's body is always read to its end and thrown away but for the prefix that the
 * call asks to keep. A call is repeated once, on a new connection, only if the idle connection it was given had been
 * closed by the server before any byte of a response, and its method is GET, HEAD, PURGE or BAN.
 *
 * <p>Connections to one place live on one event loop, so the caps need no lock. Memory is bounded: at most
 * {@code maxInFlightPerHost} exchanges and {@code maxWaitingPerHost} waiting calls a host, {@code maxConnections} in all.
 */
public final class HttpClient implements AutoCloseable {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final NettyLoops loops;
    private final ClientLimits limits;
    private final ClientCounters counters = new ClientCounters();
    private final OffLoopResolver resolver;
    private final @Nullable Predicate<InetAddress> addresses;
    private final Map<HostKey, HostPool> pools = new ConcurrentHashMap<>();
    /** Pools whose calls wait for another pool to close a connection. */
    private final Set<HostPool> starved = ConcurrentHashMap.newKeySet();

    private final AtomicInteger openCount = new AtomicInteger();
    private volatile boolean isClosed;
    private volatile @Nullable Supplier<SslContext> tls;

    private HttpClient(Builder builder, NettyLoops loops) {
        this.loops = loops;
        this.limits = builder.limits();
        this.tls = builder.tls;
        addresses = builder.addresses;
        resolver = new OffLoopResolver(builder.lookup);
    }

    /** Starts the description of a client. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Makes a call. Never blocks, never throws for what happens on the way.
     *
     * @param listener told the outcome exactly once, whatever happens, {@link #close} included: on an event loop as a
     *     rule, on the caller's thread before this returns if the call is refused at once; must not block
     */
    public void execute(HttpCall call, Consumer<? super HttpReply> listener) {
        requireNonNull(call, "call");
        Exchange exchange = new Exchange(call, requireNonNull(listener, "listener"), counters);
        if (call.isSecure() && tls == null) {
            try {
                defaultTls();
            } catch (SSLException e) {
                exchange.fail(HttpReply.Kind.CONNECT, "no TLS in this runtime");
                return;
            }
        }
        enter(exchange, HostKey.of(call));
    }

    private void enter(Exchange exchange, HostKey key) {
        if (isClosed) {
            exchange.fail(HttpReply.Kind.CLOSED, "client closed");
            return;
        }
        HostPool pool = pools.computeIfAbsent(
                key, k -> new HostPool(this, k, loops.http().next()));
        if (!pool.tryEnter()) {
            counters.refused.increment();
            exchange.fail(HttpReply.Kind.QUEUE_FULL, "too many calls at once for " + key.host());
            return;
        }
        try {
            pool.loop().execute(() -> {
                if (!pool.submit(exchange)) {
                    enter(exchange, key);
                }
            });
        } catch (RejectedExecutionException e) {
            exchange.fail(HttpReply.Kind.CLOSED, "event loops ended");
        }
    }

    private synchronized void defaultTls() throws SSLException {
        if (tls == null) {
            SslContext trusting = SslContextBuilder.forClient()
                    .sslProvider(SslProvider.JDK)
                    .protocols(TlsFiles.VERSIONS)
                    .build();
            tls = () -> trusting;
        }
    }

    /** Counters and gauges. O(1). */
    public HttpClientStats stats() {
        return counters.snapshot();
    }

    /**
     * Ends every call with {@link HttpReply.Kind#CLOSED} and closes every connection. Waits until that is done, 5 s at
     * most; called on an event loop it does not wait. Later calls end at once. Repeated calls are harmless.
     */
    @Override
    public void close() {
        isClosed = true;
        List<HostPool> all = List.copyOf(pools.values());
        CountDownLatch left = new CountDownLatch(all.size());
        boolean isOnLoop = false;
        for (HostPool pool : all) {
            EventLoop loop = pool.loop();
            isOnLoop |= loop.inEventLoop();
            try {
                loop.execute(() -> {
                    pool.shutdown();
                    left.countDown();
                });
            } catch (RejectedExecutionException e) {
                left.countDown();
            }
        }
        resolver.close();
        if (!isOnLoop) {
            awaitQuietly(left);
        }
    }

    private static void awaitQuietly(CountDownLatch left) {
        try {
            boolean unused = left.await(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    boolean isClosed() {
        return isClosed;
    }

    ClientLimits limits() {
        return limits;
    }

    ClientCounters counters() {
        return counters;
    }

    /** Takes one of {@code maxConnections}. If none is left an idle one elsewhere is closed and the pool told later. */
    boolean tryOpen(HostPool pool) {
        if (tryCount()) {
            return true;
        }
        starved.add(pool);
        if (tryCount()) { // one was closed in between, and the note came too late for it
            starved.remove(pool);
            return true;
        }
        for (HostPool other : pools.values()) {
            if (other.idleCount() > 0) {
                other.loop().execute(other::evictOne);
                break;
            }
        }
        return false;
    }

    private boolean tryCount() {
        if (openCount.incrementAndGet() <= limits.maxConnections()) {
            return true;
        }
        openCount.decrementAndGet();
        return false;
    }

    /** A connection is gone: its place may serve those who wait for one. */
    void onClosed() {
        openCount.decrementAndGet();
        if (starved.isEmpty()) {
            return;
        }
        for (HostPool pool : List.copyOf(starved)) {
            if (starved.remove(pool)) {
                pool.loop().execute(pool::pump);
            }
        }
    }

    /** A connection became idle: closed at once if another host's calls wait for its place. */
    void onIdle(HostPool pool) {
        if (!starved.isEmpty() && pool.idleCount() > 0 && !starved.contains(pool)) {
            pool.evictOne();
        }
    }

    void forget(HostPool pool) {
        pools.remove(pool.key(), pool);
        starved.remove(pool);
    }

    ChannelFuture connect(HostPool pool) {
        HostKey key = pool.key();
        return new Bootstrap()
                .group(pool.loop())
                .channel(loops.socketChannelType())
                .resolver(resolver)
                .option(ChannelOption.ALLOCATOR, loops.allocator())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(limits.connectTimeout().toMillis()))
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        initialise(channel, pool);
                    }
                })
                .connect(InetSocketAddress.createUnresolved(key.host(), key.port()));
    }

    private void initialise(SocketChannel channel, HostPool pool) {
        ChannelPipeline pipeline = channel.pipeline();
        if (addresses != null) {
            pipeline.addLast(new AddressGuard(addresses));
        }
        HostKey key = pool.key();
        Supplier<SslContext> context = tls;
        if (key.isSecure() && context != null) {
            SslHandler handler = context.get().newHandler(channel.alloc(), key.tlsName(), key.port());
            handler.setHandshakeTimeoutMillis(limits.connectTimeout().toMillis());
            pipeline.addLast(handler);
        }
        ResponseDecoder decoder = new ResponseDecoder();
        pipeline.addLast(new HttpRequestEncoder(), decoder, new Connection(pool, channel, decoder));
    }

    /** Describes a client. Not thread-safe. */
    public static final class Builder {
        private @Nullable NettyLoops loops;
        private @Nullable Supplier<SslContext> tls;
        private @Nullable Predicate<InetAddress> addresses;
        private OffLoopResolver.Lookup lookup = InetAddress::getByName;
        private int maxInFlightPerHost = 64;
        private int maxWaitingPerHost = 1024;
        private int maxIdlePerHost = 200;
        private int maxConnections = 1000;
        private Duration idleTimeout = Duration.ofSeconds(4);
        private Duration connectTimeout = Duration.ofSeconds(3);

        private Builder() {}

        /** The loops to live on; required, and the caller's to end. */
        public Builder loops(NettyLoops loops) {
            this.loops = requireNonNull(loops, "loops");
            return this;
        }

        /** TLS for secure calls; default: 1.2 or 1.3 with the runtime's trust, host names checked. */
        public Builder tls(SslContext tls) {
            requireNonNull(tls, "tls");
            return tls(() -> tls);
        }

        /** TLS for secure calls with what this gives for each connection, so that certificates can change. */
        public Builder tls(Supplier<SslContext> contexts) {
            tls = requireNonNull(contexts, "contexts");
            return this;
        }

        /**
         * Connects to these addresses only: asked about the one that the socket is given, on an event loop. Default: all.
         */
        public Builder addresses(Predicate<InetAddress> allowed) {
            addresses = requireNonNull(allowed, "allowed");
            return this;
        }

        /** Other names than the system's. */
        Builder lookup(OffLoopResolver.Lookup names) {
            lookup = names;
            return this;
        }

        /** Exchanges at a time with one host, each on a connection of its own; 1 to 10,000, default 64. */
        public Builder maxInFlightPerHost(int count) {
            maxInFlightPerHost = check("maxInFlightPerHost", count, 1, 10_000);
            return this;
        }

        /** Calls that wait for one host; one more is refused at once; 0 to 1,000,000, default 1,024. */
        public Builder maxWaitingPerHost(int count) {
            maxWaitingPerHost = check("maxWaitingPerHost", count, 0, 1_000_000);
            return this;
        }

        /** Connections kept idle for one host; 0 to 10,000, default 200. */
        public Builder maxIdlePerHost(int count) {
            maxIdlePerHost = check("maxIdlePerHost", count, 0, 10_000);
            return this;
        }

        /** Connections in all; 1 to 100,000, default 1,000. */
        public Builder maxConnections(int count) {
            maxConnections = check("maxConnections", count, 1, 100_000);
            return this;
        }

        /** How long a connection is kept idle; 1 ms to 1 h, default 4 s: less than any common server waits. */
        public Builder idleTimeout(Duration timeout) {
            idleTimeout = check("idleTimeout", timeout);
            return this;
        }

        /** For connecting, and again for TLS; 1 ms to 1 h, default 3 s. */
        public Builder connectTimeout(Duration timeout) {
            connectTimeout = check("connectTimeout", timeout);
            return this;
        }

        /**
         * Creates the client; opens nothing yet.
         *
         * @throws IllegalArgumentException if no loops were given
         */
        public HttpClient build() {
            NettyLoops given = loops;
            if (given == null) {
                throw new IllegalArgumentException("loops: null (expected: the loops to live on)");
            }
            return new HttpClient(this, given);
        }

        private ClientLimits limits() {
            return new ClientLimits(
                    maxInFlightPerHost, maxWaitingPerHost, maxIdlePerHost, maxConnections, idleTimeout, connectTimeout);
        }

        private static int check(String key, int value, int min, int max) {
            if (value < min || value > max) {
                throw new IllegalArgumentException(key + ": " + value + " (expected: " + min + ".." + max + ")");
            }
            return value;
        }

        private static Duration check(String key, Duration value) {
            if (value.toMillis() < 1 || value.compareTo(Duration.ofHours(1)) > 0) {
                throw new IllegalArgumentException(key + ": " + value + " (expected: PT0.001S..PT1H)");
            }
            return value;
        }
    }
}
