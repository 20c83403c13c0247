// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import io.netty.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One call on its way, from acceptance to the one answer. Owned by the loop of its host. */
final class Exchange {
    private static final Logger logger = LoggerFactory.getLogger(Exchange.class);

    final HttpCall call;
    private final Consumer<? super HttpReply> listener;
    private final ClientCounters counters;
    /** Set while the exchange is on a connection. */
    @Nullable
    Connection connection;

    @Nullable
    Future<?> timeout;

    boolean isRetried;
    private final long startNanos = System.nanoTime();
    private boolean isDone;

    Exchange(HttpCall call, Consumer<? super HttpReply> listener, ClientCounters counters) {
        this.call = call;
        this.listener = listener;
        this.counters = counters;
    }

    /** What is left of the call's time; negative when it is over. */
    long leftNanos() {
        return call.timeout().toNanos() - (System.nanoTime() - startNanos);
    }

    /** A repeat is harmless for these: asking twice, or making sure twice that something is gone. */
    boolean isRepeatable() {
        return switch (call.method()) {
            case "GET", "HEAD", "PURGE", "BAN" -> !isRetried;
            default -> false;
        };
    }

    void fail(HttpReply.Kind kind, String reason) {
        // an exchange that was repeated has been sent: its first connection was cut
        boolean isSent = isRetried && kind == HttpReply.Kind.CONNECT;
        complete(new HttpReply.Failed(isSent ? HttpReply.Kind.RESET : kind, reason));
    }

    /** Tells the listener, the first time only. */
    void complete(HttpReply reply) {
        if (isDone) {
            return;
        }
        isDone = true;
        connection = null;
        if (timeout != null) {
            timeout.cancel(false);
        }
        if (reply instanceof HttpReply.Failed) {
            counters.failed.increment();
        }
        try {
            listener.accept(reply);
        } catch (RuntimeException e) {
            logger.warn("listener of an exchange failed call={}", call, e);
        }
    }

    /** How long nothing more is to be read; less than 0 = nothing any more. */
    long pauseNanos(int bytes) {
        try {
            return call.pace().applyAsLong(bytes);
        } catch (RuntimeException e) {
            logger.warn("pace of an exchange failed call={}", call, e);
            return 0;
        }
    }
}
