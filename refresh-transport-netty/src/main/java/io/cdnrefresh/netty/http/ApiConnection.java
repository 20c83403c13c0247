// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import io.cdnrefresh.netty.http.Problems.Fault;
import io.cdnrefresh.netty.http.Problems.Kind;
import io.cdnrefresh.netty.http.ResponseBytes.Persistence;
import io.cdnrefresh.spi.ApiResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: requests in, answers out in the order of the requests. Owned by its loop, but for {@link #onAnswered}
 * and {@link #remote}.
 *
 * <pre>
 * head complete ─▶ body complete ─▶ queue ─▶ endpoint ─▶ answer ─▶ written when it is first in the queue
 * queue full or peer slow to read  : reading and decoding stop until half of it is answered
 * anything wrong                   : an answer at its place in the queue, nothing is decoded after it
 * last answer                      : half-close, what still comes is thrown away for a second (a close with unread
 *                                    bytes would be a reset, and the peer would lose the answer)
 * </pre>
 */
final class ApiConnection extends ChannelInboundHandlerAdapter {
    private static final Logger logger = LoggerFactory.getLogger(ApiConnection.class);

    private final ServerContext context;
    private final Channel channel;
    private final RequestDecoder decoder;
    private final RequestReader reader;
    private final ConnectionClock times;
    private final ArrayDeque<PendingRequest> queue = new ArrayDeque<>();
    private final AtomicBoolean isDrainQueued = new AtomicBoolean();
    private final Runnable drainLater = this::drainQueued;

    private boolean isInRead;
    private boolean needsFlush;
    private boolean isPaused;
    /** The last request of this connection is in the queue. */
    private boolean isEnding;
    /** The last answer is written. */
    private boolean isFinished;

    private boolean isInputShut;
    /** The answer that goes on. */
    private @Nullable AnswerStream stream;
    /** Where in the stream the last request ended. */
    private long endOfLastBytes;

    private volatile @Nullable String remote;

    ApiConnection(ServerContext context, Channel channel, RequestDecoder decoder) {
        this.context = context;
        this.channel = channel;
        this.decoder = decoder;
        this.reader = new RequestReader(context.limits, this);
        this.times = new ConnectionClock(context, channel, reader::onBodyTimeout);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        context.connections.add(this);
        times.start();
        if (context.isDraining) {
            finish();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context.connections.remove(this);
        times.stop();
        isFinished = true;
        endStream();
        reader.forget();
        queue.clear();
    }

    Channel channel() {
        return channel;
    }

    /** No more than what has been received: called when the server goes. */
    void onDraining() {
        if (!isFinished && queue.isEmpty() && !reader.isReceiving()) {
            finish();
        }
    }

    String remote() {
        String text = remote;
        if (text == null) {
            text = channel.remoteAddress() instanceof InetSocketAddress address
                    ? NetUtil.toSocketAddressString(address)
                    : "unknown";
            remote = text;
        }
        return text;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        isInRead = true;
        try {
            if (!isEnding && !isFinished) {
                reader.onObject((HttpObject) msg);
            }
        } finally {
            ReferenceCountUtil.release(msg);
        }
    }

    /** The head of a request is complete, its body is awaited. */
    void onBodyAwaited() {
        times.enter(ConnectionClock.Phase.BODY);
        sendContinue();
    }

    /** A request is complete. */
    void onRequest(PendingRequest request) {
        enqueue(request);
        if (request.persistence() == Persistence.CLOSE) {
            end();
        }
        ask(request);
        updateReading();
    }

    /** Something that is no request, or not one to be answered by the endpoint: the last of all, at its place. */
    void onRejected(PendingRequest request, ApiResponse answer) {
        context.counters.rejected.increment();
        enqueue(request);
        end();
        request.answerHere(inForm(request, answer));
    }

    /** As the clients of this server read refusals. */
    private ApiResponse inForm(PendingRequest request, ApiResponse problem) {
        try {
            ApiResponse formed = context.refusals.apply(request, problem);
            return ResponseBytes.isSound(formed) ? formed : problem;
        } catch (RuntimeException e) {
            logger.error("refusal not put into its form method={} path={}", request.method(), request.path(), e);
            return problem;
        }
    }

    private void enqueue(PendingRequest request) {
        queue.add(request);
        endOfLastBytes = decoder.decodedBytes();
        times.enter(ConnectionClock.Phase.BUSY);
    }

    private void ask(PendingRequest request) {
        if (context.counters.outstanding.get() >= context.limits.maxOutstanding()) {
            context.counters.shed.increment();
            Fault fault = new Fault(Kind.OVERLOADED, "engine", "overloaded", "the same request after 1 s");
            request.answerHere(inForm(request, Problems.of(fault, List.of("retry-after", "1"))));
            return;
        }
        context.counters.outstanding.incrementAndGet();
        context.counters.requests.increment();
        try {
            context.endpoint.onRequest(request, request);
        } catch (RuntimeException e) {
            logger.error("endpoint failed method={} path={}", request.method(), request.path(), e);
            request.abandon();
        }
    }

    private void end() {
        isEnding = true;
        decoder.discard();
    }

    /** The endpoint is done with one request, whether or not its connection still stands. Any thread. */
    void onEndpointAnswered() {
        context.counters.outstanding.decrementAndGet();
    }

    /** An answer is there. Any thread. */
    void onAnswered() {
        if (channel.eventLoop().inEventLoop()) {
            drain();
        } else if (isDrainQueued.compareAndSet(false, true)) {
            try {
                channel.eventLoop().execute(drainLater);
            } catch (RejectedExecutionException e) {
                logger.debug("answer after the end of the event loops remote={}", remote());
            }
        }
    }

    private void drainQueued() {
        isDrainQueued.set(false);
        drain();
    }

    private void drain() {
        while (!isFinished) {
            PendingRequest next = queue.peek();
            ApiResponse answer = next == null ? null : next.answer();
            if (next == null || answer == null) {
                break;
            }
            queue.remove();
            AnswerStream begun = next.stream();
            if (begun != null) {
                begin(begun, answer);
                return;
            }
            boolean isLast = queue.isEmpty() && (isEnding || context.isDraining && !reader.isReceiving());
            Persistence persistence = isLast ? Persistence.CLOSE : next.persistence();
            write(context.responses.encode(channel.alloc(), answer, next.isHead(), persistence));
            if (isLast) {
                finish();
            }
        }
        sendContinue();
        if (!isInRead) {
            flush();
            updatePhase();
        }
        updateReading();
    }

    /** The last answer, and one that goes on: whatever is asked behind it is void. */
    private void begin(AnswerStream begun, ApiResponse head) {
        stream = begun;
        queue.clear();
        end();
        times.enter(ConnectionClock.Phase.BUSY);
        write(context.responses.encodeOpen(channel.alloc(), head));
        flush();
        begun.start();
        if (context.isDraining) {
            finish();
        }
    }

    private void sendContinue() {
        if (queue.isEmpty() && !isFinished && reader.takeContinue()) {
            write(Unpooled.wrappedBuffer(ResponseBytes.CONTINUE));
        }
    }

    private void write(ByteBuf bytes) {
        times.onWrite(bytes.readableBytes());
        needsFlush = true;
        var unused = channel.write(bytes, channel.voidPromise());
    }

    private void flush() {
        if (needsFlush) {
            needsFlush = false;
            channel.flush();
        }
    }

    /** Nothing more will be written. */
    private void finish() {
        isFinished = true;
        endStream();
        needsFlush = false;
        decoder.discard();
        times.enter(ConnectionClock.Phase.LINGER);
        channel.config().setAutoRead(true);
        Linger.begin(channel, isInputShut);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        isInRead = false;
        flush();
        updatePhase();
    }

    private void endStream() {
        AnswerStream open = stream;
        if (open != null) {
            open.onEnd();
        }
    }

    private void updatePhase() {
        if (isFinished || stream != null || reader.isReceiving()) {
            return;
        }
        if (!queue.isEmpty()) {
            times.enter(ConnectionClock.Phase.BUSY);
        } else if (decoder.receivedBytes() > endOfLastBytes) {
            times.stayIn(ConnectionClock.Phase.HEAD);
        } else {
            times.stayIn(ConnectionClock.Phase.IDLE);
        }
    }

    private void updateReading() {
        if (isFinished || isEnding) {
            return;
        }
        int max = context.limits.maxPipelined();
        if (!isPaused && !reader.isReceiving() && (queue.size() >= max || !channel.isWritable())) {
            isPaused = true;
            decoder.stop();
            channel.config().setAutoRead(false);
        } else if (isPaused && queue.size() <= max / 2 && channel.isWritable()) {
            isPaused = false;
            channel.eventLoop().execute(this::resume); // never from within decoding
        }
    }

    private void resume() {
        ChannelHandlerContext ctx = channel.pipeline().context(decoder);
        if (isPaused || isFinished || ctx == null) {
            return;
        }
        try {
            decoder.go(ctx);
        } catch (Exception e) {
            exceptionCaught(ctx, e);
            return;
        }
        if (!isPaused) {
            channel.config().setAutoRead(true);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        updateReading();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event != ChannelInputShutdownEvent.INSTANCE) {
            return;
        }
        isInputShut = true;
        if (isFinished || queue.isEmpty()) {
            var unused = channel.close();
        } else {
            reader.forget();
            end();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException || channel.pipeline().get("tls") != null) {
            logger.debug("connection lost remote={} cause={}", remote(), cause.toString());
        } else {
            logger.warn("connection failed remote={}", remote(), cause);
        }
        var unused = channel.close();
    }
}
