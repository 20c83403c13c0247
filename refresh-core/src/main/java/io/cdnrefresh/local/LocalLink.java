// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import io.cdnrefresh.model.Report;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.EngineTransport.HelloResponder;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.spi.Standing;
import io.cdnrefresh.state.AckWindow;
import io.cdnrefresh.state.SendWindow;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection between an engine and a proxy of a {@link LocalTransport}. Owned by the hub's runner; {@link #report},
 * {@link #accept} and {@link #refuse} are thread-safe.
 *
 * <pre>
 * DIALLED --accept--> JOINED --resume--> RESUMING --source is empty--> LIVE --queue is full--> LAGGING --resume--> RESUMING
 *    any state --close--> CLOSED
 * </pre>
 */
final class LocalLink implements HelloResponder {
    private static final Logger logger = LoggerFactory.getLogger(LocalLink.class);

    private enum State {
        DIALLED,
        JOINED,
        RESUMING,
        LIVE,
        LAGGING,
        CLOSED
    }

    private final LocalTransport hub;
    private final LocalEngine engine;
    private final LocalProxy proxy;
    private final EngineLink view;
    private final ArrayDeque<LocalFrame> queue = new ArrayDeque<>();
    private final AtomicBoolean isAnswered = new AtomicBoolean();
    private final SendWindow sendWindow = new SendWindow();
    private final AckWindow ackWindow = new AckWindow();
    private volatile State state = State.DIALLED;
    private int device = -1;
    private @Nullable FrameSource source;
    private boolean isPumping;
    private boolean isPaused;

    LocalLink(LocalTransport hub, LocalEngine engine, LocalProxy proxy, EngineLink view) {
        this.hub = hub;
        this.engine = engine;
        this.proxy = proxy;
        this.view = view;
    }

    LocalEngine engine() {
        return engine;
    }

    EngineLink view() {
        return view;
    }

    @Override
    public void accept(int newDevice, Runnable joined) {
        answerOnce();
        hub.runner().execute(() -> {
            LocalLink replaced = engine.join(newDevice, this);
            if (replaced != null) {
                replaced.close("replaced by a newer link", hub.redialDelay());
            }
            joined.run();
            if (state == State.CLOSED) {
                engine.leave(newDevice, this, "closed before it was accepted");
                return;
            }
            device = newDevice;
            state = State.JOINED;
            proxy.handler().onJoined(view);
        });
    }

    @Override
    public void refuse(String reason, Duration retryAfter) {
        answerOnce();
        hub.runner().execute(() -> close("refused: " + reason, retryAfter));
    }

    private void answerOnce() {
        if (!isAnswered.compareAndSet(false, true)) {
            throw new IllegalStateException("hello: answered twice (expected: accept or refuse, once)");
        }
    }

    void resume(FrameSource newSource) {
        source = newSource;
        state = State.RESUMING;
        pump();
    }

    void publish(LocalFrame frame) {
        if (state != State.LIVE) {
            return;
        }
        if (queue.size() >= hub.linkFrames()) {
            lag(frame.firstSequence());
            return;
        }
        frame.retain();
        queue.add(frame);
        pump();
    }

    void lag(long fromSequence) {
        if (state == State.LIVE) {
            state = State.LAGGING;
            engine.handler().onLagging(device, fromSequence);
        }
    }

    /** Gives the proxy what it can take, pulling from the source while there is one. */
    private void pump() {
        if (isPumping) {
            return;
        }
        isPumping = true;
        try {
            while (state != State.CLOSED && !isPaused) {
                LocalFrame frame = queue.peek();
                if (frame == null) {
                    frame = pull();
                }
                if (frame == null) {
                    return;
                }
                deliver(frame);
            }
        } catch (RuntimeException e) {
            logger.error("link closed, its engine or proxy failed link={}", view, e);
            close("failed: " + e, hub.redialDelay());
        } finally {
            isPumping = false;
        }
    }

    private @Nullable LocalFrame pull() {
        FrameSource from = source;
        if (state != State.RESUMING || from == null) {
            return null;
        }
        Frame frame = from.next();
        if (frame == null) {
            source = null;
            state = State.LIVE;
            return null;
        }
        LocalFrame local = (LocalFrame) frame;
        queue.add(local);
        return local;
    }

    private void deliver(LocalFrame frame) {
        if (proxy.handler().onCommands(view, frame.firstSequence(), frame.commands())) {
            if (queue.remove(frame)) {
                frame.release();
            }
            return;
        }
        isPaused = true;
        hub.runner().schedule(hub.redialDelay(), () -> {
            isPaused = false;
            pump();
        });
    }

    boolean report(long callersBatch, List<Report> reports) {
        State now = state;
        if (now == State.DIALLED || now == State.CLOSED) {
            return false;
        }
        // The number and the place in the runner's order must agree.
        synchronized (sendWindow) {
            long batch = sendWindow.tryOpen(callersBatch);
            if (batch == 0) {
                return false;
            }
            hub.runner().execute(() -> deliver(batch, reports));
            return true;
        }
    }

    private void deliver(long batch, List<Report> reports) {
        if (state == State.CLOSED || !ackWindow.receive(batch)) {
            return;
        }
        engine.handler().onReports(device, reports, () -> {
            if (ackWindow.complete(batch)) {
                hub.runner().execute(this::acknowledge);
            }
        });
    }

    private void acknowledge() {
        long callersBatch = sendWindow.acknowledge(ackWindow.acknowledged());
        if (state != State.CLOSED && callersBatch > 0) {
            proxy.handler().onAcknowledged(view, callersBatch);
        }
    }

    void tell(Standing standing) {
        if (state != State.DIALLED && state != State.CLOSED) {
            proxy.handler().onStanding(view, standing);
        }
    }

    void beat(ProxyHealth health) {
        if (state != State.DIALLED && state != State.CLOSED) {
            engine.handler().onHeartbeat(device, health);
        }
    }

    void close(String reason, Duration redialAfter) {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        source = null;
        queue.forEach(LocalFrame::release);
        queue.clear();
        if (device >= 0) {
            LocalRunner.runGuarded(() -> engine.leave(device, this, reason));
        }
        LocalRunner.runGuarded(() -> proxy.lost(this, reason, redialAfter));
    }
}
