// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.client;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The connections to one place, and the calls that wait for one. Owned by one event loop, on which all its connections
 * live: no lock, and the caps are exact.
 */
final class HostPool {
    private final HttpClient client;
    private final HostKey key;
    private final EventLoop loop;
    private final ClientLimits limits;
    private final ClientCounters counters;
    /** Calls on their way to the loop: bounded like the queue behind it. Any thread. */
    private final AtomicInteger entering = new AtomicInteger();
    /** The one last used at the end: it is taken first, so that what is not needed grows old. */
    private final ArrayDeque<Connection> idle = new ArrayDeque<>();

    private final Set<Connection> open = new HashSet<>();
    private final LinkedHashSet<Exchange> waiting = new LinkedHashSet<>();
    /** Calls for which a connection of their own is being made. */
    private final Set<Exchange> tied = new HashSet<>();

    private int connecting;
    private boolean isSweeping;
    private boolean isRetired;
    /** Written by the loop, read by pools that look for a connection to close. */
    private volatile int idleCount;

    HostPool(HttpClient client, HostKey key, EventLoop loop) {
        this.client = client;
        this.key = key;
        this.loop = loop;
        this.limits = client.limits();
        this.counters = client.counters();
    }

    EventLoop loop() {
        return loop;
    }

    HostKey key() {
        return key;
    }

    ClientCounters counters() {
        return counters;
    }

    int idleCount() {
        return idleCount;
    }

    /** Reserves a place on the way to the loop; false if too many calls are on it. Any thread. */
    boolean tryEnter() {
        if (entering.incrementAndGet() <= limits.maxWaitingPerHost() + limits.maxInFlightPerHost()) {
            return true;
        }
        entering.decrementAndGet();
        return false;
    }

    /** Takes a call that entered; false if this pool has been given up and another is to be asked. */
    boolean submit(Exchange exchange) {
        entering.decrementAndGet();
        if (isRetired) {
            return false;
        }
        if (client.isClosed()) {
            exchange.fail(HttpReply.Kind.CLOSED, "client closed");
            return true;
        }
        exchange.timeout =
                loop.schedule(() -> onTimeout(exchange), Math.max(0, exchange.leftNanos()), TimeUnit.NANOSECONDS);
        await(exchange);
        pump();
        if (waiting.size() - connectingForAny() > limits.maxWaitingPerHost() && waiting.remove(exchange)) {
            counters.waiting.decrement();
            counters.refused.increment();
            exchange.fail(HttpReply.Kind.QUEUE_FULL, waiting.size() + " calls wait for " + key.host());
        }
        return true;
    }

    private int connectingForAny() {
        return connecting - tied.size();
    }

    private void await(Exchange exchange) {
        waiting.add(exchange);
        counters.waiting.increment();
    }

    private @Nullable Exchange nextWaiting() {
        Iterator<Exchange> first = waiting.iterator();
        if (!first.hasNext()) {
            return null;
        }
        Exchange exchange = first.next();
        first.remove();
        counters.waiting.decrement();
        return exchange;
    }

    private void onTimeout(Exchange exchange) {
        String reason = "no whole answer within " + exchange.call.timeout().toMillis() + " ms";
        Connection connection = exchange.connection;
        if (connection != null) {
            connection.fail(HttpReply.Kind.TIMEOUT, reason);
            return;
        }
        if (waiting.remove(exchange)) {
            counters.waiting.decrement();
        }
        tied.remove(exchange);
        exchange.fail(HttpReply.Kind.TIMEOUT, reason);
    }

    /** Gives waiting calls to idle connections, and opens more while that is allowed. */
    void pump() {
        while (!waiting.isEmpty()) {
            Connection connection = takeIdle();
            if (connection != null) {
                connection.start(requireNonNull(nextWaiting(), "waiting"));
            } else if (connectingForAny() >= waiting.size() || !tryConnect(null)) {
                break;
            }
        }
        if (open.isEmpty() && connecting == 0 && waiting.isEmpty()) {
            isRetired = true;
            client.forget(this);
        }
    }

    private @Nullable Connection takeIdle() {
        Connection connection = idle.pollLast();
        while (connection != null && !connection.isUsable()) {
            connection.close();
            connection = idle.pollLast();
        }
        noteIdle();
        return connection;
    }

    private void noteIdle() {
        counters.idle.add(idle.size() - idleCount);
        idleCount = idle.size();
    }

    private boolean tryConnect(@Nullable Exchange tiedTo) {
        if (open.size() + connecting >= limits.maxInFlightPerHost() || !client.tryOpen(this)) {
            return false;
        }
        connecting++;
        if (tiedTo != null) {
            tied.add(tiedTo);
        }
        ChannelFuture connect = client.connect(this);
        connect.addListener(done -> {
            Channel channel = connect.channel();
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (!done.isSuccess() || tls == null) {
                onConnected(channel, done, tiedTo);
            } else {
                tls.handshakeFuture().addListener(shaken -> onConnected(channel, shaken, tiedTo));
            }
        });
        return true;
    }

    private void onConnected(Channel channel, Future<?> result, @Nullable Exchange tiedTo) {
        connecting--;
        boolean isTied = tiedTo != null && tied.remove(tiedTo);
        Connection connection = channel.pipeline().get(Connection.class);
        if (!result.isSuccess() || connection == null || !channel.isActive() || client.isClosed()) {
            var unused = channel.close();
            client.onClosed();
            Exchange victim = isTied ? tiedTo : nextWaiting();
            if (victim != null && client.isClosed()) {
                victim.fail(HttpReply.Kind.CLOSED, "client closed");
            } else if (victim != null) {
                victim.fail(HttpReply.Kind.CONNECT, describe(result.cause()));
            }
            pump();
            return;
        }
        counters.created.increment();
        open.add(connection);
        if (isTied && tiedTo != null) {
            connection.start(tiedTo);
        } else {
            release(connection);
        }
    }

    private String describe(@Nullable Throwable cause) {
        String what = cause == null ? "closed at once" : cause.getClass().getSimpleName();
        return "no connection to " + key.host() + ':' + key.port() + ": " + what;
    }

    /** Takes back a connection whose exchange is over, or a new one. */
    void release(Connection connection) {
        if (client.isClosed() || idle.size() >= limits.maxIdlePerHost() && waiting.isEmpty()) {
            connection.close();
            return;
        }
        connection.idleSinceNanos = System.nanoTime();
        idle.addLast(connection);
        noteIdle();
        pump();
        client.onIdle(this);
        if (!isSweeping && !idle.isEmpty()) {
            sweepLater(limits.idleTimeout().toNanos());
        }
    }

    private void sweepLater(long delayNanos) {
        isSweeping = true;
        var unused = loop.schedule(this::sweep, delayNanos, TimeUnit.NANOSECONDS);
    }

    private void sweep() {
        isSweeping = false;
        long nowNanos = System.nanoTime();
        long timeoutNanos = limits.idleTimeout().toNanos();
        Connection oldest = idle.peekFirst();
        while (oldest != null && nowNanos - oldest.idleSinceNanos >= timeoutNanos) {
            idle.removeFirst();
            oldest.close();
            oldest = idle.peekFirst();
        }
        noteIdle();
        if (oldest != null) {
            sweepLater(timeoutNanos - (nowNanos - oldest.idleSinceNanos));
        }
    }

    /** Closes the connection idle for longest: another pool needs its place. */
    void evictOne() {
        Connection oldest = idle.pollFirst();
        noteIdle();
        if (oldest != null) {
            oldest.close();
        }
    }

    /** The idle connection that the exchange was given turned out to be closed: once more, on a new one. */
    void retry(Connection lost, Exchange exchange) {
        exchange.isRetried = true;
        counters.retried.increment();
        remove(lost);
        if (!tryConnect(exchange)) {
            await(exchange);
        }
        pump();
    }

    void onClosed(Connection connection) {
        if (remove(connection)) {
            pump();
        }
    }

    private boolean remove(Connection connection) {
        if (!open.remove(connection)) {
            return false;
        }
        counters.closed.increment();
        if (idle.remove(connection)) {
            noteIdle();
        }
        client.onClosed();
        return true;
    }

    /** Ends every call and every connection. */
    void shutdown() {
        for (Connection connection : List.copyOf(open)) {
            connection.fail(HttpReply.Kind.CLOSED, "client closed");
        }
        for (Exchange exchange : List.copyOf(tied)) {
            exchange.fail(HttpReply.Kind.CLOSED, "client closed");
        }
        for (Exchange exchange = nextWaiting(); exchange != null; exchange = nextWaiting()) {
            exchange.fail(HttpReply.Kind.CLOSED, "client closed");
        }
        pump();
    }
}
