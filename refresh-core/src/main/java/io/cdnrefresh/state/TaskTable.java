// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.state;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The tasks in memory, in 64 regions by {@link Regions#of}. A region is read and written by the lane that owns it and by
 * nobody else, so that neither takes a lock nor waits; whoever else wants to read sends the lane a message. Only
 * {@link #size} is for any thread.
 *
 * <p>A region is one array of tasks, open-addressed by their id: no entry objects, no boxed keys, 5 to 11 bytes a task.
 * It doubles alone when it is three quarters full and halves when a sixth is left.
 *
 * @param <T> what is kept of a task
 */
public final class TaskTable<T extends TaskTable.Keyed> {
    /** Something with an id that never changes. */
    public interface Keyed {
        /** The id. */
        long key();
    }

    private final Region[] regions = new Region[Regions.COUNT];
    private final AtomicLong size = new AtomicLong();

    /** Creates an empty table. */
    public TaskTable() {
        for (int i = 0; i < regions.length; i++) {
            regions[i] = new Region();
        }
    }

    /** The task, or null. */
    @SuppressWarnings("unchecked") // only T is put
    public @Nullable T get(long id) {
        return (T) regions[Regions.of(id)].get(id);
    }

    /** Enters a task that is not there; false if one with its id is. */
    public boolean put(T task) {
        boolean isNew = regions[Regions.of(task.key())].put(task);
        if (isNew) {
            size.incrementAndGet();
        }
        return isNew;
    }

    /** Removes a task; false if it is not there. */
    public boolean remove(long id) {
        boolean isThere = regions[Regions.of(id)].remove(id);
        if (isThere) {
            size.decrementAndGet();
        }
        return isThere;
    }

    /** Number of tasks. O(1), any thread. */
    public long size() {
        return size.get();
    }

    /** Visits the tasks of one lane, each as it was when its region's turn came. The visitor may put and remove. */
    public void forEach(int lane, int lanes, Consumer<T> visitor) {
        for (int region = lane; region < Regions.COUNT; region += lanes) {
            forEach(region, visitor);
        }
    }

    /** Visits the tasks that a region holds now; its lane only. The visitor may put and remove. */
    @SuppressWarnings("unchecked") // only T is put
    public void forEach(int region, Consumer<T> visitor) {
        for (Keyed task : regions[region].tasks.clone()) {
            if (task != null) {
                visitor.accept((T) task);
            }
        }
    }

    /**
     * Visits some tasks of one region, of its lane only: a bounded part of a walk that goes on where it stopped. Tasks that
     * move meanwhile may be missed or seen twice. The visitor may not put or remove.
     *
     * @param from 0, or what the call before gave
     * @param limit at most so many tasks
     * @return where to go on; 0 = this was the end
     */
    @SuppressWarnings("unchecked") // only T is put
    public int visit(int region, int from, int limit, Consumer<T> visitor) {
        @Nullable Keyed[] tasks = regions[region].tasks;
        int left = limit;
        for (int at = from; at < tasks.length; at++) {
            Keyed task = tasks[at];
            if (task != null) {
                if (left-- == 0) {
                    return at;
                }
                visitor.accept((T) task);
            }
        }
        return 0;
    }

    /** Linear probing; a removal closes its gap, so that there are no tombstones. */
    private static final class Region {
        private static final int LEAST = 16;

        private @Nullable Keyed[] tasks = new Keyed[LEAST];
        private int size;

        @Nullable
        Keyed get(long id) {
            int mask = tasks.length - 1;
            for (int at = home(id) & mask; ; at = at + 1 & mask) {
                Keyed task = tasks[at];
                if (task == null || task.key() == id) {
                    return task;
                }
            }
        }

        /** Independent of the bits that chose the region: all tasks of a region share those. */
        private static int home(long id) {
            return (int) (id * 0x9E3779B97F4A7C15L >>> 32);
        }

        boolean put(Keyed task) {
            if (!place(task)) {
                return false;
            }
            if (++size > tasks.length - (tasks.length >> 2)) {
                resize(tasks.length << 1);
            }
            return true;
        }

        private boolean place(Keyed task) {
            int mask = tasks.length - 1;
            for (int at = home(task.key()) & mask; ; at = at + 1 & mask) {
                Keyed other = tasks[at];
                if (other == null) {
                    tasks[at] = task;
                    return true;
                }
                if (other.key() == task.key()) {
                    return false;
                }
            }
        }

        private void resize(int capacity) {
            @Nullable Keyed[] old = tasks;
            tasks = new Keyed[capacity];
            for (Keyed task : old) {
                if (task != null) {
                    place(task);
                }
            }
        }

        boolean remove(long id) {
            int mask = tasks.length - 1;
            int at = home(id) & mask;
            for (Keyed task = tasks[at]; task == null || task.key() != id; task = tasks[at]) {
                if (task == null) {
                    return false;
                }
                at = at + 1 & mask;
            }
            closeGap(at, mask);
            if (--size < tasks.length / 6 && tasks.length > LEAST) {
                resize(tasks.length >> 1);
            }
            return true;
        }

        /** Moves tasks back that would not be found behind the gap. */
        private void closeGap(int from, int mask) {
            int gap = from;
            int at = gap + 1 & mask;
            for (Keyed task = tasks[at]; task != null; task = tasks[at]) {
                int home = home(task.key()) & mask;
                boolean isBehindGap = (at - home & mask) >= (at - gap & mask);
                if (isBehindGap) {
                    tasks[gap] = task;
                    gap = at;
                }
                at = at + 1 & mask;
            }
            tasks[gap] = null;
        }
    }
}
