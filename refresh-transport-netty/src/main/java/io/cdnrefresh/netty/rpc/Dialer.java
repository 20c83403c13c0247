// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one engine address connected: dials, waits longer after each failure, dials again. Owned by its event loop, on
 * which its links run, too.
 */
final class Dialer {
    private static final Logger logger = LoggerFactory.getLogger(Dialer.class);

    private final RpcProxyTransport transport;
    private final EventLoop eventLoop;
    private final String host;
    private final int port;
    private int failures;
    private boolean isStopped;

    Dialer(RpcProxyTransport transport, EventLoop eventLoop, InetSocketAddress address) {
        this.transport = transport;
        this.eventLoop = eventLoop;
        host = address.getHostString();
        port = address.getPort();
    }

    EventLoop eventLoop() {
        return eventLoop;
    }

    String address() {
        return host + ":" + port;
    }

    /** Dials after a random part of the spread. From any thread. */
    void start() {
        execute(() -> dialAfter(spread()));
    }

    private long spread() {
        long spreadNanos = transport.settings().spread().toNanos();
        return spreadNanos == 0 ? 0 : ThreadLocalRandom.current().nextLong(spreadNanos);
    }

    private void dialAfter(long delayNanos) {
        if (!isStopped) {
            var unused = eventLoop.schedule(this::dial, delayNanos, TimeUnit.NANOSECONDS);
        }
    }

    private void dial() {
        if (isStopped) {
            return;
        }
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        if (literal != null) {
            connect(new InetSocketAddress(address(literal), port));
            return;
        }
        boolean isTaken = transport.resolve(() -> {
            try {
                InetAddress resolved = InetAddress.getByName(host);
                execute(() -> connect(new InetSocketAddress(resolved, port)));
            } catch (UnknownHostException e) {
                execute(() -> failed("unknown host"));
            }
        });
        if (!isTaken) {
            failed("too many names to look up");
        }
    }

    private static InetAddress address(byte[] literal) {
        try {
            return InetAddress.getByAddress(literal);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an IP address of " + literal.length + " bytes", e);
        }
    }

    private void connect(InetSocketAddress resolved) {
        if (isStopped) {
            return;
        }
        Bootstrap bootstrap = transport.bootstrap().group(eventLoop).handler(new ChannelInitializer<SocketChannel>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                admit(channel);
            }
        });
        var unused = bootstrap.connect(resolved).addListener((ChannelFuture connected) -> {
            if (!connected.isSuccess()) {
                failed(String.valueOf(connected.cause().getMessage()));
            }
        });
    }

    private void admit(SocketChannel channel) {
        transport.opened(channel);
        FrameDecoder decoder = new FrameDecoder(Protocol.HANDSHAKE_BYTES);
        Supplier<SslContext> tls = transport.settings().tls();
        if (tls != null) {
            channel.pipeline().addLast(tls.get().newHandler(channel.alloc(), host, port));
        }
        channel.pipeline().addLast(decoder, new ProxyLink(transport, this, channel, decoder));
    }

    /** A connect failed. */
    private void failed(String reason) {
        if (failures == 0) {
            logger.info("engine not reached, trying again address={} reason={}", address(), reason);
        }
        dialAfter(backoff());
    }

    private long backoff() {
        ProxySettings settings = transport.settings();
        long cap = settings.maxBackoff().toNanos();
        long step = settings.minBackoff().toNanos() << Math.min(failures, 20);
        long most = step <= 0 || step > cap ? cap : step;
        failures++;
        return most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1);
    }

    /** The engine took us: failures before this do not count any more. */
    void joined() {
        failures = 0;
    }

    /** The link is closed; dials again, not before the given time. */
    void closed(Duration notBefore) {
        long least = notBefore.toNanos();
        long jitter = least == 0 ? 0 : ThreadLocalRandom.current().nextLong(least / 5 + 1);
        dialAfter(Math.max(backoff() + spread(), least + jitter));
    }

    /** Dials no more. From any thread. */
    void stop() {
        execute(() -> isStopped = true);
    }

    private void execute(Runnable step) {
        try {
            eventLoop.execute(step);
        } catch (RejectedExecutionException ended) {
            logger.debug("step dropped, the event loop has ended address={}", address());
        }
    }
}
