// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.EngineEpoch;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import io.cdnrefresh.spi.ProxyToken;
import io.cdnrefresh.spi.Standing;
import io.cdnrefresh.state.PublishInbox;
import io.netty.channel.EventLoop;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's side of the proxy protocol over HTTP (docs/protocol.md): proxies poll for commands and post their
 * reports. It has no socket of its own; {@link #endpoint} puts its routes in front of the API. All links live on one
 * event loop: this is the way for proxies that cannot speak RPC, not for thousands of them. Thread-safe;
 * {@link #shutdown} is not to be called on an event loop.
 */
public final class HttpEngineTransport implements EngineTransport {
    /** How long an engine may think about a hello. */
    static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
    /** A proxy that has not been heard of for so many heartbeats is gone, unless its poll waits here. */
    static final int SILENT_TICKS = 3;

    private static final int INBOX_FRAMES = 4_096;
    private static final long INBOX_BYTES = 64L << 20;
    private static final int DRAIN_LIMIT = 64;
    private static final Logger logger = LoggerFactory.getLogger(HttpEngineTransport.class);

    /*
     * Implementation notes. Everything below "loop" belongs to it; public methods add steps for it. What the feed
     * publishes waits in the inbox, as it does for RPC.
     */
    private final int linkBytes;
    private final int maxLinks;
    private final Duration heartbeat;
    private final ProxyToken token;
    private final EventLoop loop;
    private final PublishInbox inbox = new PublishInbox(INBOX_FRAMES, INBOX_BYTES);
    private final Map<String, PollSession> sessions = new LinkedHashMap<>();
    private final IntObjectMap<PollSession> byOrdinal = new IntObjectHashMap<>();
    private final Set<PollSession> dirty = new LinkedHashSet<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private Function<Frame, PollFrame> translation = frame -> (PollFrame) frame;
    private @Nullable Future<?> ticker;
    private volatile int joined;
    private volatile @Nullable EngineEpoch epoch;
    private volatile @Nullable Handler handler;
    private volatile boolean isShutDown;

    private HttpEngineTransport(Builder builder) {
        NettyLoops loops = builder.loops;
        if (loops == null) {
            throw new IllegalArgumentException("loops: null (expected: the loops to live on)");
        }
        linkBytes = builder.linkBytes;
        maxLinks = builder.maxLinks;
        heartbeat = builder.heartbeat;
        token = builder.token;
        loop = loops.http().next();
    }

    /** Starts the description of a transport. */
    public static Builder builder() {
        return new Builder();
    }

    /** The routes of this transport, and behind them those of another endpoint. */
    public ApiEndpoint endpoint(ApiEndpoint next) {
        return new PollEndpoint(this, token, EngineClock.system(), requireNonNull(next, "next"));
    }

    @Override
    public void start(EngineEpoch engine, Handler newHandler) {
        if (handler != null) {
            throw new IllegalStateException("start: called twice");
        }
        handler = newHandler;
        epoch = engine;
        long intervalNanos = heartbeat.toNanos();
        ticker = loop.scheduleWithFixedDelay(
                () -> List.copyOf(sessions.values()).forEach(session -> session.tick(System.nanoTime())),
                intervalNanos,
                intervalNanos,
                TimeUnit.NANOSECONDS);
    }

    /** Frames may come in another form from now on, made by a transport that stands before this one. */
    void translate(Function<Frame, PollFrame> newTranslation) {
        translation = newTranslation;
    }

    /** Any frame that was given to this transport, as one of its own. */
    PollFrame own(Frame frame) {
        return translation.apply(frame);
    }

    @Override
    public Frame encode(long firstSequence, List<Command> commands) {
        if (commands.isEmpty() || commands.size() > 4_096) {
            throw new IllegalArgumentException("commands: " + commands.size() + " (expected: 1..4096)");
        }
        return new PollFrame(firstSequence, commands);
    }

    /** Whether a device is linked over HTTP now. */
    boolean hasDevices() {
        return joined > 0;
    }

    @Override
    public void publish(Frame frame, DeviceSet devices) {
        if (joined > 0 && !isShutDown && !devices.isEmpty()) {
            PollFrame own = own(frame);
            if (inbox.offer(own, own.firstSequence(), devices)) {
                execute(this::drain);
            }
        }
    }

    private void drain() {
        boolean hasMore = inbox.drain(DRAIN_LIMIT, new PublishInbox.Sink() {
            @Override
            public void onFrame(Frame frame, long firstSequence, DeviceSet devices) {
                for (IntObjectMap.PrimitiveEntry<PollSession> entry : byOrdinal.entries()) {
                    if (devices.contains(entry.key())) {
                        entry.value().publish((PollFrame) frame);
                        dirty.add(entry.value());
                    }
                }
            }

            @Override
            public void onLost(DeviceSet devices, long firstSequence) {
                List.copyOf(byOrdinal.entrySet()).stream()
                        .filter(entry -> devices.contains(entry.getKey()))
                        .forEach(entry -> entry.getValue().lag(firstSequence));
            }
        });
        List.copyOf(dirty).forEach(PollSession::flush);
        dirty.clear();
        if (hasMore) {
            execute(this::drain);
        }
    }

    @Override
    public void resume(int device, FrameSource source) {
        with(device, session -> session.resume(source));
    }

    @Override
    public void tell(int device, Standing standing) {
        with(device, session -> session.tell(standing));
    }

    @Override
    public void disconnect(int device, String reason) {
        with(device, session -> session.close(reason));
    }

    private void with(int device, Consumer<PollSession> step) {
        execute(() -> {
            PollSession session = byOrdinal.get(device);
            if (session != null) {
                step.accept(session);
            }
        });
    }

    /**
     * Tells every proxy that this engine goes, with what was published for it, and takes no new one; does not wait. To be
     * called before the HTTP front is closed.
     */
    public void leave() {
        isShutDown = true;
        execute(() -> {
            drain();
            List.copyOf(sessions.values()).forEach(session -> session.sayFarewell("engine shuts down"));
            checkEnded();
        });
    }

    @Override
    public void shutdown(Duration deadline) {
        leave();
        try {
            boolean isEnded = ended.await(deadline.toNanos(), TimeUnit.NANOSECONDS);
            logger.debug("proxies over http told to go allGone={}", isEnded);
            CountDownLatch closed = new CountDownLatch(1);
            execute(() -> {
                List.copyOf(sessions.values()).forEach(session -> session.close("engine shut down"));
                inbox.close();
                if (ticker != null) {
                    ticker.cancel(false);
                }
                closed.countDown();
            });
            boolean unused = closed.await(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void checkEnded() {
        if (isShutDown && sessions.isEmpty()) {
            ended.countDown();
        }
    }

    /** A poll, on the loop. */
    void onPoll(PollRequest request, ApiResponder responder) {
        PollSession session = sessions.get(PollSession.key(request.hello().device(), request.link()));
        if (session != null && session.goesOn(request)) {
            session.onPoll(request, responder);
            return;
        }
        Handler engine = handler;
        EngineEpoch now = epoch;
        if (isShutDown || engine == null || now == null) {
            responder.respond(notRunning());
        } else if (request.answer() > 0) {
            responder.respond(Answers.problem(409, "link-lost", "link: not known here", null));
        } else if (request.hello().cursor() > 0 && request.epoch() != now.epoch()) {
            String detail = "epoch: " + request.epoch() + ", expected: " + now.epoch() + ", or cursor 0";
            responder.respond(Answers.problem(409, "other-epoch", detail, null));
        } else if (session == null && sessions.size() >= maxLinks) {
            responder.respond(Answers.problem(503, "overloaded", "links: " + maxLinks, Duration.ofSeconds(10)));
        } else {
            if (session != null) {
                session.close("the proxy begins anew");
            }
            PollSession fresh = new PollSession(this, request, responder);
            sessions.put(fresh.key(), fresh);
            engine.onHello(request.hello(), fresh);
        }
    }

    static io.cdnrefresh.spi.ApiResponse notRunning() {
        return Answers.problem(
                503, "not-running", "expected: another engine, or this one later", Duration.ofSeconds(1));
    }

    /** A report, on the loop. */
    void onReport(ReportRequest request, ApiResponder responder) {
        PollSession session = sessions.get(PollSession.key(request.device(), request.link()));
        if (session == null) {
            responder.respond(Answers.problem(409, "link-lost", "link: not known here", null));
        } else {
            session.onReport(request, responder);
        }
    }

    void register(int ordinal, PollSession session) {
        PollSession replaced = byOrdinal.put(ordinal, session);
        joined = byOrdinal.size();
        if (replaced != null && !replaced.equals(session)) {
            replaced.onReplaced();
        }
    }

    void closed(PollSession session, int ordinal, String reason) {
        sessions.remove(session.key(), session);
        if (ordinal >= 0 && session.equals(byOrdinal.get(ordinal))) {
            byOrdinal.remove(ordinal);
            joined = byOrdinal.size();
            logger.info("device gone over http device={} reason={}", ordinal, reason);
            handler().onGone(ordinal, reason);
        }
        checkEnded();
    }

    void challenge(String device) {
        List.copyOf(sessions.values()).forEach(session -> session.challenge(device));
    }

    /** Proxies that are linked or ask to be. */
    public int links() {
        return sessions.size();
    }

    Handler handler() {
        return requireNonNull(handler, "start was not called");
    }

    EngineEpoch epoch() {
        return requireNonNull(epoch, "start was not called");
    }

    @Nullable
    EngineEpoch epochIfStarted() {
        return isShutDown ? null : epoch;
    }

    Duration heartbeat() {
        return heartbeat;
    }

    int linkBytes() {
        return linkBytes;
    }

    EventLoop loop() {
        return loop;
    }

    void execute(Runnable step) {
        try {
            loop.execute(step);
        } catch (RejectedExecutionException over) {
            logger.debug("step dropped, the event loop has ended");
        }
    }

    /** Describes a transport. Not thread-safe. */
    public static final class Builder {
        private @Nullable NettyLoops loops;
        private int linkBytes = 8 << 20;
        private int maxLinks = 10_000;
        private Duration heartbeat = Duration.ofSeconds(5);
        private ProxyToken token = new ProxyToken(null, false);

        private Builder() {}

        /** The loops to live on; required, and the caller's to end. */
        public Builder loops(NettyLoops newLoops) {
            loops = requireNonNull(newLoops, "loops");
            return this;
        }

        /** What may wait for one proxy's polls before the device lags, 64 KiB to 1 GiB; default 8 MiB. */
        public Builder linkBytes(int bytes) {
            linkBytes = (int) check("linkBytes", bytes, 64 << 10, 1 << 30);
            return this;
        }

        /** Proxies at one time, 1 to 1,000,000; default 10,000. */
        public Builder maxLinks(int links) {
            maxLinks = (int) check("maxLinks", links, 1, 1_000_000);
            return this;
        }

        /** A proxy without a waiting poll that is silent for three of these is gone; 10 ms to 10 min, default 5 s. */
        public Builder heartbeat(Duration interval) {
            check("heartbeat in ms", interval.toMillis(), 10, 600_000);
            heartbeat = interval;
            return this;
        }

        /** What every proxy has to send as its bearer token; default none. */
        public Builder token(@Nullable String secret) {
            token = new ProxyToken(secret, token.isPerDevice());
            return this;
        }

        /** A proxy sends not the secret itself, but {@link ProxyToken#of} for its own device. */
        public Builder tokenPerDevice() {
            token = new ProxyToken(token.secret(), true);
            return this;
        }

        /** Creates the transport; throws {@link IllegalArgumentException} without loops. */
        public HttpEngineTransport build() {
            return new HttpEngineTransport(this);
        }

        private static long check(String key, long value, long min, long max) {
            if (value < min || value > max) {
                throw new IllegalArgumentException(key + ": " + value + " (expected: " + min + ".." + max + ")");
            }
            return value;
        }
    }
}
