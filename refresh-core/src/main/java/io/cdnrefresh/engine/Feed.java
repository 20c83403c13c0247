// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.Command;
import io.cdnrefresh.model.Device;
import io.cdnrefresh.model.DeviceSet;
import io.cdnrefresh.model.Range;
import io.cdnrefresh.ring.StageHandler;
import io.cdnrefresh.ring.StageQueue;
import io.cdnrefresh.spi.EngineTransport;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one feed of an engine: gives every command a sequence in commit order and brings it to its devices.
 *
 * <p>One thread appends. Commands of one device set that come together go into one frame, encoded once. A device that
 * joins or lags pulls what it has missed, re-encoded from the log, until it meets the feed; from then on it is live.
 *
 * <p>The lock guards the log and the set of live devices, so that "this device has seen everything" and "this device
 * gets the next frame" are one decision. It is held for short, bounded work by the feed and by transport threads.
 */
final class Feed implements StageHandler<Feed.Event> {
    private static final Logger logger = LoggerFactory.getLogger(Feed.class);
    private static final int MAX_COMMANDS = 256;
    private static final int MAX_BYTES = 256 * 1024;
    private static final int SCAN_LIMIT = 4_096;

    private final EngineTransport transport;
    private final DeviceRegistry devices;
    private final StageQueue<Event> queue;
    private final EarlierRefreshes earlier = new EarlierRefreshes();
    /** Filled by transport threads, drained by the feed; at most some a device. */
    private final ConcurrentLinkedQueue<Join> joins = new ConcurrentLinkedQueue<>();

    private final Object lock = new Object();
    private final FeedLog log = new FeedLog();
    private DeviceSet live = DeviceSet.EMPTY;
    private volatile int openEntries;
    private volatile PauseRules pauses = PauseRules.NONE;

    // confined to the feed thread
    private final List<Command> batch = new ArrayList<>();
    private @Nullable DeviceSet batchDevices;
    private long batchFirst;
    private int batchBytes;

    Feed(EngineTransport transport, DeviceRegistry devices, int capacity) {
        this.transport = transport;
        this.devices = devices;
        queue = new StageQueue<>("feed", capacity, this);
    }

    /** What the feed is asked to do. */
    sealed interface Event {}

    /** A new command. */
    record Append(FeedEntry entry) implements Event {}

    /** A command again, for some of its devices. */
    record Resend(FeedEntry entry, DeviceSet devices) implements Event {}

    /** Something waits in {@code joins}. */
    record Wake() implements Event {
        static final Wake ONE = new Wake();
    }

    private record Join(int device, long cursor, List<Range> reported) {}

    StageQueue<Event> queue() {
        return queue;
    }

    /** Sends the device what it has not reported, then lets it take part. Any thread; never waits. */
    void join(int device, long cursor, List<Range> reported) {
        joins.add(new Join(device, cursor, reported));
        queue.offer(Wake.ONE);
    }

    /** The device's link is gone or full: it gets nothing more until it joins again. Any thread. */
    void leave(int device) {
        synchronized (lock) {
            live = live.filter(other -> other != device);
        }
    }

    /** What keeps preloads waiting. */
    EarlierRefreshes earlier() {
        return earlier;
    }

    DeviceSet live() {
        synchronized (lock) {
            return live;
        }
    }

    PauseRules pauses() {
        return pauses;
    }

    /** From now on nothing that the rules hold back is sent; what they no longer hold back is sent when asked again. */
    void setPauses(PauseRules rules) {
        pauses = rules;
    }

    private boolean isHeld(Command command, int device) {
        if (earlier.mustWait(command, device)) {
            return true;
        }
        PauseRules rules = pauses;
        Device known = rules.isEmpty() ? null : devices.view().device(device);
        return known != null && rules.holds(command, known);
    }

    /** Entries that some device may still want. */
    int openEntries() {
        return openEntries;
    }

    /** Commands that the device has not finally reported. */
    long behind(int device) {
        synchronized (lock) {
            long behind = 0;
            for (long at = log.head(); at < log.next(); at++) {
                FeedEntry entry = log.get(at);
                behind += entry != null && entry.isWantedBy(device) ? 1 : 0;
            }
            return behind;
        }
    }

    @Override
    public void onEvent(Event event, boolean isEndOfBatch) {
        if (event instanceof Append append) {
            append(append.entry);
        } else if (event instanceof Resend resend) {
            flush();
            resend(resend.entry, resend.devices);
        }
        if (isEndOfBatch) {
            flush();
            admit();
        }
    }

    @Override
    public void onIdle() {
        admit();
        synchronized (lock) {
            openEntries = log.trim();
        }
    }

    private void append(FeedEntry entry) {
        if (entry.isClosed()) {
            return;
        }
        int bytes = estimate(entry.command);
        boolean fits = batchDevices != null
                && batchDevices.equals(entry.devices)
                && batch.size() < MAX_COMMANDS
                && batchBytes + bytes <= MAX_BYTES;
        if (!fits) {
            flush();
        }
        long sequence;
        synchronized (lock) {
            sequence = log.append(entry);
        }
        if (batch.isEmpty()) {
            batchFirst = sequence;
            batchDevices = entry.devices;
        }
        batch.add(entry.command);
        batchBytes += bytes;
    }

    private static int estimate(Command command) {
        int bytes = 128;
        for (var target : command.task().targets()) {
            bytes += 16 + target.host().length() + target.path().length();
        }
        return bytes;
    }

    private void flush() {
        DeviceSet devices = batchDevices;
        if (devices == null) {
            return;
        }
        // The log already holds the entries: a device that goes live between the append and this line has been sent
        // them by its source, and is sent them again here. Repeats are harmless, gaps are not.
        DeviceSet now = devices.and(live());
        List<Command> commands = List.copyOf(batch);
        batch.clear();
        batchBytes = 0;
        batchDevices = null;
        if (!pauses.isEmpty() || !earlier.isEmpty()) {
            sendSingly(batchFirst, commands, now);
            return;
        }
        try {
            send(batchFirst, commands, now);
        } catch (RuntimeException e) {
            logger.warn("frame refused by the transport, sent one by one commands={}", commands.size(), e);
            sendSingly(batchFirst, commands, now);
        }
    }

    private void sendSingly(long first, List<Command> commands, DeviceSet now) {
        for (int i = 0; i < commands.size(); i++) {
            Command command = commands.get(i);
            try {
                send(first + i, List.of(command), now.filter(device -> !isHeld(command, device)));
            } catch (RuntimeException e) {
                drop(first + i, command, e);
            }
        }
    }

    /** No device will ever get it; the task ends at its deadline. */
    private void drop(long sequence, Command command, RuntimeException e) {
        logger.error("command cannot be sent task={} sequence={}", command.id(), sequence, e);
        synchronized (lock) {
            FeedEntry entry = log.get(sequence);
            if (entry != null) {
                entry.close();
            }
        }
    }

    private void resend(FeedEntry entry, DeviceSet devices) {
        DeviceSet now =
                devices.and(live()).filter(device -> entry.isWantedBy(device) && !isHeld(entry.command, device));
        if (entry.sequence() > 0) {
            try {
                send(entry.sequence(), List.of(entry.command), now);
            } catch (RuntimeException e) {
                drop(entry.sequence(), entry.command, e);
            }
        }
    }

    private void send(long first, List<Command> commands, DeviceSet devices) {
        if (devices.isEmpty()) {
            return;
        }
        Frame frame = transport.encode(first, commands);
        try {
            transport.publish(frame, devices);
        } finally {
            frame.release();
        }
    }

    private void admit() {
        for (Join join = joins.poll(); join != null; join = joins.poll()) {
            leave(join.device);
            transport.resume(join.device, new CatchUp(join));
        }
    }

    /** What one device has missed. Called by one transport thread at a time. */
    private final class CatchUp implements FrameSource {
        private final Join join;
        private long at;

        CatchUp(Join join) {
            this.join = join;
            at = join.cursor;
        }

        @Override
        public @Nullable Frame next() {
            List<Command> commands = new ArrayList<>();
            while (true) {
                long first;
                boolean isThrough;
                synchronized (lock) {
                    first = collect(commands);
                    isThrough = commands.isEmpty() && at >= log.next();
                    if (isThrough) {
                        live = live.or(DeviceSet.of(join.device));
                    }
                }
                if (isThrough) {
                    return null;
                }
                if (!commands.isEmpty()) {
                    Frame frame = tryEncode(first, commands);
                    if (frame != null) {
                        return frame;
                    }
                    commands.clear();
                }
            }
        }

        private @Nullable Frame tryEncode(long first, List<Command> commands) {
            try {
                return transport.encode(first, commands);
            } catch (RuntimeException e) {
                if (commands.size() == 1) {
                    drop(first, commands.get(0), e);
                } else {
                    // go back and take one; the rest comes with the next pulls
                    at = first + 1;
                    return tryEncode(first, List.of(commands.get(0)));
                }
                return null;
            }
        }

        /** Gathers commands with neighbouring sequences; looks at a bounded number of entries. */
        private long collect(List<Command> into) {
            at = Math.max(at, log.head());
            long first = at;
            int bytes = 0;
            for (int looked = 0; looked < SCAN_LIMIT && at < log.next(); looked++, at++) {
                FeedEntry entry = log.get(at);
                if (entry == null || !isWanted(entry)) {
                    if (!into.isEmpty()) {
                        return first;
                    }
                    continue;
                }
                if (into.isEmpty()) {
                    first = at;
                } else if (into.size() >= MAX_COMMANDS || bytes > MAX_BYTES) {
                    return first;
                }
                into.add(entry.command);
                bytes += estimate(entry.command);
            }
            return first;
        }

        private boolean isWanted(FeedEntry entry) {
            return entry.isWantedBy(join.device)
                    && !isReported(entry.sequence())
                    && !isHeld(entry.command, join.device);
        }

        private boolean isReported(long sequence) {
            for (Range range : join.reported) {
                if (range.contains(sequence)) {
                    return true;
                }
            }
            return false;
        }
    }
}
