// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.local;

import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.ProxyTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Engines and proxies of one process, joined without sockets. Every proxy side is linked with every engine side, for as
 * long as both are started.
 *
 * <p>It is as asynchronous as a network: every call of a handler comes from the hub's own thread {@code local-link}, or
 * the given executor, never from the caller. With {@link #manual} nothing moves until {@link #runPending}, for tests
 * that are to run the same way each time. Commands and reports are passed on as objects. Thread-safe.
 */
public final class LocalTransport implements AutoCloseable {
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    /*
     * Implementation notes. All state of engines, proxies and links belongs to the runner, which runs one step at a
     * time; public methods only add steps. What must be answered at once (report, publish) touches the windows and the
     * inbox, which are thread-safe.
     */
    private final LocalRunner runner;
    private final int linkFrames;
    private final Duration redialDelay;
    private final Duration heartbeat;
    private final @Nullable ScheduledThreadPoolExecutor own;
    private final AtomicLong connections = new AtomicLong();
    private final List<LocalEngine> engines = new ArrayList<>();
    private final List<LocalProxy> proxies = new ArrayList<>();

    private LocalTransport(Builder builder) {
        linkFrames = builder.linkFrames;
        redialDelay = builder.redialDelay;
        heartbeat = builder.heartbeat;
        own = builder.isManual || builder.executor != null ? null : ownExecutor();
        runner = new LocalRunner(builder.isManual ? null : own != null ? own : builder.executor);
    }

    private static ScheduledThreadPoolExecutor ownExecutor() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "local-link");
            thread.setDaemon(true);
            return thread;
        });
        executor.setKeepAliveTime(1, TimeUnit.SECONDS);
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** A hub with its own thread, which runs while there is something to do. */
    public static LocalTransport create() {
        return builder().build();
    }

    /** A hub that moves only when {@link #runPending} or {@link #elapse} is called, on the caller's thread. */
    public static LocalTransport manual() {
        return builder().manual().build();
    }

    /** Starts the description of a hub. */
    public static Builder builder() {
        return new Builder();
    }

    /** A transport for one more engine. */
    public EngineTransport engineSide() {
        return new LocalEngine(this);
    }

    /** A transport for one more proxy. */
    public ProxyTransport proxySide() {
        return new LocalProxy(this);
    }

    /** Cuts every link as a network failure would; the proxies dial again. */
    public void cutLinks() {
        runner.execute(() -> List.copyOf(proxies).forEach(proxy -> proxy.cut("connection reset")));
    }

    /**
     * Does everything that can be done now, and what that leads to. For a manual hub.
     *
     * @return how many steps were done
     * @throws IllegalStateException if the hub has a thread
     */
    public int runPending() {
        if (!runner.isManual()) {
            throw new IllegalStateException("runPending: the hub runs by itself (expected: a manual hub)");
        }
        return runner.run();
    }

    /**
     * Lets every delay of a manual hub end (dialling again, offering refused commands again, heartbeats), then {@link
     * #runPending}.
     */
    public int elapse() {
        runner.elapse();
        return runPending();
    }

    /** Shuts every side down and ends the hub's own thread. Idempotent. */
    @Override
    public void close() {
        runAndWait(
                () -> {
                    List.copyOf(engines).forEach(LocalEngine::stop);
                    List.copyOf(proxies).forEach(LocalProxy::stop);
                },
                CLOSE_TIMEOUT);
        if (own != null) {
            own.shutdown();
        }
    }

    LocalRunner runner() {
        return runner;
    }

    int linkFrames() {
        return linkFrames;
    }

    Duration redialDelay() {
        return redialDelay;
    }

    Duration heartbeat() {
        return heartbeat;
    }

    long nextConnection() {
        return connections.incrementAndGet();
    }

    void attach(LocalEngine engine) {
        engines.add(engine);
        List.copyOf(proxies).forEach(proxy -> proxy.dial(engine));
    }

    void attach(LocalProxy proxy) {
        proxies.add(proxy);
        List.copyOf(engines).forEach(proxy::dial);
    }

    void detach(LocalEngine engine) {
        engines.remove(engine);
    }

    void detach(LocalProxy proxy) {
        proxies.remove(proxy);
    }

    boolean isAttached(LocalEngine engine, LocalProxy proxy) {
        return engines.contains(engine) && proxies.contains(proxy);
    }

    boolean isAttached(LocalProxy proxy) {
        return proxies.contains(proxy);
    }

    void cutLinksOf(LocalEngine engine, String reason) {
        List.copyOf(proxies).forEach(proxy -> proxy.cut(engine, reason));
    }

    /** Runs a step and waits for it, at most so long. */
    void runAndWait(Runnable step, Duration timeout) {
        if (runner.isCurrent()) {
            step.run();
            return;
        }
        CountDownLatch done = new CountDownLatch(1);
        boolean isAdded = runner.execute(() -> {
            try {
                step.run();
            } finally {
                done.countDown();
            }
        });
        if (!isAdded) {
            return;
        }
        if (runner.isManual()) {
            runner.run();
            return;
        }
        try {
            var unused = done.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Describes a hub. Not thread-safe. */
    public static final class Builder {
        private @Nullable ScheduledExecutorService executor;
        private boolean isManual;
        private int linkFrames = 1_024;
        private Duration redialDelay = Duration.ofMillis(50);
        private Duration heartbeat = Duration.ofSeconds(1);

        private Builder() {}

        /** Runs on an executor of the caller's, one step at a time; it stays the caller's to end. */
        public Builder executor(ScheduledExecutorService newExecutor) {
            executor = newExecutor;
            return this;
        }

        /** Moves only when told; goes before {@link #executor}. */
        public Builder manual() {
            isManual = true;
            return this;
        }

        /** Frames that wait for a proxy before it lags, 1 to 65,536; default 1,024. */
        public Builder linkFrames(int frames) {
            if (frames < 1 || frames > 65_536) {
                throw new IllegalArgumentException("linkFrames: " + frames + " (expected: 1..65536)");
            }
            linkFrames = frames;
            return this;
        }

        /** Time until a lost link is dialled again, or refused commands are offered again; default 50 ms. */
        public Builder redialDelay(Duration delay) {
            redialDelay = requirePositive("redialDelay", delay);
            return this;
        }

        /** Time between heartbeats; default 1 s. */
        public Builder heartbeat(Duration interval) {
            heartbeat = requirePositive("heartbeat", interval);
            return this;
        }

        private static Duration requirePositive(String key, Duration value) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException(key + ": " + value + " (expected: a positive time)");
            }
            return value;
        }

        /** Creates the hub; starts no thread. */
        public LocalTransport build() {
            return new LocalTransport(this);
        }
    }
}
