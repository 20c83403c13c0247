// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.EngineClock;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP/1.1 front of an {@link ApiEndpoint}: keep-alive and pipelining with answers in order, one whole body per
 * request, every size and every wait bounded, answers of RFC 9457 to what is not a request.
 *
 * <p>Thread-safe. The endpoint is called on event loops. Answered here, before the endpoint: 400 malformed or ambiguous
 * framing, 408 slow body, 413 large body, 414 long request line, 417 unknown expectation, 431 large headers, 503 too
 * many requests under way, 505 other versions; the connection ends after each of these but 503. A slow head or a client
 * that does not read its answers is cut off. While {@code maxPipelined} requests of a connection are unanswered it is
 * not read.
 *
 * <pre>
 * start() ─▶ serving ─ stopAccepting() ─▶ answering what is under way ─ shutdown(timeout) ─▶ closed
 * </pre>
 */
public final class HttpApiServer implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(HttpApiServer.class);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
    private static final int BACKLOG = 4096;
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 256 * 1024);

    private final NettyLoops loops;
    private final boolean isOwnerOfLoops;
    private final InetSocketAddress address;
    private final @Nullable Supplier<SslContext> tls;
    private final ServerContext context;
    private final List<Channel> listeners = new CopyOnWriteArrayList<>();
    private volatile int boundPort;

    HttpApiServer(HttpApiServerBuilder builder, ServerLimits limits) {
        NettyLoops given = builder.loops();
        isOwnerOfLoops = given == null;
        loops = given == null ? NettyLoops.create() : given;
        address = new InetSocketAddress(builder.host(), builder.port());
        tls = builder.tls();
        context = new ServerContext(builder.endpoint(), builder.refusals(), limits, EngineClock.system());
    }

    /** Starts the description of a server. */
    public static HttpApiServerBuilder builder(ApiEndpoint endpoint) {
        return new HttpApiServerBuilder(requireNonNull(endpoint, "endpoint"));
    }

    /**
     * Listens. Blocks until that is so.
     *
     * @throws RefreshException if the address cannot be listened on
     * @throws IllegalStateException if it was started before
     */
    public synchronized void start() {
        if (!listeners.isEmpty() || context.isDraining) {
            throw new IllegalStateException("started before");
        }
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops.httpAccept(), loops.http())
                .channel(loops.serverChannelType())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.ALLOCATOR, loops.allocator())
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        initialise(channel);
                    }
                });
        ChannelFuture bind = NettyLoops.listen(bootstrap, loops, address, listeners);
        if (!bind.isSuccess()) {
            throw new RefreshException(
                    RefreshException.Category.PERMANENT, "cannot listen on " + address, bind.cause());
        }
        boundPort = ((InetSocketAddress) bind.channel().localAddress()).getPort();
        logger.info("http listening host={} port={} tls={}", address.getHostString(), port(), tls != null);
    }

    private void initialise(SocketChannel channel) {
        ServerCounters counters = context.counters;
        if (counters.open.incrementAndGet() > context.limits.maxConnections()) {
            counters.open.decrementAndGet();
            counters.refused.increment();
            var unused = channel.close();
            return;
        }
        counters.accepted.increment();
        channel.closeFuture().addListener(closed -> counters.open.decrementAndGet());
        if (tls != null) {
            channel.pipeline().addLast("tls", tls.get().newHandler(channel.alloc()));
        }
        RequestDecoder decoder = new RequestDecoder(context.limits);
        channel.pipeline().addLast(decoder, new ApiConnection(context, channel, decoder));
    }

    /**
     * The port it listens on, also after it stopped.
     *
     * @throws IllegalStateException if it was not started
     */
    public int port() {
        if (boundPort == 0) {
            throw new IllegalStateException("not started");
        }
        return boundPort;
    }

    /** Counters and gauges. O(1). */
    public HttpServerStats stats() {
        return context.counters.snapshot();
    }

    /**
     * Closes the listening socket and idle connections. What is under way is answered, the last answer of a connection
     * with {@code Connection: close}. Returns when nothing new can arrive; repeated calls are harmless.
     */
    public void stopAccepting() {
        context.isDraining = true;
        listeners.forEach(listener -> NettyLoops.closeListener(listener, CLOSE_TIMEOUT.toNanos()));
        for (ApiConnection connection : context.connections) {
            connection.channel().eventLoop().execute(connection::onDraining);
        }
    }

    /**
     * Stops accepting, waits for the answers under way, then closes every connection. Blocks up to {@code timeout},
     * plus what its own loops need to end if none were given. Never called on an event loop.
     *
     * @return how many connections had to be cut off
     */
    public int shutdown(Duration timeout) {
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        stopAccepting();
        List<ApiConnection> left = List.copyOf(context.connections);
        int cut = 0;
        for (ApiConnection connection : left) {
            long leftNanos = Math.max(0, deadlineNanos - System.nanoTime());
            if (!connection.channel().closeFuture().awaitUninterruptibly(leftNanos, TimeUnit.NANOSECONDS)) {
                cut++;
                var unused = connection.channel().close();
            }
        }
        for (ApiConnection connection : left) {
            boolean unused = connection.channel().closeFuture().awaitUninterruptibly(1, TimeUnit.SECONDS);
        }
        if (isOwnerOfLoops) {
            loops.close();
        }
        return cut;
    }

    /** {@link #shutdown} with 5 s. */
    @Override
    public void close() {
        int cut = shutdown(CLOSE_TIMEOUT);
        if (cut > 0) {
            logger.warn("connections cut off at the end count={}", cut);
        }
    }
}
