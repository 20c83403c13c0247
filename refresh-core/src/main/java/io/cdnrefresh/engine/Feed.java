// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.model.Range;
import io.cdnrefresh.ring.StageHandler;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.spi.EngineClock;
import io.cdnrefresh.spi.EngineTransport;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one feed of an engine: gives every command a sequence and brings it to its devices.
 *
 * <p>One thread appends. What waits is taken fairly by tenant ({@link FeedWaiting}), and only as far as the devices have
 * room ({@link FlowControl}): what is in the log already goes in sequence, whoever comes later. Commands of one device set
 * that come together go into one frame, encoded once. A device that joins or lags pulls what it has missed, re-encoded
 * from the log, until it meets the feed; from then on it is live. A slow device stays with the log: nobody waits for it.
 *
 * <p>The lock guards the log and the set of live devices, so that "this device has seen everything" and "this device
 * gets the next frame" are one decision. It is held for short, bounded work by the feed and by transport threads.
 */
final class Feed implements StageHandler<Feed.Event> {
    private static final Logger logger = LoggerFactory.getLogger(Feed.class);
    private static final int DRAIN_LIMIT = 8_192;
    private static final int SWEEP_TICKS = 64;

    private final EngineTransport transport;
    private final DeviceRegistry devices;
    private final FlowControl flow;
    private final EngineClock clock;
    private final StageQueue<Event> queue;
    private final FreedPreloads freed;
    private final EarlierRefreshes earlier;
    private final FrameWriter frames;
    private final ConcurrentLinkedQueue<DeviceSet> paceChanges = new ConcurrentLinkedQueue<>();
    private final MergedCommands merged = new MergedCommands();

    /** Guards what follows. */
    private final Object lock = new Object();

    private final FeedLog log = new FeedLog();
    private final Attendance attendance;
    private final HeldBack held = new HeldBack();
    private volatile int openEntries;

    // confined to the feed thread
    private final FeedWaiting waiting;
    private final LightTenants light;
    private volatile int waitingEntries;
    private PauseRules seenPauses = PauseRules.NONE;
    private int idles;

    Feed(EngineTransport transport, DeviceRegistry devices, FlowControl flow, EngineClock clock, int capacity) {
        this.transport = transport;
        this.devices = devices;
        this.flow = flow;
        this.clock = clock;
        attendance = new Attendance(flow);
        frames = new FrameWriter(transport, this);
        waiting = new FeedWaiting(devices);
        light = new LightTenants(flow, clock.nanos());
        queue = new StageQueue<>("feed", capacity, this);
        flow.onRoom(this::wake);
        freed = new FreedPreloads(this::wake);
        earlier = new EarlierRefreshes(freed);
    }

    /** What the feed is asked to do. */
    sealed interface Event {}

    /** A new command, for a part of its devices or all of them. */
    record Append(FeedEntry entry) implements Event {}

    /** A command again, for those who have not reported. */
    record Resend(Push push) implements Event {}

    /** There is something to look at. */
    record Wake() implements Event {
        static final Wake ONE = new Wake();
    }

    private void wake() {
        queue.offer(Wake.ONE);
    }

    StageQueue<Event> queue() {
        return queue;
    }

    FrameWriter frames() {
        return frames;
    }

    FlowControl flow() {
        return flow;
    }

    MergedCommands merged() {
        return merged;
    }

    /** Sends the device what it has not reported, then lets it take part. Any thread; never waits. */
    void join(int device, long cursor, List<Range> reported) {
        attendance.wish(new CatchUp.Join(device, cursor, reported, false));
        wake();
    }

    /** Something was kept from the device and may go now: it looks at all of the log again. Any thread; never waits. */
    void lookAgain(int device) {
        wishToLookAgain(device);
        wake();
    }

    private void wishToLookAgain(int device) {
        attendance.wish(new CatchUp.Join(device, 0, List.of(), true));
    }

    /** The device's link is gone or full: it gets nothing more until it joins again. Any thread. */
    void leave(int device) {
        synchronized (lock) {
            attendance.leave(device);
        }
    }

    /** Decides who is slow. Once a second, any thread. */
    void tick() {
        DeviceSet changed = flow.tick(attendance.liveAndStopped());
        if (!changed.isEmpty()) {
            paceChanges.add(changed);
            wake();
        }
    }

    /** Whether some of the devices could be sent a command again now. Any thread. */
    boolean isAnyoneThere(DeviceSet of) {
        return attendance.liveAndStopped().intersects(of);
    }

    /** What keeps preloads waiting. */
    EarlierRefreshes earlier() {
        return earlier;
    }

    DeviceSet live() {
        synchronized (lock) {
            return attendance.live();
        }
    }

    /** Entries that some device may still want, and those closed a moment ago. */
    int openEntries() {
        return openEntries;
    }

    /** Entries that wait for their turn. */
    int waitingEntries() {
        return waitingEntries;
    }

    /** Lets somebody look at the log for a moment. Any thread. */
    <T> T look(Function<FeedLog, T> at) {
        synchronized (lock) {
            return at.apply(log);
        }
    }

    @Override
    public void onEvent(Event event, boolean isEndOfBatch) {
        if (event instanceof Append append) {
            waiting.add(append.entry, clock.nanos());
        } else if (event instanceof Resend resend) {
            resend(resend.push);
        }
        if (isEndOfBatch) {
            work();
        }
    }

    @Override
    public boolean isGathering() {
        return true;
    }

    @Override
    public void onIdle() {
        if (++idles % SWEEP_TICKS == 0) {
            waiting.sweep();
        }
        work();
        synchronized (lock) {
            openEntries = log.trim();
            merged.trim();
        }
    }

    private void work() {
        PauseRules rules = devices.view().pauses();
        if (!rules.equals(seenPauses)) {
            changePauses(rules);
        }
        drain();
        frames.flush();
        admit();
        waitingEntries = waiting.size();
        merged.count(waiting.merged());
    }

    private void changePauses(PauseRules rules) {
        seenPauses = rules;
        waiting.setPauses(rules);
        DeviceSet again;
        synchronized (lock) {
            again = held.release();
        }
        // what was skipped for them is in the log
        again.forEach(this::wishToLookAgain);
    }

    /** Gives sequences to what may go now. */
    private void drain() {
        long now = clock.nanos();
        for (int i = 0; i < DRAIN_LIMIT; i++) {
            FeedEntry entry = waiting.poll(this::hasRoom, now);
            if (entry == null) {
                return;
            }
            light.sent(entry, now);
            append(entry);
        }
        queue.offer(Wake.ONE);
    }

    private boolean hasRoom(FeedEntry entry) {
        return entry.isClosed() || light.mayGo(entry, live());
    }

    private void append(FeedEntry entry) {
        frames.makeRoomFor(entry);
        merged.add(entry);
        DeviceSet to;
        synchronized (lock) {
            log.append(entry, flow);
            to = maySee(entry, entry.devices().and(attendance.live()));
        }
        // counted now, so that the next one finds less room; a device that joins from here on counts for itself
        entry.sending(to, clock.nanos());
        frames.add(entry);
    }

    private DeviceSet maySee(FeedEntry entry, DeviceSet to) {
        boolean isRefresh = entry.command().task().kind().isRefresh();
        if (isRefresh || held.isEmpty() && earlier.isEmpty()) {
            return to;
        }
        return to.filter(device -> {
            if (earlier.mustWait(entry, device)) {
                held.gap(device);
                return false;
            }
            return !held.mustWait(entry.command(), device);
        });
    }

    /** Who of some devices is sent an entry of the log at this moment. */
    DeviceSet audience(FeedEntry entry, DeviceSet of) {
        synchronized (lock) {
            return maySee(entry, of.and(attendance.live()));
        }
    }

    /** Whether all live devices are sent everything. */
    boolean isNothingHeld() {
        if (!earlier.isEmpty()) {
            return false;
        }
        synchronized (lock) {
            return held.isEmpty();
        }
    }

    private void resend(Push push) {
        if (frames.withdraw(push)) {
            return;
        }
        for (FeedEntry entry : push.places()) {
            if (entry.sequence() > 0) {
                resend(entry);
            }
        }
    }

    private void resend(FeedEntry entry) {
        DeviceSet to;
        synchronized (lock) {
            to = entry.devices().filter(device -> mayAsk(entry, device));
        }
        send(entry, to);
    }

    private void send(FeedEntry entry, DeviceSet to) {
        entry.sending(to, clock.nanos());
        frames.sendOne(entry, to);
    }

    private boolean mayAsk(FeedEntry entry, int device) {
        return attendance.hasPassed(entry, device)
                && entry.isWantedBy(device)
                && !isHeld(entry, device)
                && !earlier.mustWait(entry, device)
                && !held.mustWait(entry.command(), device);
    }

    /** Whether every submitter of the entry is paused for the device. */
    boolean isHeld(FeedEntry entry, int device) {
        PauseRules rules = devices.view().pauses();
        Device known = rules.isEmpty() ? null : devices.view().device(device);
        return known != null && entry.isHeld(rules, known);
    }

    /** Sends the preloads that had to wait to those who may have them now, each once for all of its devices. */
    private void sendFreed() {
        freed.drain().forEach((preload, of) -> {
            DeviceSet to;
            synchronized (lock) {
                to = of.filter(device -> maySendFreed(preload, device));
            }
            send(preload, to);
        });
    }

    private boolean maySendFreed(FeedEntry preload, int device) {
        if (!preload.isWantedBy(device) || preload.isUnderWay(device)) {
            return false;
        }
        boolean isFull =
                flow.isFull(device, QueueKind.PRELOAD) && attendance.live().contains(device);
        if (isFull || attendance.isCatchingUp(device)) {
            wishToLookAgain(device);
            return false;
        }
        return mayAsk(preload, device);
    }

    private void admit() {
        for (DeviceSet changed = paceChanges.poll(); changed != null; changed = paceChanges.poll()) {
            changed.forEach(this::changePace);
        }
        sendFreed();
        for (CatchUp.Join join : attendance.wishes()) {
            catchUp(new CatchUp(this, join));
        }
        List<CatchUp.Stop> goOn;
        synchronized (lock) {
            goOn = attendance.mayGoOn(log.next());
        }
        goOn.forEach(stop -> catchUp(new CatchUp(this, stop)));
    }

    private void catchUp(CatchUp source) {
        synchronized (lock) {
            attendance.catchUp(source);
            source.begin(log, held);
        }
        transport.resume(source.device(), source);
    }

    /** A device that has become slow goes on with the log from here; one that is fast again catches up and goes live. */
    private void changePace(int device) {
        boolean isSlow = flow.isSlow(device);
        synchronized (lock) {
            if (isSlow) {
                attendance.stop(device, log.next());
            }
        }
        logger.info("device is {} device={}", isSlow ? "slow" : "fast again", device);
    }

    /** Lets a source look at the log; see {@link CatchUp#collect}. */
    boolean collect(CatchUp source, List<FeedEntry> into) {
        synchronized (lock) {
            if (!attendance.isCurrent(source)) {
                return true;
            }
            source.collect(log, held, into, clock.nanos());
            if (!into.isEmpty() || !source.isThrough(log)) {
                return false;
            }
            attendance.through(source);
            return true;
        }
    }
}
