// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.codec.CommandCodec;
import io.cdnrefresh.codec.HealthCodec;
import io.cdnrefresh.codec.HelloCodec;
import io.cdnrefresh.codec.ReportCodec;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.netty.rpc.Payloads.Farewell;
import io.cdnrefresh.netty.rpc.Payloads.HelloFrame;
import io.cdnrefresh.netty.rpc.Payloads.Welcome;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyTransport.Handler;
import io.cdnrefresh.spi.Standing;
import io.cdnrefresh.state.SendWindow;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The proxy's end of one connection. Owned by its event loop; {@link #report} comes from any thread. */
final class ProxyLink extends SimpleChannelInboundHandler<InFrame> {
    private static final Logger logger = LoggerFactory.getLogger(ProxyLink.class);

    private final RpcProxyTransport transport;
    private final Dialer dialer;
    private final Channel channel;
    private final FrameDecoder decoder;
    private final SendWindow window = new SendWindow();
    private final PendingCommands pending = new PendingCommands();
    private final long openedNanos = System.nanoTime();
    private volatile boolean isJoined;
    private @Nullable EngineLink view;
    private boolean takesSnappy;
    private boolean isLeaving;
    private boolean isClosing;
    private boolean isOffering;
    private Duration silence = ProxySettings.HANDSHAKE_TIMEOUT;
    private Duration redialAfter = Duration.ZERO;
    private String closeReason = "connection closed by the engine";

    ProxyLink(RpcProxyTransport transport, Dialer dialer, Channel channel, FrameDecoder decoder) {
        this.transport = transport;
        this.dialer = dialer;
        this.channel = channel;
        this.decoder = decoder;
    }

    private Handler handler() {
        return transport.handler();
    }

    private EngineLink view() {
        return requireNonNull(view, "no WELCOME yet");
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        tickAfter(ProxySettings.HANDSHAKE_TIMEOUT);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, InFrame frame) {
        if (isClosing) {
            return;
        }
        boolean isKnown = view != null;
        switch (frame.type()) {
            case WELCOME -> onWelcome(Welcome.decode(frame.payload()));
            case ACCEPT -> onAccept(isKnown);
            case REFUSE -> onRefuse(Farewell.decode(frame.payload()));
            case COMMANDS -> {
                requireJoined(frame);
                pending.add(CommandCodec.decode(frame.payload()), frame.payload().length);
                offer();
            }
            case ACK -> {
                requireJoined(frame);
                long batch = window.acknowledge(Payloads.readNumber(frame.payload()));
                if (batch > 0) {
                    handler().onAcknowledged(view(), batch);
                }
            }
            case HEARTBEAT -> {
                requireJoined(frame);
                transport.learn(Payloads.decodePeers(frame.payload()));
                Standing standing = Payloads.decodeStanding(frame.payload());
                if (standing != null) {
                    handler().onStanding(view(), standing);
                }
            }
            case DRAIN -> {
                requireJoined(frame);
                Farewell farewell = Farewell.decode(frame.payload());
                redialAfter = farewell.retryAfter();
                closeReason = "engine drains: " + farewell.reason();
                isLeaving = true;
                offer();
            }
            case ERROR ->
                close("engine reports: " + Farewell.decode(frame.payload()).reason());
            default -> throw new IllegalArgumentException(frame.type() + " frame from an engine");
        }
    }

    private void requireJoined(InFrame frame) {
        if (!isJoined) {
            throw new IllegalArgumentException(frame.type() + " frame before ACCEPT");
        }
    }

    private void onWelcome(Welcome welcome) {
        if (view != null) {
            throw new IllegalArgumentException("a second WELCOME");
        }
        int version = Protocol.negotiate(welcome.oldestVersion(), welcome.version());
        if (version == 0) {
            throw new IllegalArgumentException("version: " + welcome.oldestVersion() + ".." + welcome.version()
                    + " (expected: " + Protocol.OLDEST + ".." + Protocol.CURRENT + " to be among them)");
        }
        transport.learn(welcome.peers());
        EngineLink link = new EngineLink(welcome.engine(), dialer.address(), transport.nextConnection());
        if (!transport.links().claim(link, this)) {
            redialAfter = ProxySettings.DUPLICATE_RETRY;
            close("this engine is linked under another address");
            return;
        }
        silence = Duration.ofMillis((long) welcome.heartbeatMillis() * Protocol.SILENT_HEARTBEATS);
        takesSnappy = welcome.takesSnappy();
        Hello hello;
        try {
            hello = handler().onLink(link);
        } catch (IllegalStateException olderEpoch) {
            transport.links().release(link, this);
            logger.warn("engine refused link={} reason={}", link, olderEpoch.getMessage());
            close("refused by the proxy: " + olderEpoch.getMessage());
            return;
        }
        view = link;
        byte[] proof = transport.settings().token().proof(welcome.nonce(), hello.device());
        send(
                FrameType.HELLO,
                new HelloFrame(version, Compression.isAvailable(), proof, HelloCodec.encode(hello)).encode());
    }

    private void onAccept(boolean isKnown) {
        if (!isKnown || isJoined) {
            throw new IllegalArgumentException("ACCEPT frame without a HELLO");
        }
        decoder.limit(transport.settings().maxFrameBytes());
        dialer.joined();
        isJoined = true;
        logger.info("engine linked link={}", view);
        handler().onJoined(view());
        tickAfter(silence.dividedBy(Protocol.SILENT_HEARTBEATS));
        beat();
    }

    private void onRefuse(Farewell farewell) {
        redialAfter = farewell.retryAfter();
        logger.warn("refused by engine link={} reason={} retryAfter={}", view, farewell.reason(), redialAfter);
        close("refused: " + farewell.reason());
    }

    /** Gives the proxy what has come; while it cannot take it, acknowledgements are read on. */
    private void offer() {
        if (isOffering) {
            updateReading();
            return;
        }
        if (!pending.offerTo(handler(), view())) {
            isOffering = true;
            var unused = channel.eventLoop().schedule(this::offerAgain, pending.pauseNanos(), TimeUnit.NANOSECONDS);
        } else if (isLeaving) {
            close(closeReason);
        }
        updateReading();
    }

    private void updateReading() {
        boolean isReading = !pending.isFull();
        if (isReading && !channel.config().isAutoRead()) {
            decoder.touch();
        }
        channel.config().setAutoRead(isReading);
    }

    private void offerAgain() {
        isOffering = false;
        if (!channel.isOpen() || isClosing) {
            return;
        }
        try {
            offer();
        } catch (RuntimeException e) {
            exceptionCaught(channel.pipeline().lastContext(), e);
        }
    }

    /** Sends reports in order; false if the link is not there or has to wait for acknowledgements or its socket. */
    boolean report(long batch, List<Report> reports) {
        if (!isJoined || !channel.isActive() || !channel.isWritable()) {
            return false;
        }
        List<byte[]> payloads = new ArrayList<>(1);
        encode(payloads, reports);
        // Numbers and the order of the event loop's tasks must agree.
        synchronized (window) {
            if (window.room() < payloads.size()) {
                return false;
            }
            for (int i = 0; i < payloads.size(); i++) {
                boolean isLast = i == payloads.size() - 1;
                long number = window.tryOpen(isLast ? batch : batch - 1);
                ByteBuf frame = frame(number, payloads.get(i));
                if (!transport.execute(this, () -> write(frame))) {
                    frame.release();
                    return false;
                }
            }
        }
        return true;
    }

    private ByteBuf frame(long number, byte[] reports) {
        byte[] payload = ByteBuffer.allocate(8 + reports.length)
                .putLong(number)
                .put(reports)
                .array();
        return takesSnappy
                ? Protocol.frame(
                        channel.alloc(),
                        FrameType.REPORTS,
                        payload,
                        transport.settings().compression())
                : Protocol.frame(channel.alloc(), FrameType.REPORTS, payload);
    }

    private void encode(List<byte[]> payloads, List<Report> reports) {
        byte[] payload = ReportCodec.encode(reports);
        int half = reports.size() / 2;
        if (payload.length + 8 <= transport.settings().maxFrameBytes()) {
            payloads.add(payload);
        } else if (half > 0) {
            encode(payloads, reports.subList(0, half));
            encode(payloads, reports.subList(half, reports.size()));
        } else {
            throw new IllegalArgumentException("report of " + reports.get(0).task() + ": " + payload.length
                    + " bytes (expected: at most " + transport.settings().maxFrameBytes() + ")");
        }
    }

    Channel channel() {
        return channel;
    }

    /** On the event loop. */
    void beat() {
        if (isJoined && channel.isActive()) {
            send(FrameType.HEARTBEAT, HealthCodec.encode(handler().health()));
        }
    }

    private void tickAfter(Duration delay) {
        var unused = channel.eventLoop().schedule(this::tick, delay.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void tick() {
        if (!channel.isOpen()) {
            return;
        }
        long nowNanos = System.nanoTime();
        if (!isJoined) {
            Duration limit = view == null ? ProxySettings.HANDSHAKE_TIMEOUT : ProxySettings.ANSWER_TIMEOUT;
            if (nowNanos - openedNanos >= limit.toNanos()) {
                close("no answer from the engine within " + limit.toSeconds() + " s");
            } else {
                tickAfter(ProxySettings.HANDSHAKE_TIMEOUT);
            }
            return;
        }
        // Counted, not timed: a loop that was held up must not take its own delay for the peer's silence.
        if (decoder.silentTicks() >= Protocol.SILENT_HEARTBEATS && !pending.isFull()) {
            close("silent for " + Protocol.SILENT_HEARTBEATS + " heartbeats");
            return;
        }
        if (pending.isStandingStill()) {
            close("the proxy takes no commands");
            return;
        }
        beat();
        tickAfter(silence.dividedBy(Protocol.SILENT_HEARTBEATS));
    }

    private void write(ByteBuf frame) {
        var unused = channel.writeAndFlush(frame, channel.voidPromise());
    }

    private void send(FrameType type, byte[] payload) {
        var unused = channel.writeAndFlush(Protocol.frame(channel.alloc(), type, payload), channel.voidPromise());
    }

    /** Closes after what was written has left. On the event loop. */
    void close(String reason) {
        if (!isClosing) {
            isClosing = true;
            isJoined = false;
            closeReason = reason;
            var unused = channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        isClosing = true;
        isJoined = false;
        pending.clear();
        EngineLink link = view;
        dialer.closed(redialAfter);
        if (link != null) {
            transport.links().release(link, this);
            logger.info("engine link lost link={} reason={}", link, closeReason);
            handler().onLost(link, closeReason);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Throwable fault = cause.getCause() instanceof IllegalArgumentException ? cause.getCause() : cause;
        if (fault instanceof IllegalArgumentException && !isClosing) {
            logger.warn("protocol fault address={} fault={}", dialer.address(), fault.getMessage());
            send(FrameType.ERROR, new Farewell(Duration.ZERO, String.valueOf(fault.getMessage())).encode());
            close("protocol fault: " + fault.getMessage());
            return;
        }
        if (cause.getCause() instanceof SSLException) {
            logger.warn(
                    "tls failed address={} error={}",
                    dialer.address(),
                    cause.getCause().toString());
            close("tls failed");
            return;
        }
        if (cause instanceof RuntimeException && !isClosing) {
            logger.error("link closed, a callback failed link={}", view, cause);
        }
        closeReason = "failed: " + cause;
        isClosing = true;
        var unused = channel.close();
    }
}
