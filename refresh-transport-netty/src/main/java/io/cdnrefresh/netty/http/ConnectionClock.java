// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of one connection. Owned by its loop. One timer looks at them a few times per shortest timeout, so that
 * a request costs no timer of its own.
 */
final class ConnectionClock {
    /** What the connection waits for. */
    enum Phase {
        /** The first byte of a request. */
        IDLE,
        /** The rest of a head. */
        HEAD,
        /** The rest of a body. */
        BODY,
        /** The endpoint. */
        BUSY,
        /** The peer's end. */
        LINGER
    }

    private final ServerContext context;
    private final Channel channel;
    private final Runnable onBodyTimeout;
    private Phase phase = Phase.IDLE;
    private long sinceNanos;
    private long writtenBytes;
    /** Of the peer's reading: something that changes as long as it goes on. */
    private long progress;

    private long progressNanos;
    private @Nullable Future<?> timer;

    ConnectionClock(ServerContext context, Channel channel, Runnable onBodyTimeout) {
        this.context = context;
        this.channel = channel;
        this.onBodyTimeout = onBodyTimeout;
    }

    void start() {
        sinceNanos = context.clock.nanos();
        progressNanos = sinceNanos;
        checkLater();
    }

    void stop() {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    /** Begins a phase, also the one that is on. */
    void enter(Phase next) {
        phase = next;
        sinceNanos = context.clock.nanos();
    }

    /** Begins a phase unless it is on. */
    void stayIn(Phase next) {
        if (phase != next) {
            enter(next);
        }
    }

    void onWrite(int bytes) {
        writtenBytes += bytes;
    }

    private void checkLater() {
        timer = channel.eventLoop().schedule(this::check, context.limits.checkNanos(), TimeUnit.NANOSECONDS);
    }

    private void check() {
        if (!channel.isActive()) {
            return;
        }
        long nowNanos = context.clock.nanos();
        if (isStalled(nowNanos) || isOver(nowNanos)) {
            context.counters.timeouts.increment();
            if (phase == Phase.BODY) {
                onBodyTimeout.run();
            } else {
                var unused = channel.close();
                return;
            }
        }
        checkLater();
    }

    private boolean isOver(long nowNanos) {
        return switch (phase) {
            case IDLE -> nowNanos - sinceNanos >= context.limits.idleTimeout().toNanos();
            case HEAD -> nowNanos - sinceNanos >= context.limits.headerTimeout().toNanos();
            case BODY -> nowNanos - sinceNanos >= context.limits.bodyTimeout().toNanos();
            case BUSY, LINGER -> false;
        };
    }

    /** True if answers wait to be read and the peer has read nothing for the whole timeout. */
    private boolean isStalled(long nowNanos) {
        ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
        if (pending == null || pending.totalPendingWriteBytes() == 0) {
            progressNanos = nowNanos;
            return false;
        }
        long latest = writtenBytes - pending.totalPendingWriteBytes() + pending.currentProgress();
        if (latest != progress) {
            progress = latest;
            progressNanos = nowNanos;
        }
        return nowNanos - progressNanos >= context.limits.writeTimeout().toNanos();
    }
}
