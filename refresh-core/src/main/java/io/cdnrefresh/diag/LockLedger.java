// SPDX-FileCopyrightText: 2026 The CDN refresh authors
// SPDX-License-Identifier: Apache-2.0
package io.cdnrefresh.diag;

import io.cdnrefresh.diag.LockFault.Kind;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who holds which lock, since when and by which line of code, and who waits. {@link #check} finds locks that were never
 * given back, threads that wait for each other, and locks that are taken in different orders, even if nothing has come of
 * it yet. Thread-safe; takes no lock itself.
 */
public final class LockLedger {
    /*
     * Implementation notes. The order of locks is a graph over their names: an arrow from A to B means that somebody who
     * held A asked for B. A new arrow that closes a ring is a fault, told once. Arrows are entered when the lock is asked
     * for, so that threads which are stuck have left theirs. A ring of waiting threads is believed when two looks see the
     * very same acquisitions and waits: then all of them held between the looks.
     */
    private static final StackWalker STACK = StackWalker.getInstance();
    private static final Set<String> HERE = Set.of(LockLedger.class.getName(), TracedLock.class.getName());
    /** Names of locks are constants, so this is never reached unless somebody makes them up. */
    private static final int MAX_ARROWS = 4_096;

    private final LongSupplier nanos;
    private final long limitNanos;
    private final List<TracedLock> traced = new CopyOnWriteArrayList<>();
    private final Map<Thread, ArrayDeque<Acquisition>> held = new ConcurrentHashMap<>();
    private final Map<Thread, Wait> waiting = new ConcurrentHashMap<>();
    private final Map<Arrow, String> arrows = new ConcurrentHashMap<>();
    private final Set<Set<String>> told = ConcurrentHashMap.newKeySet();
    private final Queue<LockFault> rings = new ConcurrentLinkedQueue<>();

    /**
     * Creates a ledger that traces nothing yet.
     *
     * @param nanos monotonic time
     * @param limit what is held for longer is a fault
     */
    public LockLedger(LongSupplier nanos, Duration limit) {
        this.nanos = nanos;
        limitNanos = limit.toNanos();
    }

    private record Wait(TracedLock lock, StackWalker.StackFrame at) {}

    private record Arrow(String from, String to) {}

    /** Starts to trace locks, from their next acquisition on. */
    public void trace(List<TracedLock> locks) {
        for (TracedLock lock : locks) {
            traced.add(lock);
            lock.traceBy(this);
        }
    }

    /** Traces nothing more. */
    public void close() {
        traced.forEach(lock -> lock.untrace(this));
        traced.clear();
    }

    /** How many locks are held at this moment. */
    public int heldCount() {
        return (int) traced.stream().filter(lock -> lock.acquisition() != null).count();
    }

    /** How many threads wait for a lock at this moment. */
    public int waitingCount() {
        return waiting.size();
    }

    /** What is open at this moment, for people: a line for each held lock and each waiting thread. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        long now = nanos.getAsLong();
        for (TracedLock lock : traced) {
            Acquisition open = lock.acquisition();
            if (open != null) {
                lines.add(lock.name() + " " + open.describe(now));
            }
        }
        waiting.forEach((thread, wait) ->
                lines.add(wait.lock.name() + " wanted by " + thread.getName() + " at " + Acquisition.line(wait.at)));
        return lines;
    }

    /** The faults of this moment, and rings in the order of locks that were found since the last call. */
    public List<LockFault> check() {
        List<LockFault> faults = new ArrayList<>();
        for (LockFault ring = rings.poll(); ring != null; ring = rings.poll()) {
            faults.add(ring);
        }
        Set<Thread> stuck = deadlocks(faults);
        long now = nanos.getAsLong();
        for (TracedLock lock : traced) {
            Acquisition open = lock.acquisition();
            if (open != null && !stuck.contains(open.thread())) {
                checkHeld(lock, open, now, faults);
            }
        }
        return faults;
    }

    private void checkHeld(TracedLock lock, Acquisition open, long now, List<LockFault> faults) {
        boolean isDead = !open.thread().isAlive();
        if (!isDead && now - open.sinceNanos() < limitNanos) {
            return;
        }
        StackTraceElement[] stack = open.thread().getStackTrace();
        if (!open.equals(lock.acquisition())) {
            return;
        }
        String where = isDead ? "; the thread has ended" : stack.length == 0 ? "" : "; now at " + stack[0];
        Kind kind = isDead || !open.isStillThere(stack) ? Kind.FORGOTTEN : Kind.HELD_LONG;
        faults.add(new LockFault(kind, lock.name(), open.describe(now) + where));
    }

    private Set<Thread> deadlocks(List<LockFault> faults) {
        Set<Thread> stuck = new HashSet<>();
        for (Thread thread : waiting.keySet()) {
            if (stuck.contains(thread)) {
                continue;
            }
            List<Object> first = ringOf(thread);
            if (first.isEmpty() || !first.equals(ringOf(thread))) {
                continue;
            }
            StringBuilder detail = new StringBuilder();
            String name = "";
            for (int i = 0; i < first.size(); i += 2) {
                Wait wait = (Wait) first.get(i);
                Acquisition holder = (Acquisition) first.get(i + 1);
                stuck.add(holder.thread());
                name = wait.lock.name().compareTo(name) > 0 ? wait.lock.name() : name;
                detail.append(detail.length() == 0 ? "" : "; ")
                        .append(wait.lock.name())
                        .append(" wanted at ")
                        .append(Acquisition.line(wait.at))
                        .append(' ')
                        .append(holder.describe(nanos.getAsLong()));
            }
            faults.add(new LockFault(Kind.DEADLOCK, name, detail.toString()));
        }
        return stuck;
    }

    /** Wait, acquisition, wait, acquisition ... from a thread back to itself; empty if it is in no ring. */
    private List<Object> ringOf(Thread start) {
        List<Object> ring = new ArrayList<>();
        Set<Thread> seen = new HashSet<>();
        Thread at = start;
        while (seen.add(at)) {
            Wait wait = waiting.get(at);
            Acquisition holder = wait == null ? null : wait.lock.acquisition();
            if (wait == null || holder == null) {
                return List.of();
            }
            ring.add(wait);
            ring.add(holder);
            at = holder.thread();
        }
        return at == start ? ring : List.of();
    }

    /** The calling thread asks for a lock: gives the line of code. */
    StackWalker.StackFrame asked(TracedLock lock) {
        StackWalker.StackFrame at = caller();
        ArrayDeque<Acquisition> mine = held.get(Thread.currentThread());
        if (mine != null) {
            for (Acquisition open : mine) {
                enter(open, lock.name(), at);
            }
        }
        return at;
    }

    /** The line of code that calls the lock. */
    StackWalker.StackFrame caller() {
        return STACK.walk(frames -> frames.filter(frame -> !HERE.contains(frame.getClassName()))
                .findFirst()
                .orElseThrow());
    }

    private void enter(Acquisition open, String wanted, StackWalker.StackFrame at) {
        Arrow arrow = new Arrow(open.lock().name(), wanted);
        if (arrow.from.equals(wanted) || arrows.containsKey(arrow) || arrows.size() >= MAX_ARROWS) {
            return;
        }
        String story = wanted + " asked for at " + Acquisition.line(at) + " by "
                + Thread.currentThread().getName() + " with " + arrow.from + " taken at " + open.line();
        if (arrows.putIfAbsent(arrow, story) == null) {
            String back = pathStory(wanted, arrow.from, new HashSet<>());
            // two threads that close the ring at once from both ends tell of it once
            if (back != null && told.add(Set.of(arrow.from, wanted))) {
                rings.add(new LockFault(Kind.ORDER, arrow.from + " and " + wanted, story + "; elsewhere " + back));
            }
        }
    }

    /** How somebody came from one lock to another, perhaps over further ones; null if nobody did. */
    private @Nullable String pathStory(String from, String to, Set<String> seen) {
        seen.add(from);
        for (Map.Entry<Arrow, String> entry : arrows.entrySet()) {
            Arrow arrow = entry.getKey();
            if (!arrow.from.equals(from) || seen.contains(arrow.to)) {
                continue;
            }
            String rest = arrow.to.equals(to) ? "" : pathStory(arrow.to, to, seen);
            if (rest != null) {
                return rest.isEmpty() ? entry.getValue() : entry.getValue() + ", " + rest;
            }
        }
        return null;
    }

    void waits(TracedLock lock, StackWalker.StackFrame at) {
        waiting.put(Thread.currentThread(), new Wait(lock, at));
    }

    void waitsNoMore() {
        waiting.remove(Thread.currentThread());
    }

    Acquisition acquired(TracedLock lock, StackWalker.StackFrame at) {
        Thread thread = Thread.currentThread();
        long id = ThreadLocalRandom.current().nextLong();
        Acquisition entry = new Acquisition(id, lock, thread, nanos.getAsLong(), at, this);
        held.computeIfAbsent(thread, any -> new ArrayDeque<>(4)).push(entry);
        return entry;
    }

    void released(Acquisition entry) {
        ArrayDeque<Acquisition> mine = held.get(entry.thread());
        if (mine != null) {
            mine.removeIf(entry::equals);
            if (mine.isEmpty()) {
                held.remove(entry.thread());
            }
        }
    }
}
