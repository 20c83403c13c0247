// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.netty.poll;

import static java.util.Objects.requireNonNull;

import io.cdnrefresh.model.Report;
import io.cdnrefresh.netty.NettyLoops;
import io.cdnrefresh.netty.client.HttpClient;
import io.cdnrefresh.netty.rpc.EngineLinks;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.ProxyTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The proxy's side of the proxy protocol over HTTP (docs/protocol.md), for places where only HTTP passes. Thread-safe;
 * {@link #shutdown} is not to be called on an event loop.
 */
public final class HttpProxyTransport implements ProxyTransport {
    private static final int MAX_ENGINES = 256;

    private final Duration minBackoff;
    private final Duration maxBackoff;
    private final Duration spread;
    private final Duration maxWait;
    private final @Nullable String token;
    private final boolean isSecure;
    private final HttpClient client;
    private final List<EnginePoller> pollers = new ArrayList<>();
    private final EngineLinks<EnginePoller> links = new EngineLinks<>();
    private final AtomicLong connections = new AtomicLong();
    private final AtomicBoolean isStopped = new AtomicBoolean();
    private volatile @Nullable Handler handler;

    private HttpProxyTransport(Builder builder) {
        NettyLoops loops = builder.loops;
        HttpClient given = builder.client;
        if (loops == null || given == null || builder.engines.isEmpty()) {
            throw new IllegalArgumentException("loops, client, engines: one is missing (expected: all of them)");
        }
        minBackoff = builder.minBackoff;
        maxBackoff = builder.maxBackoff;
        spread = builder.spread;
        maxWait = builder.maxWait;
        token = builder.token;
        isSecure = builder.isSecure;
        client = given;
        for (String engine : builder.engines) {
            int colon = engine.lastIndexOf(':');
            String host = engine.substring(0, colon).replace("[", "").replace("]", "");
            int port = Integer.parseInt(engine.substring(colon + 1));
            pollers.add(new EnginePoller(this, loops.http().next(), host, port));
        }
    }

    /** Starts the description of a transport. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public void start(Handler newHandler) {
        if (handler != null) {
            throw new IllegalStateException("start: called twice");
        }
        handler = newHandler;
        pollers.forEach(EnginePoller::start);
    }

    @Override
    public boolean report(EngineLink link, long batch, List<Report> reports) {
        EnginePoller poller = links.get(link);
        return poller != null && poller.report(link, batch, reports);
    }

    @Override
    public void heartbeat() {
        links.all().forEach(poller -> poller.execute(poller::beat));
    }

    @Override
    public void shutdown(Duration deadline) {
        if (!isStopped.compareAndSet(false, true)) {
            return;
        }
        CountDownLatch left = new CountDownLatch(pollers.size());
        pollers.forEach(poller -> poller.stop(left));
        try {
            var unused = left.await(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The links that are open. */
    EngineLinks<EnginePoller> links() {
        return links;
    }

    Handler handler() {
        return requireNonNull(handler, "start was not called");
    }

    HttpClient client() {
        return client;
    }

    @Nullable
    String token() {
        return token;
    }

    boolean isSecure() {
        return isSecure;
    }

    Duration maxWait() {
        return maxWait;
    }

    long nextConnection() {
        return connections.incrementAndGet();
    }

    /** A random part of the spread, in nanoseconds. */
    long spread() {
        return spread.isZero() ? 0 : ThreadLocalRandom.current().nextLong(spread.toNanos());
    }

    /** How long to wait after so many failures, in nanoseconds: a random part of the upper half. */
    long backoff(int failures) {
        long cap = maxBackoff.toNanos();
        long step = minBackoff.toNanos() << Math.min(failures, 20);
        long most = step <= 0 || step > cap ? cap : step;
        return most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1) + (failures == 0 ? spread() : 0);
    }

    /** Describes a transport. Not thread-safe. */
    public static final class Builder {
        private List<String> engines = List.of();
        private @Nullable NettyLoops loops;
        private @Nullable HttpClient client;
        private Duration minBackoff = Duration.ofMillis(100);
        private Duration maxBackoff = Duration.ofSeconds(10);
        private Duration spread = Duration.ZERO;
        private Duration maxWait = Duration.ofSeconds(25);
        private @Nullable String token;
        private boolean isSecure;

        private Builder() {}

        /** HTTP addresses of the engines, {@code host:port}, 1 to 256 of them; required. */
        public Builder engines(List<String> addresses) {
            for (String address : addresses) {
                if (!address.matches("(\\[[0-9a-fA-F:.]+]|[^:\\s]+):[0-9]{1,5}")) {
                    throw new IllegalArgumentException("engine: " + address + " (expected: host:port or [ipv6]:port)");
                }
            }
            if (addresses.isEmpty() || addresses.size() > MAX_ENGINES) {
                throw new IllegalArgumentException(
                        "engines: " + addresses.size() + " (expected: 1.." + MAX_ENGINES + ")");
            }
            engines = List.copyOf(addresses);
            return this;
        }

        /** The loops to live on; required, and the caller's to end. */
        public Builder loops(NettyLoops newLoops) {
            loops = requireNonNull(newLoops, "loops");
            return this;
        }

        /** What makes the requests; required, and the caller's to close. */
        public Builder client(HttpClient newClient) {
            client = requireNonNull(newClient, "client");
            return this;
        }

        /** Wait after the first failure and after many, 1 ms to 10 min; default 100 ms and 10 s. It doubles between. */
        public Builder backoff(Duration first, Duration last) {
            minBackoff = check("backoff", first, Duration.ofMillis(1));
            maxBackoff = check("backoff", last, first);
            return this;
        }

        /** Each first dial and each dial after a lost link waits a random part of this, 0 to 10 min; default 0. */
        public Builder spread(Duration most) {
            spread = check("spread", most, Duration.ZERO);
            return this;
        }

        /** How long an engine may hold a poll that has nothing to bring, 10 ms to 55 s; default 25 s. */
        public Builder maxWait(Duration longest) {
            check("maxWait", longest, Duration.ofMillis(10));
            maxWait = longest.compareTo(PollRequest.LONGEST_WAIT) > 0 ? PollRequest.LONGEST_WAIT : longest;
            return this;
        }

        /** The secret that the engines expect; default none. */
        public Builder token(@Nullable String secret) {
            token = secret;
            return this;
        }

        /** Speaks TLS, as the client is set up for it. */
        public Builder secure() {
            isSecure = true;
            return this;
        }

        private static Duration check(String key, Duration value, Duration min) {
            Duration max = Duration.ofMinutes(10);
            if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
                throw new IllegalArgumentException(key + ": " + value + " (expected: " + min + ".." + max + ")");
            }
            return value;
        }

        /**
         * Creates the transport; opens nothing.
         *
         * @throws IllegalArgumentException if loops, client or engines were not given
         */
        public HttpProxyTransport build() {
            return new HttpProxyTransport(this);
        }
    }
}
