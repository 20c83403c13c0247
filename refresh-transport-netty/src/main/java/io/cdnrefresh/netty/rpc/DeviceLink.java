// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.rpc;

import io.cdnrefresh.codec.HealthCodec;
import io.cdnrefresh.codec.ReportCodec;
import io.cdnrefresh.model.Report;
import io.cdnrefresh.netty.rpc.Payloads.Farewell;
import io.cdnrefresh.netty.rpc.Payloads.HelloFrame;
import io.cdnrefresh.spi.EngineTransport.HelloResponder;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.Standing;
import io.cdnrefresh.state.AckWindow;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.SimpleChannelInboundHandler;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's end of one connection. Owned by its event loop; {@link #accept}, {@link #refuse} and the
 * acknowledgements come from any thread.
 *
 * <pre>
 * GREETED --HELLO--> ASKED --accept--> JOINED --resume--> RESUMING --source is empty--> LIVE --too much waits--> LAGGING
 *   any --fault, silence, close--> CLOSED                    ^------------------resume------------------------------'
 * </pre>
 */
final class DeviceLink extends SimpleChannelInboundHandler<InFrame> implements HelloResponder {
    private enum State {
        GREETED,
        ASKED,
        JOINED,
        RESUMING,
        LIVE,
        LAGGING,
        CLOSED
    }

    private static final Logger logger = LoggerFactory.getLogger(DeviceLink.class);

    /** Frames pulled from a source before other links have their turn. */
    private static final int PULL_LIMIT = 32;

    private final RpcEngineTransport transport;
    private final EngineLoop loop;
    private final Channel channel;
    private final FrameDecoder decoder;
    private final byte[] nonce = SharedToken.newNonce();
    private final AtomicBoolean isAnswered = new AtomicBoolean();
    private final AtomicBoolean isAckDue = new AtomicBoolean();
    private final AckWindow window = new AckWindow();
    private final long openedNanos = System.nanoTime();
    private State state = State.GREETED;
    private int device = -1;
    private boolean takesSnappy;
    private boolean isPulling;
    private boolean isClosing;
    private long unflushedBytes;
    private String closeReason = "connection closed by the proxy";
    private @Nullable FrameSource source;
    private @Nullable Standing standing;

    DeviceLink(RpcEngineTransport transport, EngineLoop loop, Channel channel, FrameDecoder decoder) {
        this.transport = transport;
        this.loop = loop;
        this.channel = channel;
        this.decoder = decoder;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        loop.opened(this);
        send(
                FrameType.WELCOME,
                transport.settings().welcome(transport.epoch(), nonce).encode());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, InFrame frame) {
        if (state == State.CLOSED || isClosing) {
            return;
        }
        switch (frame.type()) {
            case HELLO -> onHello(HelloFrame.decode(frame.payload()));
            case REPORTS -> onReports(frame.payload());
            case HEARTBEAT -> {
                requireJoined(frame);
                if (transport.devices().isCurrent(device, this)) {
                    transport.handler().onHeartbeat(device, HealthCodec.decode(frame.payload()));
                }
            }
            case ERROR ->
                close("proxy reports: " + Farewell.decode(frame.payload()).reason());
            default -> throw new IllegalArgumentException(frame.type() + " frame from a proxy");
        }
    }

    private void requireJoined(InFrame frame) {
        if (device < 0) {
            throw new IllegalArgumentException(frame.type() + " frame before the hello was accepted");
        }
    }

    private void onHello(HelloFrame frame) {
        if (state != State.GREETED) {
            throw new IllegalArgumentException("a second HELLO");
        }
        if (frame.version() < Protocol.OLDEST || frame.version() > Protocol.CURRENT) {
            throw new IllegalArgumentException(
                    "version: " + frame.version() + " (expected: " + Protocol.OLDEST + ".." + Protocol.CURRENT + ")");
        }
        Hello hello = frame.content();
        state = State.ASKED;
        takesSnappy = frame.takesSnappy();
        if (!transport.settings().token().accepts(nonce, hello.device(), frame.proof())) {
            logger.warn("proxy refused, its token is wrong device={} remote={}", hello.device(), channel);
            refuse("wrong token", Duration.ofSeconds(30));
            return;
        }
        if (transport.settings().isNamedByCertificate() && !PeerName.isNamed(channel.pipeline(), hello.device())) {
            logger.warn("proxy refused, its certificate names another device={} remote={}", hello.device(), channel);
            refuse("the certificate does not name device " + hello.device(), Duration.ofSeconds(30));
            return;
        }
        transport.handler().onHello(hello, this);
    }

    @Override
    public void accept(int newDevice, Runnable joined) {
        answerOnce();
        transport.devices().join(newDevice, this, () -> {
            execute(() -> join(newDevice)); // before anything that hears of it asks for more
            joined.run();
        });
    }

    private void join(int newDevice) {
        if (state == State.CLOSED) {
            transport.devices().leave(newDevice, this, closeReason);
            return;
        }
        state = State.JOINED;
        device = newDevice;
        decoder.limit(transport.settings().maxFrameBytes());
        loop.joined(newDevice, this);
        send(FrameType.ACCEPT, new byte[0]);
        logger.info("device connected device={} remote={}", newDevice, channel.remoteAddress());
    }

    @Override
    public void refuse(String reason, Duration retryAfter) {
        answerOnce();
        execute(() -> {
            closeReason = "refused: " + reason;
            sendLast(FrameType.REFUSE, new Farewell(retryAfter, reason).encode());
        });
    }

    private void answerOnce() {
        if (!isAnswered.compareAndSet(false, true)) {
            throw new IllegalStateException("hello: answered twice (expected: accept or refuse, once)");
        }
    }

    private void onReports(byte[] payload) {
        if (device < 0 || payload.length < 8) {
            throw new IllegalArgumentException("REPORTS frame before the hello was accepted, or without a number");
        }
        long batch = Payloads.readNumber(Arrays.copyOf(payload, 8));
        List<Report> reports = ReportCodec.decode(Arrays.copyOfRange(payload, 8, payload.length));
        if (!window.receive(batch)) {
            throw new IllegalArgumentException(
                    "batch: " + batch + " (expected: the next, at most " + AckWindow.SIZE + " open)");
        }
        if (transport.devices().isCurrent(device, this)) {
            transport.handler().onReports(device, reports, () -> acknowledge(batch));
        }
    }

    private void acknowledge(long batch) {
        if (window.complete(batch) && isAckDue.compareAndSet(false, true)) {
            execute(() -> {
                isAckDue.set(false);
                if (state != State.CLOSED) {
                    send(FrameType.ACK, Payloads.number(window.acknowledged()));
                }
            });
        }
    }

    void resume(FrameSource newSource) {
        execute(() -> {
            if (state == State.CLOSED || device < 0) {
                return;
            }
            source = newSource;
            state = State.RESUMING;
            pull();
        });
    }

    /** Sends from the source while the socket takes it. */
    private void pull() {
        FrameSource from = source;
        if (isPulling || from == null || state != State.RESUMING) {
            return;
        }
        isPulling = true;
        try {
            int pulled = 0;
            while (channel.isWritable() && pulled < PULL_LIMIT) {
                Frame next = from.next();
                if (next == null) {
                    source = null;
                    state = State.LIVE;
                    break;
                }
                write((RpcFrame) next);
                next.release();
                pulled++;
            }
            flush();
        } catch (RuntimeException e) {
            logger.error("link closed, the source of its frames failed device={}", device, e);
            close("engine failed");
        } finally {
            isPulling = false;
        }
        if (state == State.RESUMING && channel.isWritable()) {
            execute(this::pull);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (channel.isWritable() && !isPulling && state == State.RESUMING) {
            pull();
        }
    }

    /** Writes a frame without flushing; false if nothing was written. */
    boolean publish(RpcFrame frame) {
        ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
        if (state != State.LIVE || outbound == null) {
            return false;
        }
        // Behind TLS what is not flushed is not in the outbound buffer yet; without TLS it is counted twice.
        long waiting = outbound.totalPendingWriteBytes() + unflushedBytes;
        if (waiting > 0 && waiting + frame.sizeBytes() > transport.settings().linkBytes()) {
            lag(frame.firstSequence());
            return false;
        }
        write(frame);
        return true;
    }

    private void write(RpcFrame frame) {
        ByteBuf bytes = takesSnappy ? frame.retainedBytes() : frame.plainBytes(channel.alloc());
        if (transport.settings().tls() != null) {
            unflushedBytes += bytes.readableBytes();
        }
        var unused = channel.write(bytes, channel.voidPromise());
    }

    void flush() {
        unflushedBytes = 0;
        channel.flush();
    }

    void lag(long fromSequence) {
        if (state == State.LIVE) {
            state = State.LAGGING;
            flush();
            logger.info("device lags device={} fromSequence={}", device, fromSequence);
            if (transport.devices().isCurrent(device, this)) {
                transport.handler().onLagging(device, fromSequence);
            }
        }
    }

    void tick(long nowNanos) {
        if (isClosing) {
            close(closeReason);
            return;
        }
        long openNanos = nowNanos - openedNanos;
        if (device < 0) {
            Duration limit = state == State.GREETED ? EngineSettings.HANDSHAKE_TIMEOUT : EngineSettings.ANSWER_TIMEOUT;
            if (openNanos > limit.toNanos()) {
                close("no handshake within " + limit.toSeconds() + " s");
            }
            return;
        }
        // Counted, not timed: a loop that was held up must not take its own delay for the peer's silence.
        if (decoder.silentTicks() >= Protocol.SILENT_HEARTBEATS) {
            close("silent for " + Protocol.SILENT_HEARTBEATS + " heartbeats");
            return;
        }
        tell(standing);
    }

    void tell(@Nullable Standing now) {
        standing = now;
        if (state != State.CLOSED && device >= 0) {
            send(
                    FrameType.HEARTBEAT,
                    Payloads.encodeHeartbeat(transport.settings().fewPeers(), now));
        }
    }

    /** The engine is going: what was written before this still arrives, then the proxy closes. */
    void sayFarewell(byte[] farewell) {
        closeReason = "engine shut down";
        if (device < 0) {
            close(closeReason);
            return;
        }
        source = null;
        state = State.JOINED;
        send(FrameType.DRAIN, farewell);
    }

    void disconnect(String reason) {
        execute(() -> close(reason));
    }

    private void send(FrameType type, byte[] payload) {
        var unused = channel.writeAndFlush(Protocol.frame(channel.alloc(), type, payload), channel.voidPromise());
    }

    private void sendLast(FrameType type, byte[] payload) {
        isClosing = true;
        var unused = channel.writeAndFlush(Protocol.frame(channel.alloc(), type, payload))
                .addListener(ChannelFutureListener.CLOSE);
    }

    private void close(String reason) {
        if (state != State.CLOSED) {
            closeReason = reason;
        }
        var unused = channel.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        state = State.CLOSED;
        source = null;
        loop.closed(device, this);
        if (device >= 0) {
            logger.info("device gone device={} reason={}", device, closeReason);
            transport.devices().leave(device, this, closeReason);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Throwable fault = cause.getCause() instanceof IllegalArgumentException ? cause.getCause() : cause;
        if (fault instanceof IllegalArgumentException) {
            transport.countFault();
            logger.debug("protocol fault device={} remote={} fault={}", device, channel, fault.getMessage());
            closeReason = "protocol fault: " + fault.getMessage();
            sendLast(FrameType.ERROR, new Farewell(Duration.ZERO, String.valueOf(fault.getMessage())).encode());
            return;
        }
        if (cause.getCause() instanceof SSLException) {
            logger.warn(
                    "tls failed remote={} error={}", channel, cause.getCause().toString());
            close("tls failed");
            return;
        }
        if (cause instanceof RuntimeException) {
            logger.error("link closed, a callback failed device={}", device, cause);
        }
        close("failed: " + cause);
    }

    void execute(Runnable step) {
        try {
            loop.eventLoop().execute(step);
        } catch (RejectedExecutionException ended) {
            logger.debug("step dropped, the event loop has ended device={}", device);
        }
    }
}
