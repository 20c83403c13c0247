// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to Redis that comes back by itself: tried again until the first success, later by the driver.
 * Thread-safe; nothing blocks; without a connection calls fail at once.
 */
final class Connection {
    private static final Logger logger = LoggerFactory.getLogger(Connection.class);
    private static final long FIRST_RETRY_MILLIS = 100;
    private static final long MAX_RETRY_MILLIS = 2_000;

    private final Supplier<CompletionStage<? extends Opened>> opener;
    private final ScheduledExecutorService timer;
    private final boolean isFlushedByHand;
    private volatile @Nullable Opened opened;
    private volatile boolean closed;

    /** {@code isFlushedByHand}: what is run leaves with the next {@link #flush}. */
    Connection(
            Supplier<CompletionStage<? extends Opened>> opener,
            ScheduledExecutorService timer,
            boolean isFlushedByHand) {
        this.opener = opener;
        this.timer = timer;
        this.isFlushedByHand = isFlushedByHand;
    }

    void open() {
        open(FIRST_RETRY_MILLIS);
    }

    /** Runs a script; fails with a {@link io.cdnrefresh.spi.CoordinationException}. */
    <T> CompletionStage<T> run(Script script, List<String> keys, List<String> args) {
        Opened now = opened;
        if (closed || now == null) {
            return CompletableFuture.failedFuture(closed ? Failures.closed() : Failures.away());
        }
        String[] keyArray = keys.toArray(new String[0]);
        String[] argArray = args.toArray(new String[0]);
        CompletionStage<T> first;
        try {
            first = now.commands.<T>evalsha(script.sha(), script.output(), keyArray, argArray);
        } catch (RuntimeException e) { // a full queue or a refusal while disconnected may be thrown
            return CompletableFuture.failedFuture(Failures.translate(e));
        }
        return first.handle((value, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.completedStage(value);
                    }
                    if (unwrap(failure) instanceof RedisNoScriptException) { // restarted, failed over or flushed
                        CompletionStage<T> again =
                                now.commands.eval(script.text(), script.output(), keyArray, argArray);
                        flush();
                        return again;
                    }
                    return CompletableFuture.<T>failedStage(failure);
                })
                .thenCompose(stage -> stage)
                .exceptionallyCompose(e -> CompletableFuture.failedStage(Failures.translate(e)));
    }

    /** Sends what was run and is not sent. */
    void flush() {
        Opened now = opened;
        if (isFlushedByHand && now != null) {
            now.connection.flushCommands();
        }
    }

    void close() {
        closed = true;
        Opened now = opened;
        if (now == null) {
            return;
        }
        try {
            now.connection.closeAsync().get(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            logger.debug("redis connection not closed in order", e);
        }
    }

    private void open(long retryMillis) {
        if (closed) {
            return;
        }
        CompletionStage<? extends Opened> attempt;
        try {
            attempt = opener.get();
        } catch (RuntimeException e) {
            attempt = CompletableFuture.failedStage(e);
        }
        attempt.whenComplete((connection, failure) -> {
            if (connection != null) {
                StatefulConnection<String, String> driver = connection.connection();
                driver.setAutoFlushCommands(!isFlushedByHand);
                opened = connection;
                if (closed) {
                    close();
                }
            } else if (!closed && !timer.isShutdown()) {
                if (retryMillis == FIRST_RETRY_MILLIS) {
                    logger.warn("redis not reachable, trying on: {}", Failures.messageOf(unwrap(failure)));
                }
                Future<?> unused = timer.schedule(
                        () -> open(Math.min(MAX_RETRY_MILLIS, 2 * retryMillis)), retryMillis, TimeUnit.MILLISECONDS);
            }
        });
    }

    private static Throwable unwrap(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** A connection and its commands, the same for a single server and a cluster. */
    record Opened(StatefulConnection<String, String> connection, RedisClusterAsyncCommands<String, String> commands) {}
}
