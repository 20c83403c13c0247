// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh;

import io.cdnrefresh.engine.EngineHost;
import io.cdnrefresh.engine.EngineSetup;
import io.cdnrefresh.local.LocalCoordinator;
import io.cdnrefresh.local.LocalTransport;
import io.cdnrefresh.local.MemoryStore;
import io.cdnrefresh.model.CallbackOptions;
import io.cdnrefresh.model.EngineEvent;
import io.cdnrefresh.model.EngineOptions;
import io.cdnrefresh.model.EnginePool;
import io.cdnrefresh.model.FlowLimits;
import io.cdnrefresh.model.IntakeLimits;
import io.cdnrefresh.model.RefreshException;
import io.cdnrefresh.model.RefreshTask;
import io.cdnrefresh.spi.Alert;
import io.cdnrefresh.spi.AlertSink;
import io.cdnrefresh.spi.ApiEndpoint;
import io.cdnrefresh.spi.CallbackSender;
import io.cdnrefresh.spi.CallbackStore;
import io.cdnrefresh.spi.CompletionListener;
import io.cdnrefresh.spi.Coordinator;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Metric;
import io.cdnrefresh.spi.MetricSource;
import io.cdnrefresh.spi.PeerCaller;
import io.cdnrefresh.spi.RefreshTimer;
import io.cdnrefresh.spi.RegistryStore;
import io.cdnrefresh.spi.Reload;
import io.cdnrefresh.spi.TaskQueries;
import io.cdnrefresh.spi.TaskStore;
import io.cdnrefresh.timer.TimingWheel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes refresh and preload tasks, keeps them, brings them to every cache of the network and tells what became of them.
 *
 * <p>Life: build, {@link #start}, use, {@link #shutdown} or {@link #close}; once each. Thread-safe. Every part that is not
 * given runs in process: the smallest engine is {@code RefreshEngine.builder().build()}. What the engine made it closes;
 * what it was given it leaves alone, but for the transport, whose links end with the engine.
 */
public final class RefreshEngine implements AutoCloseable {
    private static final Logger logger = LoggerFactory.getLogger(RefreshEngine.class);
    private static final Duration SUBMIT_LIMIT = Duration.ofSeconds(30);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(10);

    private final EngineHost host;
    private final EngineClock clock;
    private final ApiEndpoint api;
    private final List<AutoCloseable> own;

    private RefreshEngine(EngineSetup setup, List<AutoCloseable> own) {
        host = new EngineHost(setup);
        clock = setup.clock();
        this.own = own;
        api = host.api();
    }

    /** An engine whose every part runs in process, to be changed. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Claims the engine's id in the registry, reads unfinished tasks back and starts to serve. When the store is away, the
     * engine waits for it in the background and is not ready until then.
     *
     * @throws IllegalStateException if it was started before
     * @throws io.cdnrefresh.spi.StoreException PERMANENT if a live engine has the id
     */
    public void start() {
        host.start();
    }

    /**
     * Hands a task in and waits until it is durable. Not for event loops.
     *
     * @throws RefreshException RETRYABLE if the engine is busy, draining or without its store, or the thread is
     *     interrupted, when the task may have been accepted; PERMANENT if the task cannot be done, such as when no device
     *     is in scope
     */
    public TaskHandle submit(RefreshTask task) {
        try {
            EngineHost.Ticket ticket =
                    host.submit(task).toCompletableFuture().get(SUBMIT_LIMIT.toSeconds(), TimeUnit.SECONDS);
            return new TaskHandle(ticket.id(), ticket.completion());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RefreshException refused) {
                throw refused;
            }
            throw new RefreshException(RefreshException.Category.RETRYABLE, "no answer from the store", e.getCause());
        } catch (TimeoutException e) {
            throw new RefreshException(RefreshException.Category.RETRYABLE, "no answer from the store", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RefreshException(RefreshException.Category.RETRYABLE, "interrupted before the store answered", e);
        }
    }

    /** The HTTP API without HTTP: give it to a front such as the one of refresh-transport-netty. */
    public ApiEndpoint api() {
        return api;
    }

    /** The figures of this moment, as {@code GET /metrics} tells them. */
    public List<Metric> metrics() {
        return host.metrics();
    }

    /** For people: who holds which traced lock, and who waits for one; one line each. */
    public List<String> locks() {
        return host.locks();
    }

    /** For people: every queue and map with its bound, and how it grows; one line each. */
    public List<String> sizes() {
        return host.sizes();
    }

    /**
     * Uses other limits from now on. Whether those of the intake are hard, and how often engines agree on them, does not
     * change.
     *
     * @return false if the engine still waits for its store: ask again when it is ready
     */
    public boolean update(IntakeLimits limits, FlowLimits flow) {
        return host.update(limits, flow);
    }

    /** Who reads the configuration anew when {@code POST /v1/engine/reload} asks for it. */
    public void onReload(Reload way) {
        host.onReload(way);
    }

    /** Adds figures to those that {@code GET /metrics} tells; they live as long as the engine. */
    public void addMetrics(MetricSource source) {
        host.addMetrics(source);
    }

    /** Refuses new tasks from now on; what is in goes on. Has no effect when repeated. */
    public void drain() {
        host.drain("embedder");
    }

    /**
     * Subscribes to what happens to this engine, before its start or later.
     *
     * <p>Subscribers are called one event after the other, in order, on a thread that does nothing else. One that throws is
     * counted and logged and harms nobody; one that blocks makes the other subscribers wait, never the engine, and events
     * that then find their queue full are dropped and counted ({@code events_dropped}). So use events to watch; what must
     * not be missed is in the store.
     *
     * @param type of the events; {@link EngineEvent} for all
     * @throws IllegalStateException if there are 1,000 subscribers
     */
    public <E extends EngineEvent> Subscription subscribe(Class<E> type, Consumer<? super E> subscriber) {
        return host.events().subscribe(type, subscriber)::run;
    }

    /** A subscription to events. Thread-safe. */
    @FunctionalInterface
    public interface Subscription extends AutoCloseable {
        /** Ends it; an event that is being delivered may still arrive. Idempotent. */
        @Override
        void close();
    }

    /**
     * Changes the number of threads of a pool while the engine runs, and tells the subscribers with a
     * {@link io.cdnrefresh.model.ConfigEvent}. Returns at once; threads that are too many end after the work that they are at.
     *
     * @param threads 0 to 64; 0 = the pool stands still, and its work waits in its bounded queue
     * @throws IllegalArgumentException if the number is out of range
     * @throws IllegalStateException if the engine does not run, or the timer is one that cannot be resized
     */
    public void resize(EnginePool pool, int threads) {
        host.events().resize(pool, threads);
    }

    /** Why the engine should get no new work; empty = ready. */
    public List<String> unreadiness() {
        return host.unreadiness();
    }

    /**
     * Stops front to back within the deadline. What was acknowledged and is not finished stays in the store. Idempotent:
     * the second report is empty.
     */
    public ShutdownReport shutdown(Duration deadline) {
        long started = clock.nanos();
        Map<String, Integer> left = host.shutdown(deadline);
        for (AutoCloseable part : own) {
            try {
                part.close();
            } catch (Exception e) {
                logger.warn("close failed part={}", part.getClass().getSimpleName(), e);
            }
        }
        own.clear();
        return new ShutdownReport(left, Duration.ofNanos(clock.nanos() - started), left.isEmpty());
    }

    /** {@link #shutdown} within 10 s. */
    @Override
    public void close() {
        shutdown(CLOSE_LIMIT);
    }

    /** Puts an engine together. Not thread-safe. */
    public static final class Builder {
        private @Nullable TaskStore store;
        private @Nullable TaskQueries queries;
        private @Nullable RegistryStore registry;
        private @Nullable Coordinator coordinator;
        private @Nullable EngineTransport transport;
        private @Nullable PeerCaller peers;
        private @Nullable RefreshTimer timer;
        private EngineClock clock = EngineClock.system();
        private AlertSink alertSink = Builder::log;
        private @Nullable CallbackSender callbackSender;
        private CallbackOptions callbackOptions = CallbackOptions.DEFAULTS;
        private final List<CompletionListener> listeners = new ArrayList<>();
        private EngineOptions options = EngineOptions.DEFAULTS;

        private Builder() {}

        private static void log(Alert alert) {
            logger.warn(
                    "alert severity={} name={} subject={} detail={} suppressed={}",
                    alert.severity(),
                    alert.name(),
                    alert.subject(),
                    alert.detail(),
                    alert.suppressed());
        }

        /** Where tasks are kept. When it is also a {@link TaskQueries} or {@link RegistryStore}, it serves as that. */
        public Builder store(TaskStore value) {
            store = value;
            return this;
        }

        /** Where tasks are read from; default: the store. */
        public Builder queries(TaskQueries value) {
            queries = value;
            return this;
        }

        /** Where devices and hosts are kept; default: the store. */
        public Builder registry(RegistryStore value) {
            registry = value;
            return this;
        }

        /** What several engines share; default: nothing, this engine is alone. */
        public Builder coordinator(Coordinator value) {
            coordinator = value;
            return this;
        }

        /** The way to the proxies; default: in process, to nobody. */
        public Builder transport(EngineTransport value) {
            transport = value;
            return this;
        }

        /** The way to the APIs of other engines; default: none, so that their tasks are answered from the store. */
        public Builder peers(PeerCaller value) {
            peers = value;
            return this;
        }

        /** The timer; default: a timing wheel of its own. */
        public Builder timer(RefreshTimer value) {
            timer = value;
            return this;
        }

        /** Time; default: the system's. */
        public Builder clock(EngineClock value) {
            clock = value;
            return this;
        }

        /** Where alerts go; default: the log. */
        public Builder alertSink(AlertSink value) {
            alertSink = value;
            return this;
        }

        /** Adds one who is told of ends. */
        public Builder completionListener(CompletionListener value) {
            listeners.add(value);
            return this;
        }

        /**
         * Posts the webhooks of tasks with a {@code callback}; the store has to be a {@link CallbackStore.Owner}. Default:
         * nobody, such tasks are done and nothing is posted.
         */
        public Builder callbacks(CallbackSender sender, CallbackOptions value) {
            callbackSender = sender;
            callbackOptions = value;
            return this;
        }

        /** Sizes and periods. */
        public Builder options(EngineOptions value) {
            options = value;
            return this;
        }

        /**
         * The engine, not started.
         *
         * @throws IllegalArgumentException if a store is given that cannot be read, and no queries or registry with it; or
         *     one that keeps no webhooks, and somebody who posts them
         */
        public RefreshEngine build() {
            List<AutoCloseable> own = new ArrayList<>();
            TaskStore tasks = store;
            if (tasks == null) {
                tasks = new MemoryStore();
                own.add(tasks);
            }
            TaskQueries reads = queries != null ? queries : tasks instanceof TaskQueries q ? q : null;
            RegistryStore devices = registry != null ? registry : tasks instanceof RegistryStore r ? r : null;
            if (reads == null || devices == null) {
                throw new IllegalArgumentException("store: " + tasks.getClass().getSimpleName()
                        + " (expected: one that is TaskQueries and RegistryStore too, or queries and registry)");
            }
            EngineSetup.Webhooks webhooks = webhooks(tasks);
            EngineSetup.Stores stores = new EngineSetup.Stores(tasks, reads, devices, !(tasks instanceof MemoryStore));
            Coordinator shared = coordinator != null
                    ? coordinator
                    : mine(LocalCoordinator.builder().clock(clock).build(), own);
            EngineTransport way = transport != null
                    ? transport
                    : mine(LocalTransport.create(), own).engineSide();
            RefreshTimer wheel =
                    timer != null ? timer : TimingWheel.builder().clock(clock).build();
            return new RefreshEngine(
                    new EngineSetup(stores, shared, way, clock, wheel, alertSink, listeners, options, peers, webhooks),
                    own);
        }

        private EngineSetup.@Nullable Webhooks webhooks(TaskStore tasks) {
            CallbackSender sender = callbackSender;
            if (sender == null) {
                return null;
            }
            if (tasks instanceof CallbackStore.Owner owner) {
                return new EngineSetup.Webhooks(owner.callbacks(), sender, callbackOptions);
            }
            throw new IllegalArgumentException("callbacks: " + tasks.getClass().getSimpleName()
                    + " keeps no webhooks (expected: a store that is a CallbackStore.Owner)");
        }

        private static <T extends AutoCloseable> T mine(T part, List<AutoCloseable> own) {
            own.add(part);
            return part;
        }
    }
}
