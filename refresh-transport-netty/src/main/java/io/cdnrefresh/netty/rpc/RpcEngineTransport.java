// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.codec.CommandCodec;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import io.cdnrefresh.spi.ProxyToken;
import io.cdnrefresh.spi.Standing;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's side of the binary protocol (docs/protocol.md): listens, and sends each frame, encoded and compressed
 * once, to every link that it is for. Thread-safe; {@link #shutdown} is not to be called on an event loop.
 */
public final class RpcEngineTransport implements EngineTransport {
    private static final Logger logger = LoggerFactory.getLogger(RpcEngineTransport.class);
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(256 << 10, 1 << 20);
    private static final int BACKLOG = 8_192;

    private final EngineSettings settings;
    private final NettyLoops loops;
    private final boolean ownsLoops;
    private final Map<EventLoop, EngineLoop> byLoop = new ConcurrentHashMap<>();
    private final List<EngineLoop> engineLoops = new CopyOnWriteArrayList<>();
    private final DeviceLinks byDevice = new DeviceLinks(this::handler);
    private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final List<Channel> listeners = new CopyOnWriteArrayList<>();
    private final LongAdder faults = new LongAdder();
    private volatile @Nullable EngineEpoch epoch;
    private volatile @Nullable Handler handler;
    private volatile boolean isShutDown;

    private RpcEngineTransport(Builder builder) {
        settings = builder.settings();
        ownsLoops = builder.loops == null;
        loops = builder.loops == null ? NettyLoops.create() : builder.loops;
    }

    /** Starts the description of a transport. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Opens the listening socket.
     *
     * @throws RefreshException if the address cannot be bound; retryable
     */
    @Override
    public void start(EngineEpoch engine, Handler newHandler) {
        if (handler != null) {
            throw new IllegalStateException("start: called twice");
        }
        epoch = engine;
        handler = newHandler;
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops.rpcAccept(), loops.rpc())
                .channel(loops.serverChannelType())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.ALLOCATOR, loops.allocator())
                .childOption(ChannelOption.ALLOCATOR, loops.allocator())
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        admit(channel);
                    }
                });
        if (loops.isNative()) {
            bootstrap.childOption(
                    EpollChannelOption.TCP_USER_TIMEOUT, (int) TimeUnit.NANOSECONDS.toMillis(settings.silenceNanos()));
        }
        InetSocketAddress address = new InetSocketAddress(settings.host(), settings.port());
        ChannelFuture bound = NettyLoops.listen(bootstrap, loops, address, listeners);
        if (!bound.isSuccess()) {
            throw new RefreshException(
                    RefreshException.Category.RETRYABLE,
                    "rpc: cannot listen on " + settings.host() + ":" + settings.port(),
                    bound.cause());
        }
        logger.info("rpc listening address={} transport={}", bound.channel().localAddress(), loops.transportName());
    }

    /** The port that is listened on; after {@link #start}. */
    public int port() {
        if (listeners.isEmpty()) {
            throw new IllegalStateException("start was not called");
        }
        return ((InetSocketAddress) listeners.get(0).localAddress()).getPort();
    }

    private void admit(SocketChannel channel) {
        if (isShutDown || channels.size() >= settings.maxLinks()) {
            var unused = channel.close();
            return;
        }
        channels.add(channel);
        EngineLoop loop = byLoop.computeIfAbsent(channel.eventLoop(), eventLoop -> {
            EngineLoop made = new EngineLoop(eventLoop, settings);
            engineLoops.add(made);
            return made;
        });
        FrameDecoder decoder = new FrameDecoder(Protocol.HANDSHAKE_BYTES);
        Supplier<SslContext> tls = settings.tls();
        if (tls != null) {
            channel.pipeline().addLast(tls.get().newHandler(channel.alloc()));
        }
        channel.pipeline().addLast(decoder, new DeviceLink(this, loop, channel, decoder));
    }

    @Override
    public Frame encode(long firstSequence, List<Command> commands) {
        byte[] payload = CommandCodec.encode(firstSequence, commands);
        if (payload.length <= settings.maxFrameBytes()) {
            return new RpcFrame(
                    firstSequence,
                    Protocol.frame(loops.allocator(), FrameType.COMMANDS, payload, settings.compression()));
        }
        ByteBuf several = loops.allocator().directBuffer(payload.length);
        try {
            encodeHalves(several, firstSequence, commands);
        } catch (RuntimeException e) {
            several.release();
            throw e;
        }
        return new RpcFrame(firstSequence, several);
    }

    /** The commands of a frame that this transport has made, decoded again. */
    public List<Command> commandsOf(Frame frame) {
        return ((RpcFrame) frame).commands();
    }

    private void encodeHalves(ByteBuf out, long firstSequence, List<Command> commands) {
        byte[] payload = CommandCodec.encode(firstSequence, commands);
        if (payload.length > settings.maxFrameBytes()) {
            int half = commands.size() / 2;
            if (half == 0) {
                throw new IllegalArgumentException("command " + commands.get(0).id() + ": " + payload.length
                        + " bytes (expected: at most " + settings.maxFrameBytes() + ")");
            }
            encodeHalves(out, firstSequence, commands.subList(0, half));
            encodeHalves(out, firstSequence + half, commands.subList(half, commands.size()));
            return;
        }
        ByteBuf one = Protocol.frame(loops.allocator(), FrameType.COMMANDS, payload, settings.compression());
        out.writeBytes(one);
        one.release();
    }

    @Override
    public void publish(Frame frame, DeviceSet devices) {
        if (isShutDown || devices.isEmpty()) {
            return;
        }
        for (EngineLoop loop : engineLoops) {
            loop.publish((RpcFrame) frame, devices);
        }
    }

    @Override
    public void resume(int device, FrameSource source) {
        DeviceLink link = byDevice.get(device);
        if (link != null) {
            link.resume(source);
        }
    }

    @Override
    public void tell(int device, Standing standing) {
        DeviceLink link = byDevice.get(device);
        if (link != null) {
            link.execute(() -> link.tell(standing));
        }
    }

    @Override
    public void disconnect(int device, String reason) {
        DeviceLink link = byDevice.get(device);
        if (link != null) {
            link.disconnect(reason);
        }
    }

    @Override
    public void shutdown(Duration deadline) {
        long deadlineNanos = System.nanoTime() + deadline.toNanos();
        isShutDown = true;
        listeners.forEach(listening -> NettyLoops.closeListener(listening, left(deadlineNanos)));
        byte[] farewell = new Payloads.Farewell(Duration.ZERO, "engine shuts down").encode();
        for (EngineLoop loop : engineLoops) {
            loop.eventLoop().execute(() -> {
                loop.finish();
                loop.drainNotice(farewell);
            });
        }
        channels.newCloseFuture().awaitUninterruptibly(left(deadlineNanos), TimeUnit.NANOSECONDS);
        channels.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        if (ownsLoops) {
            loops.shutdown(Duration.ofNanos(Math.max(left(deadlineNanos), TimeUnit.SECONDS.toNanos(1))));
        }
    }

    private static long left(long deadlineNanos) {
        return Math.max(0, deadlineNanos - System.nanoTime());
    }

    /** Connections that are open now, accepted or not yet. */
    public int links() {
        return channels.size();
    }

    /** Connections closed because what came over them was not this protocol; since the start. */
    public long protocolFaults() {
        return faults.sum();
    }

    void countFault() {
        faults.increment();
    }

    EngineSettings settings() {
        return settings;
    }

    EngineEpoch epoch() {
        return requireNonNull(epoch, "start was not called");
    }

    Handler handler() {
        return requireNonNull(handler, "start was not called");
    }

    DeviceLinks devices() {
        return byDevice;
    }

    /** Describes a transport. Not thread-safe. */
    public static final class Builder {
        private String host = "127.0.0.1";
        private int port;
        private int maxFrameBytes = 8 << 20;
        private int linkBytes = 8 << 20;
        private int maxLinks = 20_000;
        private int compressAboveBytes = 512;
        private Duration heartbeat = Duration.ofSeconds(5);
        private @Nullable String token;
        private boolean isTokenPerDevice;
        private @Nullable Supplier<SslContext> tls;
        private boolean isNamedByCertificate;
        private Supplier<List<String>> peers = List::of;
        private @Nullable NettyLoops loops;

        private Builder() {}

        /** Address to listen on; default 127.0.0.1. */
        public Builder host(String newHost) {
            host = requireNonNull(newHost, "host");
            return this;
        }

        /** Port to listen on, 0 to 65,535; default 0 = any that is free. */
        public Builder port(int newPort) {
            port = Checks.range("port", newPort, 0, 65_535);
            return this;
        }

        /** The largest payload that is sent or taken, 64 KiB to 64 MiB; default 8 MiB. Proxies need at least the same. */
        public Builder maxFrameBytes(int bytes) {
            maxFrameBytes = Checks.range("maxFrameBytes", bytes, 64 << 10, 64 << 20);
            return this;
        }

        /** What may wait for one device's socket before the device lags, 64 KiB to 1 GiB; default 8 MiB. */
        public Builder linkBytes(int bytes) {
            linkBytes = Checks.range("linkBytes", bytes, 64 << 10, 1 << 30);
            return this;
        }

        /** Connections at one time, 1 to 1,000,000; default 20,000. More are closed at once. */
        public Builder maxLinks(int links) {
            maxLinks = Checks.range("maxLinks", links, 1, 1_000_000);
            return this;
        }

        /** Payloads above this are compressed when that saves a tenth; 0 = never; default 512 bytes. */
        public Builder compressAboveBytes(int bytes) {
            compressAboveBytes = Checks.range("compressAboveBytes", bytes, 0, 64 << 20);
            return this;
        }

        /** Time between heartbeats, both ways, 10 ms to 10 min; default 5 s. Three without a byte close the link. */
        public Builder heartbeat(Duration interval) {
            heartbeat = Checks.range("heartbeat", interval, Duration.ofMillis(10), Duration.ofMinutes(10));
            return this;
        }

        /** A secret that every proxy has to know; default none. */
        public Builder token(@Nullable String secret) {
            token = secret;
            return this;
        }

        /** A proxy has not the secret itself, but {@link ProxyToken#of} for its own device. */
        public Builder tokenPerDevice() {
            isTokenPerDevice = true;
            return this;
        }

        /** TLS for every link, asked for at each connect; default none. */
        public Builder tls(@Nullable Supplier<SslContext> contexts) {
            tls = contexts;
            return this;
        }

        /**
         * A proxy may only be the device that its certificate names: as its common name, or as a DNS name. The TLS contexts
         * have to ask for certificates.
         */
        public Builder namedByCertificate() {
            isNamedByCertificate = true;
            return this;
        }

        /** Addresses, {@code host:port}, of the engines that proxies are told of; asked at each connect, never blocks. */
        public Builder peers(Supplier<List<String>> addresses) {
            peers = requireNonNull(addresses, "peers");
            return this;
        }

        /** Event loops to use; they stay the caller's. Default: own ones. */
        public Builder loops(@Nullable NettyLoops newLoops) {
            loops = newLoops;
            return this;
        }

        private EngineSettings settings() {
            return new EngineSettings(
                    host,
                    port,
                    maxFrameBytes,
                    linkBytes,
                    maxLinks,
                    heartbeat,
                    new Compression(compressAboveBytes),
                    new SharedToken(new ProxyToken(token, isTokenPerDevice)),
                    tls,
                    isNamedByCertificate,
                    peers);
        }

        /** Creates the transport; opens nothing. */
        public RpcEngineTransport build() {
            return new RpcEngineTransport(this);
        }
    }
}
