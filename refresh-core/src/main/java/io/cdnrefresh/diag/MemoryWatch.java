// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.diag;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;

/**
 * Watches the sizes of queues and maps. A size that only swings comes back to where it was; a leak is one whose <em>least</em>
 * size of a minute has risen for {@value #RISES} minutes one after the other, by a {@value #PART}th of its bound at least.
 *
 * <p>{@link #watch} from any thread, {@link #sample} from one thread at a time, about once a second. A sample is some
 * reads for each size; nothing is kept but four numbers.
 */
public final class MemoryWatch {
    /** So many minutes in a row must a size have risen. */
    static final int RISES = 5;
    /** By this part of the bound must it have grown in that time. */
    static final int PART = 100;

    private static final long WINDOW_NANOS = Duration.ofMinutes(1).toNanos();

    private final LongSupplier nanos;
    private final List<Watched> all = new CopyOnWriteArrayList<>();

    /** Creates a watch that reads monotonic time in nanoseconds from {@code nanos}. */
    public MemoryWatch(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * Watches a size.
     *
     * @param name as in the stats
     * @param bound what the size never exceeds
     * @param size read at each sample; must not block
     * @throws IllegalArgumentException if the bound is not positive: everything has one
     */
    public void watch(String name, long bound, LongSupplier size) {
        if (bound < 1) {
            throw new IllegalArgumentException(name + " bound: " + bound + " (expected: 1 or more)");
        }
        all.add(new Watched(name, bound, size, nanos.getAsLong()));
    }

    /** Every size at this moment, for people: now, bound, least in the last minute, minutes of growth in a row. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("%-24s %12s %12s %14s %6s".formatted("queue or map", "now", "bound", "least/minute", "rises"));
        for (Watched watched : all) {
            lines.add(watched.line());
        }
        return lines;
    }

    /** Looks at every size; gives what is wrong now. */
    public List<MemoryFault> sample() {
        long now = nanos.getAsLong();
        List<MemoryFault> faults = new ArrayList<>();
        for (Watched watched : all) {
            watched.sample(now, faults);
        }
        return faults;
    }

    private static final class Watched {
        private final String name;
        private final long bound;
        private final LongSupplier size;
        private long windowEndNanos;
        private long least = Long.MAX_VALUE;
        private long leastBefore = Long.MAX_VALUE;
        private long leastAtStart;
        private int rises;

        Watched(String name, long bound, LongSupplier size, long nowNanos) {
            this.name = name;
            this.bound = bound;
            this.size = size;
            windowEndNanos = nowNanos + WINDOW_NANOS;
        }

        /** Read without a lock: a line may mix two samples. */
        String line() {
            long lowest = leastBefore;
            return "%-24s %12d %12d %14s %6d"
                    .formatted(name, size.getAsLong(), bound, lowest == Long.MAX_VALUE ? "-" : lowest, rises);
        }

        void sample(long now, List<MemoryFault> faults) {
            long current = size.getAsLong();
            if (current > bound) {
                add(faults, MemoryFault.Kind.OVER_BOUND, current + " of at most " + bound);
            } else if (current >= bound - bound / 10) {
                add(faults, MemoryFault.Kind.NEARLY_FULL, current + " of at most " + bound);
            }
            if (now - windowEndNanos >= 0) {
                endWindow(faults);
                windowEndNanos = now + WINDOW_NANOS;
            }
            least = Math.min(least, current);
        }

        private void endWindow(List<MemoryFault> faults) {
            if (least > leastBefore) {
                leastAtStart = rises == 0 ? leastBefore : leastAtStart;
                rises++;
            } else {
                rises = 0;
            }
            leastBefore = least;
            least = Long.MAX_VALUE;
            if (rises >= RISES && leastBefore - leastAtStart >= Math.max(1, bound / PART)) {
                add(
                        faults,
                        MemoryFault.Kind.GROWS,
                        "its least size in a minute rose from " + leastAtStart + " to " + leastBefore + " within "
                                + rises + " minutes, of at most " + bound);
            }
        }

        private void add(List<MemoryFault> faults, MemoryFault.Kind kind, String detail) {
            faults.add(new MemoryFault(kind, name, detail));
        }
    }
}
