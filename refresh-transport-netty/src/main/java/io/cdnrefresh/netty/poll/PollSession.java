// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import io.cdnrefresh.netty.poll.Answers.Answer;
import io.cdnrefresh.spi.ApiResponder;
import io.cdnrefresh.spi.ApiResponse;
import io.cdnrefresh.spi.EngineTransport.HelloResponder;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import io.cdnrefresh.spi.Standing;
import io.cdnrefresh.state.AckWindow;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine's end of one proxy's link over HTTP. Owned by the transport's event loop; {@link #accept}, {@link #refuse}
 * and the acknowledgements come from any thread.
 *
 * <pre>
 * ASKED --accept--> JOINED --resume--> RESUMING --source is empty--> LIVE --too much waits--> LAGGING
 *   any --silence, leave, disconnect--> CLOSED     ^--------------------resume----------------------'
 * </pre>
 *
 * <p>An answer is kept until the next poll shows that it has arrived: a proxy that missed one asks for it again.
 */
final class PollSession implements HelloResponder {
    private enum State {
        ASKED,
        JOINED,
        RESUMING,
        LIVE,
        LAGGING,
        CLOSED
    }

    /** What one answer holds at most, unless a single command is larger. */
    private static final int ANSWER_BYTES = 1 << 20;
    /** So much may wait before nothing more is pulled from a source. */
    private static final int PULL_BYTES = 256 << 10;

    private static final int PULL_LIMIT = 32;
    private static final int MAX_OPEN_REPORTS = 64;
    private static final Logger logger = LoggerFactory.getLogger(PollSession.class);

    private final HttpEngineTransport transport;
    private final String device;
    private final String link;
    private final long openedNanos = System.nanoTime();
    private final AtomicBoolean isAnswered = new AtomicBoolean();
    private final AtomicBoolean isAckDue = new AtomicBoolean();
    private final AckWindow window = new AckWindow();
    private final Outbox outbox = new Outbox();
    private final Set<ApiResponder> openReports = new HashSet<>();
    private State state = State.ASKED;
    private int ordinal = -1;
    private long answers;
    private @Nullable ApiResponse lastAnswer;
    private long lastBatch;
    private long toldAcknowledged;
    private @Nullable ApiResponder poll;
    private @Nullable Future<?> pollTimeout;
    private @Nullable FrameSource source;
    private boolean isPulling;
    private int silentTicks;
    private @Nullable String leave;
    private @Nullable Standing standing;

    PollSession(HttpEngineTransport transport, PollRequest request, ApiResponder first) {
        this.transport = transport;
        device = request.hello().device();
        link = request.link();
        poll = first;
    }

    String key() {
        return key(device, link);
    }

    static String key(String device, String link) {
        return device + '\n' + link;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    /** Whether the request goes on where this link is; else the link has to begin anew. */
    boolean goesOn(PollRequest request) {
        return state == State.ASKED || request.answer() >= 0 || request.hello().cursor() > outbox.lastSequence();
    }

    /** A poll of a link that goes on. */
    void onPoll(PollRequest request, ApiResponder responder) {
        silentTicks = 0;
        if (state == State.ASKED) {
            replacePoll(responder);
            return;
        }
        if (request.health() != null) {
            transport.handler().onHeartbeat(ordinal, request.health());
        }
        long answer = request.answer();
        ApiResponse last = lastAnswer;
        if (answer == answers - 1 && last != null && request.answer() >= 0) {
            responder.respond(last);
            return;
        }
        if (answer >= 0 && answer != answers) {
            responder.respond(Answers.problem(409, "link-lost", "answer: " + answer + ", expected: " + answers, null));
            return;
        }
        lastAnswer = null;
        replacePoll(responder);
        Duration wait = request.maxWait();
        pollTimeout = transport.loop().schedule(() -> answer(true), wait.toMillis(), TimeUnit.MILLISECONDS);
        answer(wait.isZero());
        pull();
    }

    private void replacePoll(ApiResponder responder) {
        ApiResponder old = takePoll();
        if (old != null) {
            old.respond(Answers.problem(409, "replaced", "link: polled twice at a time", null));
        }
        poll = responder;
    }

    private @Nullable ApiResponder takePoll() {
        ApiResponder taken = poll;
        poll = null;
        if (pollTimeout != null) {
            pollTimeout.cancel(false);
            pollTimeout = null;
        }
        return taken;
    }

    /** Answers the waiting poll if there is something to say, or if it has to be. */
    private void answer(boolean isDue) {
        long acknowledged = window.acknowledged();
        boolean isLast = leave != null;
        if (poll == null || state == State.ASKED) {
            return;
        }
        if (!isDue && !isLast && outbox.isEmpty() && acknowledged == toldAcknowledged) {
            return;
        }
        List<byte[]> commands = outbox.take(ANSWER_BYTES);
        toldAcknowledged = acknowledged;
        answers++;
        String farewell = outbox.isEmpty() ? leave : null;
        ApiResponse response = Answers.poll(
                transport.epoch(), new Answer(answers, acknowledged, List.of(), farewell, standing), commands);
        lastAnswer = response;
        silentTicks = 0;
        ApiResponder waiting = takePoll();
        if (waiting != null) {
            waiting.respond(response);
        }
        if (farewell != null) {
            close("engine shut down");
        }
    }

    void tell(Standing now) {
        if (!now.equals(standing)) {
            standing = now;
            answer(true);
        }
    }

    @Override
    public void accept(int newOrdinal, Runnable joined) {
        answerOnce();
        transport.execute(() -> {
            transport.register(newOrdinal, this);
            joined.run();
            if (state == State.CLOSED) {
                transport.closed(this, newOrdinal, "connection closed by the proxy");
                return;
            }
            state = State.JOINED;
            ordinal = newOrdinal;
            logger.info("device connected over http device={} id={}", newOrdinal, device);
            answer(true);
        });
    }

    @Override
    public void refuse(String reason, Duration retryAfter) {
        answerOnce();
        transport.execute(() -> {
            ApiResponder waiting = takePoll();
            close("refused");
            if (waiting != null) {
                waiting.respond(Answers.problem(409, "refused", reason, retryAfter));
            }
            transport.challenge(device);
        });
    }

    private void answerOnce() {
        if (!isAnswered.compareAndSet(false, true)) {
            throw new IllegalStateException("hello: answered twice (expected: accept or refuse, once)");
        }
    }

    /** Another proxy says that it is this device: whoever polls is asked to do so again, and soon gone if it does not. */
    void challenge(String challenged) {
        if (device.equals(challenged)) {
            answer(true);
        }
    }

    void resume(FrameSource newSource) {
        if (state != State.CLOSED && ordinal >= 0) {
            source = newSource;
            state = State.RESUMING;
            pull();
        }
    }

    private void pull() {
        FrameSource from = source;
        if (isPulling || from == null || state != State.RESUMING) {
            return;
        }
        isPulling = true;
        try {
            for (int pulled = 0; pulled < PULL_LIMIT && outbox.bytes() < PULL_BYTES; pulled++) {
                Frame next = from.next();
                if (next == null) {
                    source = null;
                    state = State.LIVE;
                    break;
                }
                outbox.add(transport.own(next));
                next.release();
            }
        } catch (RuntimeException e) {
            logger.error("link closed, the source of its frames failed device={}", ordinal, e);
            close("engine failed");
        } finally {
            isPulling = false;
        }
        answer(false);
        if (state == State.RESUMING && outbox.bytes() < PULL_BYTES) {
            transport.execute(this::pull);
        }
    }

    /** Keeps a frame for the next answer; {@link #flush} follows. */
    void publish(PollFrame frame) {
        if (state != State.LIVE) {
            return;
        }
        if (outbox.bytes() > 0 && outbox.bytes() + frame.sizeBytes() > transport.linkBytes()) {
            lag(frame.firstSequence());
        } else {
            outbox.add(frame);
        }
    }

    void flush() {
        answer(false);
    }

    void lag(long fromSequence) {
        if (state == State.LIVE) {
            state = State.LAGGING;
            logger.info("device lags device={} fromSequence={}", ordinal, fromSequence);
            transport.handler().onLagging(ordinal, fromSequence);
        }
    }

    void onReport(ReportRequest request, ApiResponder responder) {
        silentTicks = 0;
        if (request.isLeaving()) {
            responder.respond(Answers.reported(200, window.acknowledged()));
            close("connection closed by the proxy");
            return;
        }
        if (ordinal < 0) {
            responder.respond(Answers.problem(409, "link-lost", "link: not accepted yet", null));
            return;
        }
        if (request.health() != null) {
            transport.handler().onHeartbeat(ordinal, request.health());
        }
        long batch = request.batch();
        if (request.reports().isEmpty() || batch > 0 && batch <= lastBatch) {
            responder.respond(Answers.reported(200, window.acknowledged()));
        } else if (batch == 0) {
            reportAndWait(request, responder);
        } else if (window.receive(batch)) {
            lastBatch = batch;
            responder.respond(Answers.reported(202, window.acknowledged()));
            transport.handler().onReports(ordinal, request.reports(), () -> acknowledge(batch));
        } else {
            String expected = "batch: " + batch + ", expected: the next, at most " + AckWindow.SIZE + " open";
            responder.respond(Answers.problem(409, "link-lost", expected, null));
            close("protocol fault: " + expected);
        }
    }

    private void reportAndWait(ReportRequest request, ApiResponder responder) {
        if (openReports.size() >= MAX_OPEN_REPORTS) {
            String detail = "reports: " + MAX_OPEN_REPORTS + " requests wait";
            responder.respond(Answers.problem(503, "overloaded", detail, Duration.ofSeconds(1)));
            return;
        }
        openReports.add(responder);
        transport
                .handler()
                .onReports(
                        ordinal,
                        request.reports(),
                        () -> transport.execute(() -> {
                            if (openReports.remove(responder)) {
                                responder.respond(Answers.reported(200, window.acknowledged()));
                            }
                        }));
    }

    private void acknowledge(long batch) {
        if (window.complete(batch) && isAckDue.compareAndSet(false, true)) {
            transport.execute(() -> {
                isAckDue.set(false);
                answer(false);
            });
        }
    }

    /** Once an interval. */
    void tick(long nowNanos) {
        if (state == State.ASKED) {
            if (nowNanos - openedNanos > HttpEngineTransport.ANSWER_TIMEOUT.toNanos()) {
                close("no answer to the hello");
            }
        } else if (poll == null && ++silentTicks > HttpEngineTransport.SILENT_TICKS) {
            close("silent for " + HttpEngineTransport.SILENT_TICKS + " heartbeats");
        }
    }

    /** The engine is going: what was published before is still given, then the proxy is told. */
    void sayFarewell(String reason) {
        leave = reason;
        source = null;
        if (state == State.ASKED) {
            close(reason);
        } else {
            state = State.JOINED;
            answer(false);
        }
    }

    /** A newer link of the device was accepted. */
    void onReplaced() {
        ordinal = -1;
        close("replaced by a newer link");
    }

    void close(String reason) {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        source = null;
        outbox.clear();
        lastAnswer = null;
        ApiResponder waiting = takePoll();
        if (waiting != null) {
            waiting.respond(Answers.problem(409, "link-lost", reason, null));
        }
        for (ApiResponder report : List.copyOf(openReports)) {
            report.respond(Answers.problem(409, "link-lost", reason, null));
        }
        openReports.clear();
        transport.closed(this, ordinal, reason);
    }
}
