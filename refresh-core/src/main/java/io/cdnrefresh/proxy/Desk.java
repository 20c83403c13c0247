// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.diag.TaskTrace;
import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Outcome;
import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.model.Target;
import io.cdnrefresh.model.TargetResult;
import io.cdnrefresh.spi.EngineLink;
import io.cdnrefresh.spi.ProxyTransport;
import io.cdnrefresh.spi.UnreadCommand;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where commands come in and reports go out: links, window, cursors. Owned by the agent; not thread-safe, but for {@link
 * #cursor}.
 */
final class Desk implements Shop.RunListener {
    private static final Logger logger = LoggerFactory.getLogger(Desk.class);
    private static final long PUBLISH_NANOS = 10_000_000L;
    private static final QueueKind[] KINDS = QueueKind.values();

    private final AgentSettings settings;
    private final AgentCounters counters;
    private final ProxyTransport transport;
    private final Loop loop;
    private final ResultWindow window;
    private final Map<EngineLink, Link> links = new HashMap<>();
    private final Map<EngineLink, AtomicInteger> credits = new HashMap<>();
    private final Map<Integer, EpochCursor> cursors = new HashMap<>();
    private @Nullable Shop shop;
    private boolean hasRoom;
    private boolean isCursorStale;
    private long publishedNanos;
    private long publishedEvictions;
    private volatile Map<Integer, EpochCursor.Snapshot> published = Map.of();

    Desk(AgentSettings settings, AgentCounters counters, ProxyTransport transport, Loop loop) {
        this.settings = settings;
        this.counters = counters;
        this.transport = transport;
        this.loop = loop;
        window = new ResultWindow(settings.windowEntries(), settings.windowBytes(), counters);
        publishedNanos = loop.nowNanos();
    }

    void use(Shop used) {
        shop = used;
    }

    /** How far an engine's life is reported, perhaps a moment ago; null if it was not met. Thread-safe. */
    EpochCursor.@Nullable Snapshot cursor(int engine, long epoch) {
        EpochCursor.Snapshot known = published.get(engine);
        return known == null || known.epoch() != epoch ? null : known;
    }

    /** A link is up; those of older lives of its engine are dead to us. */
    void open(EngineLink name, AtomicInteger credit) {
        int engine = name.engine().engine();
        long epoch = name.engine().epoch();
        EpochCursor cursor = cursors.get(engine);
        if (cursor != null && cursor.epoch > epoch) {
            counters.stale.incrementAndGet();
            return;
        }
        if (cursor == null || cursor.epoch < epoch) {
            List.copyOf(links.keySet()).stream()
                    .filter(other -> other.engine().engine() == engine)
                    .forEach(this::lost);
            cursor = new EpochCursor(epoch);
            cursors.put(engine, cursor);
        }
        links.put(name, new Link(name, cursor, transport, settings, counters));
        credits.put(name, credit);
        counters.links.set(links.size());
    }

    void lost(EngineLink name) {
        Link link = links.remove(name);
        credits.remove(name);
        if (link == null) {
            return;
        }
        link.lost().forEach(entry -> window.changed(entry, loop.nowNanos()));
        counters.parked.addAndGet(-link.parking.size());
        counters.links.set(links.size());
        hasRoom = true;
        publish();
    }

    void acknowledged(EngineLink name, long batch) {
        Link link = links.get(name);
        if (link == null) {
            return;
        }
        for (Entry entry : link.acknowledged(batch)) {
            window.changed(entry, loop.nowNanos());
            isCursorStale = true;
            hasRoom = true;
        }
    }

    void commands(EngineLink name, long firstSequence, List<Command> commands) {
        Link link = links.get(name);
        AtomicInteger credit = credits.get(name);
        if (link == null || credit == null) {
            counters.stale.addAndGet(commands.size());
            return;
        }
        int taken = 0;
        for (int i = 0; i < commands.size(); i++) {
            Command command = commands.get(i);
            arrived(link, firstSequence + i);
            boolean isKnown = window.find(command.id().value(), command.step()) != null;
            boolean mustWait = !isKnown
                    && !command.isWithdrawal()
                    && link.parking.mustWait(command.task().kind().queue());
            if (!mustWait && take(link, firstSequence + i, command)) {
                taken++;
            } else {
                link.parking.add(firstSequence + i, command);
                counters.parked.incrementAndGet();
            }
        }
        credit.addAndGet(-taken);
    }

    private void arrived(Link link, long sequence) {
        link.cursor.open(sequence);
        for (Entry entry : link.cursor.passedOver(sequence)) {
            entry.isAcknowledged = true;
            window.changed(entry, loop.nowNanos());
            isCursorStale = true;
            hasRoom = true;
        }
    }

    void unread(EngineLink name, long sequence, UnreadCommand command) {
        Link link = links.get(name);
        AtomicInteger credit = credits.get(name);
        if (link == null || credit == null) {
            counters.stale.incrementAndGet();
            return;
        }
        credit.decrementAndGet();
        arrived(link, sequence);
        Entry entry = window.find(command.id().value(), command.step());
        if (entry == null) {
            entry = window.tryAdd(command.id().value(), command.step(), 256, loop.nowNanos());
        }
        if (entry == null) {
            return; // stays open: the engine asks again when it sees no report
        }
        if (entry.result() == null) {
            List<TargetResult> why = List.of(new TargetResult(0, Outcome.UNSUPPORTED, command.reason()));
            entry.result(new RunResult(Outcome.UNSUPPORTED, why, loop.clock().now()));
            counters.unsupported.incrementAndGet();
        }
        link.ask(entry, sequence, new Command.Name(command.id(), command.step()), loop.nowNanos());
    }

    /** Takes a command, or its repeat; false if it is new and there is no room. */
    private boolean take(Link link, long sequence, Command command) {
        QueueKind kind = command.task().kind().queue();
        Entry entry = window.find(command.id().value(), command.step());
        if (command.isWithdrawal()) {
            return withdraw(link, sequence, command, entry);
        }
        if (entry != null) {
            if (isToBeDoneAgain(entry)) {
                if (counters.queued(kind).get() >= settings.queueLimit(kind)) {
                    return false;
                }
                begin(entry, command);
            } else {
                counters.repeated.incrementAndGet();
            }
            link.ask(entry, sequence, new Command.Name(command.id(), command.step()), loop.nowNanos());
            window.changed(entry, loop.nowNanos());
            return true;
        }
        if (counters.queued(kind).get() >= settings.queueLimit(kind)) {
            return false;
        }
        entry = window.tryAdd(command.id().value(), command.step(), bytes(command), loop.nowNanos());
        if (entry == null) {
            return false;
        }
        window.alias(entry, command.also());
        counters.received.incrementAndGet();
        link.ask(entry, sequence, new Command.Name(command.id(), command.step()), loop.nowNanos());
        begin(entry, command);
        return true;
    }

    /** What is done stays done, calls under way end by themselves, and nothing more is begun. */
    private boolean withdraw(Link link, long sequence, Command command, @Nullable Entry known) {
        Entry entry = known != null ? known : window.tryAdd(command.id().value(), command.step(), 256, loop.nowNanos());
        if (entry == null) {
            return true; // stays open: nobody asks for it again
        }
        CommandRun run = entry.run;
        if (run != null) {
            counters.withdrawn.incrementAndGet();
            run.cancel();
        } else if (entry.result() == null) {
            entry.result(
                    new RunResult(Outcome.CANCELLED, List.of(), loop.clock().now()));
        }
        link.ask(entry, sequence, new Command.Name(command.id(), command.step()), loop.nowNanos());
        window.changed(entry, loop.nowNanos());
        return true;
    }

    /** An engine that has our failure for good and asks again wants another try; what was done stays done. */
    private static boolean isToBeDoneAgain(Entry entry) {
        RunResult result = entry.result();
        return result != null && entry.isAcknowledged && result.isOwed();
    }

    private void begin(Entry entry, Command command) {
        Shop used = java.util.Objects.requireNonNull(shop, "shop");
        CommandRun run = command.task().kind().isRefresh()
                ? new RefreshRun(entry, command, used)
                : new PreloadRun(entry, command, used);
        TaskTrace.begun(command.task(), command.id(), command.step(), settings.device());
        entry.restart();
        entry.run = run;
        window.resize(entry, bytes(command));
        counters.queued(run.queue()).incrementAndGet();
        if (used.poison.isQuarantined(entry.key())) {
            counters.quarantined.incrementAndGet();
            List<TargetResult> why = List.of(new TargetResult(0, Outcome.QUARANTINED, "this node died twice with it"));
            onFinal(run, new RunResult(Outcome.QUARANTINED, why, loop.clock().now()));
            return;
        }
        try {
            run.start();
        } catch (RuntimeException fault) {
            logger.error("command not begun task={} step={}", entry.task, entry.step, fault);
            List<TargetResult> why = List.of(new TargetResult(0, Outcome.FAILED, "proxy: " + fault));
            onFinal(run, new RunResult(Outcome.FAILED, why, loop.clock().now()));
        }
    }

    private long bytes(Command command) {
        long bytes = 512;
        for (Target target : command.task().targets()) {
            bytes += 128 + 2L * target.path().length();
        }
        return bytes;
    }

    @Override
    public void onInterim(CommandRun run, RunResult result) {
        run.entry.interim(result);
        Command made = run.command;
        TaskTrace.applied(
                made.task(),
                made.id(),
                made.step(),
                settings.device(),
                result.outcome().name(),
                millis(run));
        run.entry.askers.forEach(asker -> {
            asker.isInterimSent = false;
            asker.link.queue(asker, loop.nowNanos());
        });
    }

    @Override
    public void onFinal(CommandRun run, RunResult result) {
        Entry entry = run.entry;
        java.util.Objects.requireNonNull(shop, "shop").poison.finished(entry.key());
        entry.result(result);
        Command made = run.command;
        TaskTrace.done(
                made.task(),
                made.id(),
                made.step(),
                settings.device(),
                result.outcome().name(),
                millis(run));
        window.resize(entry, 192 + result.bytes());
        counters.queued(run.queue()).decrementAndGet();
        hasRoom = true;
        entry.askers.forEach(asker -> asker.link.queue(asker, loop.nowNanos()));
        window.changed(entry, loop.nowNanos());
    }

    private long millis(CommandRun run) {
        return (loop.nowNanos() - run.begunNanos) / 1_000_000;
    }

    /** Takes what was parked, as far as there is room now. */
    void readmit() {
        if (!hasRoom) {
            return;
        }
        hasRoom = false;
        if (counters.parked.get() == 0) {
            return;
        }
        int parked = 0;
        for (Link link : links.values()) {
            for (QueueKind kind : KINDS) {
                readmit(link, kind);
            }
            parked += link.parking.size();
        }
        counters.parked.set(parked);
    }

    private void readmit(Link link, QueueKind kind) {
        AtomicInteger credit = credits.get(link.name);
        for (Parking.Parked head = link.parking.peek(kind); head != null; head = link.parking.peek(kind)) {
            if (!take(link, head.sequence(), head.command())) {
                return;
            }
            link.parking.remove(kind);
            if (credit != null) {
                credit.decrementAndGet();
            }
        }
    }

    /** Sends reports; gives how many. */
    int flush(boolean isAll) {
        int sent = 0;
        for (Link link : links.values()) {
            sent += link.flush(loop.nowNanos(), isAll);
        }
        boolean isDue = loop.nowNanos() - publishedNanos >= PUBLISH_NANOS;
        if (isCursorStale && (isDue || publishedEvictions != counters.evicted.get())) {
            publish();
        }
        return sent;
    }

    private void publish() {
        Map<Integer, EpochCursor.Snapshot> now = new HashMap<>();
        cursors.forEach((engine, cursor) -> now.put(engine, cursor.snapshot()));
        published = now;
        publishedNanos = loop.nowNanos();
        publishedEvictions = counters.evicted.get();
        isCursorStale = false;
    }

    boolean hasOutgoing() {
        for (Link link : links.values()) {
            if (link.hasOutgoing()) {
                return true;
            }
        }
        return false;
    }

    /** Final reports that are made and not acknowledged. */
    int unacknowledged() {
        int count = 0;
        for (Link link : links.values()) {
            count += link.unacknowledged();
        }
        return count;
    }
}
