// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.TaskKind;
import io.cdnrefresh.spi.CacheServer;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.Hello;
import io.cdnrefresh.spi.ProxyHealth;
import io.cdnrefresh.spi.ProxyTransport;
import io.cdnrefresh.spi.RefreshTimer;
import io.cdnrefresh.spi.Standing;
import io.cdnrefresh.spi.UnreadCommand;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The proxy's one thread and what other threads may ask of it.
 *
 * <p>All state of {@link Desk} and {@link Shop} belongs to the thread {@code proxy-agent}, or to whoever calls {@link
 * #runPending} when the agent was made without a thread: the same steps in the same order, with no second path. Other
 * threads only post to the {@link Loop}, except for what is atomic by itself: the highest epochs, the credits of the
 * links, the published cursors and the counters.
 */
public final class ProxyAgent implements ProxyTransport.Handler {
    private static final Logger logger = LoggerFactory.getLogger(ProxyAgent.class);
    private static final int STEPS_PER_CYCLE = 1_024;
    private static final long TICK_NANOS = 100_000_000L;
    private static final int ENGINES = 1_024;

    private final AgentSettings settings;
    private final AgentCounters counters = new AgentCounters();
    private final EngineClock clock;
    private final RefreshTimer timer;
    private final ProxyTransport transport;
    private final Loop loop;
    private final Desk desk;
    private final Shop shop;
    private final LifeWatches watches;
    private final IdleLooks looks;
    private volatile Set<TaskKind> abilities;
    private volatile Consumer<CacheServer> released = server -> {};
    private final boolean hasThread;
    private final AtomicLongArray epochs = new AtomicLongArray(ENGINES);
    private final Map<EngineLink, AtomicInteger> credits = new ConcurrentHashMap<>();
    private final CountDownLatch drained = new CountDownLatch(1);
    private long tickedNanos;
    private volatile CatchUpGate gate;
    private volatile boolean isDraining;
    private volatile boolean isStopped;
    private @Nullable Thread thread;

    /**
     * Only assigns.
     *
     * @param hasThread false = the embedder calls {@link #runPending}
     */
    public ProxyAgent(
            AgentSettings settings,
            List<AgentCache> caches,
            ProxyTransport transport,
            EngineClock clock,
            RefreshTimer timer,
            boolean hasThread) {
        this.settings = settings;
        this.transport = transport;
        this.clock = clock;
        this.timer = timer;
        this.hasThread = hasThread;
        loop = new Loop(clock, timer);
        desk = new Desk(settings, counters, transport, loop);
        shop = new Shop(settings, counters, loop, caches, desk);
        desk.use(shop);
        watches = new LifeWatches(loop, counters);
        watches.add(shop.lanes);
        looks = new IdleLooks(shop, loop);
        abilities = abilities(shop);
        gate = new CatchUpGate(Duration.ofMinutes(5), false, clock.nanos());
        tickedNanos = clock.nanos();
    }

    /**
     * Works with other caches from now on. Who stays as it was goes on undisturbed; who goes gets no more work and does what
     * it has. Any thread; returns at once.
     *
     * @param whenReleased told of each server that is not used any more, on the agent
     */
    public void caches(List<AgentCache> next, Consumer<CacheServer> whenReleased) {
        loop.post(() -> {
            released = whenReleased;
            shop.use(next);
            abilities = abilities(shop);
            watches.add(shop.lanes).forEach(Watch::start);
        });
    }

    private void release() {
        for (CacheLane lane : shop.takeRetired()) {
            lane.retire();
            watches.remove(lane);
            released.accept(lane.server());
        }
    }

    private static Set<TaskKind> abilities(Shop shop) {
        Set<TaskKind> abilities = EnumSet.of(TaskKind.URL);
        for (CacheLane lane : shop.lanes) {
            CacheServer server = lane.server();
            addIf(server instanceof CacheServer.PrefixPurgeCapable, TaskKind.PREFIX, abilities);
            addIf(server instanceof CacheServer.RegexPurgeCapable, TaskKind.REGEX, abilities);
            addIf(server instanceof CacheServer.TagPurgeCapable, TaskKind.TAG, abilities);
            addIf(server instanceof CacheServer.HostPurgeCapable, TaskKind.HOST, abilities);
            addIf(server instanceof CacheServer.AllPurgeCapable, TaskKind.ALL, abilities);
        }
        for (CacheLane lane : shop.outermost()) {
            addIf(lane.server() instanceof CacheServer.PreloadCapable, TaskKind.PRELOAD, abilities);
        }
        return Set.copyOf(abilities);
    }

    private static void addIf(boolean isAble, TaskKind kind, Set<TaskKind> abilities) {
        if (isAble) {
            abilities.add(kind);
        }
    }

    /** How long the node may be out of service, and whether it leaves when it is cut off. Before the start. */
    public void gate(Duration maxWait, boolean withdraws) {
        gate = new CatchUpGate(maxWait, withdraws, clock.nanos());
    }

    /** How long a cache may be idle until it is asked whether it answers; zero = for ever. Before the start. */
    public void cacheCheck(Duration period) {
        looks.period(period.toNanos());
    }

    /** Starts timer, thread and transport. Called once. */
    public void start() {
        timer.start(loop);
        shop.poison.start();
        watches.start();
        if (hasThread) {
            Thread agent = new Thread(this::run, "proxy-agent");
            agent.setDaemon(true);
            thread = agent;
            agent.start();
        }
        transport.start(this);
    }

    private void run() {
        while (!isStopped) {
            int work = 0;
            try {
                work = doWork();
            } catch (RuntimeException fault) {
                logger.error("proxy cycle failed", fault);
            }
            if (work == 0) {
                loop.sleep(desk.hasOutgoing() ? Math.max(100_000L, settings.reportDelayNanos()) : TICK_NANOS);
            }
        }
    }

    /** Does what can be done now; only for an agent without a thread. */
    public void runPending() {
        if (hasThread) {
            throw new IllegalStateException("runPending: proxy-agent is running (expected: an agent without a thread)");
        }
        while (doWork() > 0) {
            // until nothing is left to do at this moment
        }
    }

    private int doWork() {
        int work = loop.drain(STEPS_PER_CYCLE);
        long nowNanos = loop.nowNanos();
        if (nowNanos - tickedNanos >= TICK_NANOS) {
            tickedNanos = nowNanos;
            for (CacheLane lane : shop.atWork()) {
                lane.sweep(nowNanos);
                lane.tell();
            }
            if (!isDraining) {
                looks.tick(nowNanos);
            }
            release();
        }
        desk.readmit();
        if (!isDraining) {
            for (CacheLane lane : shop.atWork()) {
                work += lane.pump(nowNanos);
            }
        }
        work += desk.flush(loop.isEmpty() && counters.inFlight.get() == 0);
        if (isDraining && counters.inFlight.get() == 0 && loop.isEmpty() && desk.unacknowledged() == 0) {
            drained.countDown();
        }
        return work;
    }

    @Override
    public Hello onLink(EngineLink link) {
        int engine = link.engine().engine();
        long epoch = link.engine().epoch();
        long highest = epochs.accumulateAndGet(engine, epoch, Math::max);
        if (isDraining) {
            throw new IllegalStateException("link: " + link.address() + " (expected: a proxy that is not stopping)");
        }
        if (epoch < highest) {
            counters.stale.incrementAndGet();
            throw new IllegalStateException(
                    "epoch: " + link.engine() + " (expected: " + highest + " or newer, met before)");
        }
        AtomicInteger credit = new AtomicInteger();
        credits.put(link, credit);
        loop.post(() -> desk.open(link, credit));
        EpochCursor.Snapshot known = desk.cursor(engine, epoch);
        return new Hello(
                settings.device(),
                settings.bootId(),
                settings.group(),
                settings.tier(),
                settings.version(),
                known == null ? 0 : known.cursor(),
                known == null ? List.of() : known.reported(),
                abilities,
                clock.now());
    }

    @Override
    public void onJoined(EngineLink link) {
        gate.joined(link, clock.nanos());
        logger.info("joined engine={} address={}", link.engine(), link.address());
    }

    @Override
    public void onStanding(EngineLink link, Standing standing) {
        gate.told(link, standing, clock.nanos());
    }

    @Override
    public boolean onCommands(EngineLink link, long firstSequence, List<Command> commands) {
        if (!tryReserve(link, commands.size())) {
            return false;
        }
        List<Command> taken = List.copyOf(commands);
        loop.post(() -> desk.commands(link, firstSequence, taken));
        return true;
    }

    @Override
    public boolean onUnread(EngineLink link, long sequence, UnreadCommand command) {
        if (!tryReserve(link, 1)) {
            return false;
        }
        loop.post(() -> desk.unread(link, sequence, command));
        return true;
    }

    /** A link may have so many commands waiting for room; one batch is always taken by a link that has none. */
    private boolean tryReserve(EngineLink link, int commands) {
        AtomicInteger credit = credits.get(link);
        if (credit == null || isDraining) {
            return false;
        }
        int used = credit.get();
        if (used > 0 && used + commands > settings.parkedLimit()) {
            counters.refused.incrementAndGet();
            return false;
        }
        credit.addAndGet(commands);
        return true;
    }

    @Override
    public void onAcknowledged(EngineLink link, long batch) {
        loop.post(() -> desk.acknowledged(link, batch));
    }

    @Override
    public void onLost(EngineLink link, String reason) {
        credits.remove(link);
        gate.lost(link, clock.nanos());
        loop.post(() -> desk.lost(link));
        logger.info("lost engine={} address={} reason={}", link.engine(), link.address(), reason);
    }

    @Override
    public ProxyHealth health() {
        return new ProxyHealth(
                clock.now(),
                queued(),
                counters.inFlight.get(),
                counters.cachesDown.get(),
                isReady(),
                counters.needsWipe.get());
    }

    private int queued() {
        return counters.queuedUrl.get()
                + counters.queuedBroad.get()
                + counters.queuedPreload.get()
                + counters.parked.get();
    }

    /** The figures. */
    public AgentCounters counters() {
        return counters;
    }

    /** Why the node should not serve: the catch-up gate is shut, or a cache may hold old copies; empty if it may. */
    public String notReadyReason() {
        String reason = watches.reason();
        return reason.isEmpty() ? gate.reason(clock.nanos()) : reason;
    }

    /** Whether it has caught up, is not stopping, and no cache may hold what it was told to forget. */
    public boolean isReady() {
        return gate.isOpen(clock.nanos()) && !isDraining && watches.isReady();
    }

    /**
     * Takes no more commands, begins no more calls, waits for those under way, reports, and stops everything.
     *
     * @return what was left: unfinished {@code commands}, {@code calls} without an answer, {@code reports} that no engine
     *     acknowledged; zeros left out. The engines send all of it again to the next life of this proxy.
     */
    public Map<String, Integer> shutdown(Duration deadline) {
        long endNanos = EngineClock.system().nanos() + deadline.toNanos();
        isDraining = true;
        if (hasThread) {
            loop.post(() -> {});
            try {
                if (!drained.await(Math.max(0, endNanos - EngineClock.system().nanos()), TimeUnit.NANOSECONDS)) {
                    logger.warn("proxy stops with calls under way calls={}", counters.inFlight.get());
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        } else {
            runPending();
        }
        isStopped = true;
        joinThread();
        shop.poison.stop();
        Map<String, Integer> left = new LinkedHashMap<>();
        putIf(queued(), "commands", left);
        putIf(counters.inFlight.get(), "calls", left);
        putIf(desk.unacknowledged(), "reports", left);
        watches.stop();
        timer.stop();
        transport.shutdown(
                Duration.ofNanos(Math.max(0, endNanos - EngineClock.system().nanos())));
        return left;
    }

    private void joinThread() {
        Thread agent = thread;
        if (agent == null) {
            return;
        }
        loop.post(() -> {});
        try {
            agent.join(1_000);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void putIf(int count, String what, Map<String, Integer> left) {
        if (count > 0) {
            left.put(what, count);
        }
    }
}
