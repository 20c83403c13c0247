// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.proxy;

import io.cdnrefresh.model.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How far the commands of one life of an engine are finally reported. Owned by the agent; not thread-safe.
 *
 * <p>A command is open from its arrival until the engine has acknowledged its final report. Links give commands in
 * sequence from the cursor on, so what has not arrived below the highest that has was addressed to others; it needs no
 * memory here. Size: one entry for each open command.
 */
final class EpochCursor {
    /** The most ranges a hello carries: what is left out is asked for again and answered from the window. */
    static final int MAX_RANGES = 1_024;

    final long epoch;
    private final TreeSet<Long> open = new TreeSet<>();
    /** Open ones whose link is gone, until they are asked for again. */
    private final NavigableMap<Long, Entry> loose = new TreeMap<>();

    private long next;

    EpochCursor(long epoch) {
        this.epoch = epoch;
    }

    void open(long sequence) {
        open.add(sequence);
        next = Math.max(next, sequence + 1);
    }

    void close(long sequence) {
        open.remove(sequence);
    }

    /** The link that asked for this is gone. */
    void loosen(long sequence, Entry entry) {
        loose.put(sequence, entry);
    }

    /** This sequence is asked for again. */
    void tie(long sequence) {
        loose.remove(sequence);
    }

    /**
     * A command with this sequence has come. Engines send what is not reported again in sequence: finished ones below
     * that were not asked for again are known to the engine, only its acknowledgement was lost. Gives their entries.
     */
    List<Entry> passedOver(long sequence) {
        if (loose.isEmpty() || loose.firstKey() >= sequence) {
            return List.of();
        }
        List<Entry> known = new ArrayList<>();
        NavigableMap<Long, Entry> below = loose.headMap(sequence, false);
        for (Map.Entry<Long, Entry> passed : below.entrySet()) {
            if (passed.getValue().result() != null) {
                open.remove(passed.getKey());
                known.add(passed.getValue());
            }
        }
        below.clear();
        return known;
    }

    Snapshot snapshot() {
        if (open.isEmpty()) {
            return new Snapshot(epoch, next, List.of());
        }
        List<Range> reported = new ArrayList<>();
        long first = open.first();
        long from = first + 1;
        for (long sequence : open) {
            if (reported.size() == MAX_RANGES) {
                return new Snapshot(epoch, first, reported);
            }
            if (sequence > from) {
                reported.add(new Range(from, sequence - 1));
            }
            from = Math.max(from, sequence + 1);
        }
        if (next > from) {
            reported.add(new Range(from, next - 1));
        }
        return new Snapshot(epoch, first, reported);
    }

    /**
     * What a hello says.
     *
     * @param epoch of the engine
     * @param cursor everything below is finally reported
     * @param reported what is so above it
     */
    record Snapshot(long epoch, long cursor, List<Range> reported) {}
}
