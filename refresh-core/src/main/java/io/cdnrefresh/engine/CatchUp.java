// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.engine;

import io.cdnrefresh.model.QueueKind;
import io.cdnrefresh.model.Range;
import io.cdnrefresh.spi.Frame;
import io.cdnrefresh.spi.FrameSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one device has missed, from the log, in sequence. It ends when the device has seen everything, or when the device
 * can take no more: then the feed goes on from there later. Called by one transport thread at a time.
 */
final class CatchUp implements FrameSource {
    private static final int SCAN_LIMIT = 4_096;

    private final Feed feed;
    private final Join join;
    private long at;
    private boolean isStarted;
    private List<Range> reported;
    private @Nullable Stop stop;

    CatchUp(Feed feed, Join join) {
        this.feed = feed;
        this.join = join;
        at = join.from;
        reported = join.reported;
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
     * @param full the queue that it has no room in; null = it has seen everything there was
     */
    record Stop(Join join, @Nullable QueueKind full) {
        long at() {
            return join.from;
        }

        boolean mayGoOn(FlowControl flow, long next) {
            if (full != null) {
                return !flow.isFull(join.device, full);
            }
            return !flow.isSlow(join.device) || join.from < next;
        }
    }

    int device() {
        return join.device;
    }

    @Nullable
    Stop stop() {
        return stop;
    }

    boolean isThrough(FeedLog log) {
        return at >= log.next();
    }

    Join rest() {
        return new Join(join.device, at, reported, true);
    }

    @Override
    public @Nullable Frame next() {
        List<FeedEntry> entries = new ArrayList<>();
        while (true) {
            if (stop != null || feed.collect(this, entries)) {
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
            at = first.sequence() + 1;
            return tryEncode(List.of(first));
        }
    }

    /** Gathers commands with neighbouring sequences; looks at a bounded number of entries. Under the feed's lock. */
    void collect(FeedLog log, HeldBack held, List<FeedEntry> into, long nowNanos) {
        if (!isStarted) {
            isStarted = true;
            if (!join.isContinued) {
                // whatever was under way may be lost with the old link; what is sent again counts again
                for (long lost = Math.max(log.head(), join.from); lost < log.next(); lost++) {
                    FeedEntry entry = log.get(lost);
                    if (entry != null) {
                        entry.lost(join.device);
                    }
                }
            }
            if (held.takeGaps(join.device)) {
                at = 0;
                reported = List.of();
            }
        }
        at = Math.max(at, log.head());
        int bytes = 0;
        for (int looked = 0; looked < SCAN_LIMIT && at < log.next(); looked++, at++) {
            FeedEntry entry = log.get(at);
            if (entry == null || !isWanted(entry, held)) {
                if (!into.isEmpty()) {
                    return;
                }
                continue;
            }
            QueueKind kind = entry.command().task().kind().queue();
            boolean isFull = !entry.isUnderWay(join.device) && feed.flow().isFull(join.device, kind);
            if (isFull && into.isEmpty()) {
                stop = new Stop(rest(), kind);
            }
            if (isFull || into.size() >= FrameWriter.MAX_COMMANDS || bytes > FrameWriter.MAX_BYTES) {
                return;
            }
            into.add(entry);
            bytes += FrameWriter.estimate(entry.command());
            entry.sending(join.device, nowNanos);
        }
    }

    private boolean isWanted(FeedEntry entry, HeldBack held) {
        if (!entry.isWantedBy(join.device) || isReported(entry.sequence())) {
            return false;
        }
        if (feed.earlier().mustWait(entry.command(), join.device)) {
            held.gap(join.device);
            return false;
        }
        boolean isHeld = feed.isHeld(entry, join.device) || held.mustWait(entry.command(), join.device);
        if (isHeld) {
            held.skip(entry.command(), join.device);
        }
        return !isHeld;
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
