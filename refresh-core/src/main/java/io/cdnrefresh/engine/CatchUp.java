// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.model.Range;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one device has missed, from the log, in sequence. A queue that the device has no room in is passed over and looked
 * at again when there is room: a purge never waits for a preload. Called by one transport thread at a time.
 */
final class CatchUp implements FrameSource {
    private static final int SCAN_LIMIT = 4_096;

    private final Feed feed;
    private final Join join;
    private long at;
    private List<Range> reported;
    private long blockedAt;
    private Set<QueueKind> full;

    CatchUp(Feed feed, Join join) {
        this(feed, Stop.of(join));
    }

    /** Goes on where it has stopped. */
    CatchUp(Feed feed, Stop stop) {
        this.feed = feed;
        boolean isBack = stop.hasRoom(feed.flow());
        join = stop.join;
        reported = join.reported;
        at = isBack ? stop.blockedAt : join.from;
        blockedAt = stop.blockedAt;
        full = isBack ? Set.of() : stop.full;
    }

    /**
     * A wish to be told what was missed.
     *
     * @param device who
     * @param from everything below this sequence is known
     * @param reported what is known above it
     * @param isContinued the same link goes on: what it was sent is under way
     */
    record Join(int device, long from, List<Range> reported, boolean isContinued) {}

    /**
     * Where a device has stopped.
     *
     * @param join how it goes on
     * @param blockedAt the first command that was passed over
     * @param full the queues that it had no room in; empty = it has seen everything there was
     */
    record Stop(Join join, long blockedAt, Set<QueueKind> full) {
        static Stop of(Join join) {
            return new Stop(join, 0, Set.of());
        }

        boolean mayGoOn(FlowControl flow, long next) {
            boolean isWaiting = full.isEmpty() ? flow.isSlow(join.device) : !hasRoom(flow);
            return !isWaiting || join.from < next;
        }

        /** Whether what was passed over can go on; room for preloads is of no use while refreshes before them wait. */
        private boolean hasRoom(FlowControl flow) {
            for (QueueKind kind : full) {
                if (!flow.isFull(join.device, kind) && (kind != QueueKind.PRELOAD || full.size() == 1)) {
                    return true;
                }
            }
            return false;
        }

        boolean hasPassed(FeedEntry entry) {
            boolean isBlocked = entry.sequence() >= blockedAt && blocks(full, kind(entry));
            return entry.sequence() < join.from && !isBlocked;
        }
    }

    /** A preload must not pass a refresh that has no room. */
    private static boolean blocks(Set<QueueKind> full, QueueKind kind) {
        return full.contains(kind) || kind == QueueKind.PRELOAD && !full.isEmpty();
    }

    private static QueueKind kind(FeedEntry entry) {
        return entry.command().task().kind().queue();
    }

    int device() {
        return join.device;
    }

    boolean isBlocked() {
        return !full.isEmpty();
    }

    boolean isThrough(FeedLog log) {
        return at >= log.next();
    }

    Stop stop() {
        return new Stop(new Join(join.device, at, reported, true), blockedAt, full);
    }

    @Override
    public @Nullable Frame next() {
        List<FeedEntry> entries = new ArrayList<>();
        while (true) {
            if (feed.collect(this, entries)) {
                return null;
            }
            if (!entries.isEmpty()) {
                Frame frame = tryEncode(entries);
                if (frame != null) {
                    return frame;
                }
                entries.clear();
            }
        }
    }

    private @Nullable Frame tryEncode(List<FeedEntry> entries) {
        try {
            return feed.frames().encode(entries);
        } catch (RuntimeException e) {
            FeedEntry first = entries.get(0);
            if (entries.size() == 1) {
                FrameWriter.drop(first, e);
                return null;
            }
            // go back and take one; the rest comes with the next pulls
            entries.subList(1, entries.size()).forEach(entry -> entry.lost(join.device));
            at = first.sequence() + 1;
            return tryEncode(List.of(first));
        }
    }

    /** Gathers commands with neighbouring sequences; looks at a bounded number of entries. Under the feed's lock. */
    void collect(FeedLog log, HeldBack held, List<FeedEntry> into, long nowNanos) {
        at = Math.max(at, log.head());
        int bytes = 0;
        for (int looked = 0; looked < SCAN_LIMIT && at < log.next(); looked++, at++) {
            FeedEntry entry = log.get(at);
            if (entry == null || !isWanted(entry, held) || isPassedOver(entry)) {
                if (!into.isEmpty()) {
                    return;
                }
                continue;
            }
            if (into.size() >= FrameWriter.MAX_COMMANDS || bytes > FrameWriter.MAX_BYTES) {
                return;
            }
            into.add(entry);
            bytes += FrameWriter.estimate(entry.command());
            entry.sending(join.device, nowNanos);
        }
    }

    /** Once, before anything else, even if another source takes over at once. Under the feed's lock. */
    void begin(FeedLog log, HeldBack held) {
        if (!join.isContinued) {
            // whatever was under way may be lost with the old link; what is sent again counts again
            for (long lost = Math.max(log.head(), join.from); lost < log.next(); lost++) {
                FeedEntry entry = log.get(lost);
                if (entry != null) {
                    entry.lost(join.device);
                }
            }
        }
        // one that has stopped is sent what it lacks below its place when that may go
        boolean looksAtAll = !join.isContinued || at == 0;
        if (looksAtAll && held.takeGaps(join.device)) {
            at = 0;
            reported = List.of();
        }
    }

    private boolean isWanted(FeedEntry entry, HeldBack held) {
        int device = join.device;
        if (!entry.isWantedBy(device) || entry.isUnderWay(device) || isReported(entry.sequence())) {
            return false;
        }
        if (feed.earlier().mustWait(entry, device)) {
            held.gap(device);
            return false;
        }
        boolean isHeld = feed.isHeld(entry, device) || held.mustWait(entry.command(), device);
        if (isHeld) {
            held.skip(entry.command(), device);
        }
        return !isHeld;
    }

    private boolean isPassedOver(FeedEntry entry) {
        QueueKind kind = kind(entry);
        if (blocks(full, kind)) {
            return true;
        }
        if (!feed.flow().isFull(join.device, kind)) {
            return false;
        }
        blockedAt = full.isEmpty() ? entry.sequence() : blockedAt;
        full = Stream.concat(full.stream(), Stream.of(kind)).collect(Collectors.toUnmodifiableSet());
        return true;
    }

    private boolean isReported(long sequence) {
        for (Range range : reported) {
            if (range.contains(sequence)) {
                return true;
            }
        }
        return false;
    }
}
